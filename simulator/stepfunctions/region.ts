import { AwsError } from '../aws/service.ts';
import { checkName } from './checks.ts';
import { DefinitionProblem, parseDefinition } from './definition.ts';
import { Execution, type Revision, type Surroundings } from './execution.ts';
import { Tokens } from './tokens.ts';

interface StateMachine {
  readonly arn: string;
  readonly name: string;
  readonly created_ms: number;
  revision: Revision;
}

/** The state of one region. Another region cannot see it. */
export class Region {
  readonly machines = new Map<string, StateMachine>();
  readonly executions = new Map<string, Execution>();
  readonly tokens = new Tokens();
  readonly #around: Surroundings;

  constructor(around: Omit<Surroundings, 'tokens'>) {
    this.#around = { ...around, tokens: this.tokens };
  }

  get now_ms(): number {
    return this.#around.clock.now_ms();
  }

  get name(): string {
    return this.#around.region;
  }

  /** CreateStateMachine answers the same definition again with the same machine, whatever its role. */
  create(seed: { readonly name: string; readonly definition: string; readonly roleArn: string }): StateMachine {
    checkName(seed.name);
    const arn = `arn:aws:states:${this.name}:${this.#around.accountId}:stateMachine:${seed.name}`;
    const definition = this.#parse(seed.definition);
    const known = this.machines.get(arn);
    if (known && known.revision.text !== seed.definition) {
      throw new AwsError('StateMachineAlreadyExists', `State Machine Already Exists: '${arn}'`);
    }
    if (known) return known;
    const created_ms = this.now_ms;
    const revisionId = this.#around.random.uuid();
    const { name, roleArn } = seed;
    const revision = {
      stateMachineArn: arn,
      name,
      text: seed.definition,
      definition,
      roleArn,
      revisionId,
      updated_ms: created_ms,
    };
    const machine: StateMachine = { arn, name, created_ms, revision };
    this.machines.set(arn, machine);
    return machine;
  }

  update(
    machine: StateMachine,
    change: { readonly definition: string | undefined; readonly roleArn: string | undefined },
  ): void {
    const text = change.definition ?? machine.revision.text;
    machine.revision = {
      ...machine.revision,
      text,
      definition: this.#parse(text),
      roleArn: change.roleArn ?? machine.revision.roleArn,
      revisionId: this.#around.random.uuid(),
      updated_ms: this.now_ms,
    };
  }

  #parse(text: string): Revision['definition'] {
    try {
      return parseDefinition(text, this.name);
    } catch (error) {
      if (!(error instanceof DefinitionProblem)) throw error;
      throw new AwsError('InvalidDefinition', `Invalid State Machine Definition: '${error.message}'`);
    }
  }

  /**
   * StartExecution's idempotency: same name and input while it runs is the same execution; anything else under a
   * name that was ever used is ExecutionAlreadyExists. https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
   */
  start(machine: StateMachine, name: string | undefined, input: string): Execution {
    const used = name ?? this.#around.random.uuid();
    checkName(used);
    const arn = `arn:aws:states:${this.name}:${this.#around.accountId}:execution:${machine.name}:${used}`;
    const known = this.executions.get(arn);
    if (known?.stopped_ms === undefined && known?.input === input) return known;
    if (known) throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
    const execution = new Execution(this.#around, machine.revision, arn, used, input);
    this.executions.set(arn, execution);
    execution.start();
    return execution;
  }

  machine(arn: string): StateMachine {
    const found = this.machines.get(arn);
    if (found) return found;
    throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
  }

  execution(arn: string): Execution {
    const found = this.executions.get(arn);
    if (found) return found;
    throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  }
}
