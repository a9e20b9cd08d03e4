import validate from 'asl-validator';
import type { ChoiceState, Definition, Machine, MapState, Retrier, State, TaskState } from './asl.ts';
import { ruleProblem, timestamp_ms } from './choice.ts';
import { isObject, type Json, parseJson } from './json.ts';
import { isReference, PathProblem, parsePath } from './path.ts';
import { resourceProblem } from './resource.ts';
import { eachExpression, parseExpression } from './template.ts';

/** A definition that Step Functions would refuse, or that is not simulated. Becomes InvalidDefinition. */
export class DefinitionProblem extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DefinitionProblem';
  }
}

/** Validation takes 100 ms and more; worlds are created by the thousand from the same few texts. */
const accepted = new Map<string, Definition>();

/** Parses and validates a definition that is to run in `region`. Throws DefinitionProblem. */
export function parseDefinition(text: string, region: string): Definition {
  const key = `${region} ${text}`;
  const known = accepted.get(key);
  if (known) return known;
  const raw = parseRaw(text);
  const refusal = firstProblem(raw, region);
  if (refusal) throw new DefinitionProblem(refusal);
  // asl-validator writes into what it validates, hence the copy.
  const verdict = validate(structuredClone(raw) as object, { checkPaths: true, checkArn: false });
  if (!verdict.isValid) throw new DefinitionProblem(verdict.errorsText('; '));
  const definition = raw as unknown as Definition;
  eachMachine(definition, '', (machine, where) => checkMachine(machine, where, region));
  if (accepted.size < 1_000) accepted.set(key, definition);
  return definition;
}

function parseRaw(text: string): Json {
  try {
    return parseJson(text);
  } catch (error) {
    throw new DefinitionProblem(`INVALID_JSON_DESCRIPTION: ${(error as Error).message}`);
  }
}

/** Refusals that need a clearer sentence than the schema's. */
function firstProblem(raw: Json, region: string): string | undefined {
  if (!isObject(raw)) return 'SCHEMA_VALIDATION_FAILED: The definition must be an object';
  for (const field of ['StartAt', 'States']) {
    if (!(field in raw)) return `SCHEMA_VALIDATION_FAILED: These fields are required: [${field}] at /`;
  }
  return walk(raw, '', region);
}

const UNSUPPORTED: Readonly<Record<string, string>> = {
  Assign: 'variables (Assign) are not simulated',
  Arguments: 'JSONata (Arguments) is not simulated',
  Output: 'JSONata (Output) is not simulated',
  Items: 'JSONata (Items) is not simulated',
  Condition: 'JSONata (Condition) is not simulated',
  ItemReader: 'distributed Map (ItemReader) is not simulated',
  ItemBatcher: 'distributed Map (ItemBatcher) is not simulated',
  ResultWriter: 'distributed Map (ResultWriter) is not simulated',
  ToleratedFailurePercentage: 'ToleratedFailurePercentage is not simulated',
  ToleratedFailurePercentagePath: 'ToleratedFailurePercentagePath is not simulated',
  ToleratedFailureCount: 'ToleratedFailureCount is not simulated',
  ToleratedFailureCountPath: 'ToleratedFailureCountPath is not simulated',
  Credentials: 'Credentials are not simulated',
};

/** Reads machines and states, not payloads. */
function walk(machine: Json | undefined, where: string, region: string): string | undefined {
  if (!isObject(machine) || !isObject(machine['States'])) return undefined;
  for (const [name, state] of Object.entries(machine['States'])) {
    const at = `${where}/States/${name}`;
    if (!isObject(state)) return `SCHEMA_VALIDATION_FAILED: ${at} must be an object`;
    const language = state['QueryLanguage'] ?? machine['QueryLanguage'];
    if (language !== undefined && language !== 'JSONPath')
      return `${at}: the query language ${String(language)} is not simulated`;
    const field = Object.keys(UNSUPPORTED).find((key) => key in state);
    if (field !== undefined) return `${at}: ${UNSUPPORTED[field] ?? field}`;
    const config = isObject(state['ItemProcessor']) ? state['ItemProcessor']['ProcessorConfig'] : undefined;
    if (isObject(config) && config['Mode'] === 'DISTRIBUTED') return `${at}: distributed Map is not simulated`;
    const branches = Array.isArray(state['Branches']) ? (state['Branches'] as Json[]) : [];
    const inner = [...branches.map((b, i): [Json, string] => [b, `${at}/Branches[${i}]`])];
    for (const field of ['ItemProcessor', 'Iterator']) {
      const processor = state[field];
      if (processor !== undefined) inner.push([processor, `${at}/${field}`]);
    }
    for (const [nested, location] of inner) {
      const problem = walk(nested, location, region);
      if (problem) return problem;
    }
  }
  return undefined;
}

function innerMachines(state: State): readonly Machine[] {
  if (state.Type === 'Parallel') return state.Branches;
  return state.Type === 'Map' ? [itemProcessor(state)] : [];
}

export function itemProcessor(state: MapState): Machine {
  const machine = state.ItemProcessor ?? state.Iterator;
  if (!machine) throw new DefinitionProblem('A Map state needs ItemProcessor');
  return machine;
}

function eachMachine(machine: Machine, where: string, visit: (machine: Machine, where: string) => void): void {
  visit(machine, where);
  for (const [name, state] of Object.entries(machine.States)) {
    for (const inner of innerMachines(state)) eachMachine(inner, `${where}/States/${name}`, visit);
  }
}

/** Checks that the schema lacks and without which an execution would fail. */
function checkMachine(machine: Machine, where: string, region: string): void {
  const expectTarget = (target: string | undefined, at: string): void => {
    if (target !== undefined && !Object.hasOwn(machine.States, target)) {
      throw new DefinitionProblem(`MISSING_TRANSITION_TARGET: Missing target state: ${target} at ${at}`);
    }
  };
  expectTarget(machine.StartAt, `${where}/StartAt`);
  for (const [name, state] of Object.entries(machine.States)) {
    const at = `${where}/States/${name}`;
    // A state's name is at most 80 characters: https://states-language.net/spec.html#states-fields
    if (name.length > 80)
      throw new DefinitionProblem(`SCHEMA_VALIDATION_FAILED: the name of ${at} is longer than 80 characters`);
    for (const target of targets(state)) expectTarget(target, at);
    try {
      const problem = stateProblem(state, region);
      if (problem) throw new DefinitionProblem(`SCHEMA_VALIDATION_FAILED: ${problem} at ${at}`);
    } catch (error) {
      if (error instanceof PathProblem)
        throw new DefinitionProblem(`SCHEMA_VALIDATION_FAILED: ${error.message} at ${at}`);
      throw error;
    }
  }
}

function targets(state: State): readonly (string | undefined)[] {
  if (state.Type === 'Choice') return [state.Default, ...state.Choices.map((rule) => rule.Next)];
  const next = 'Next' in state ? [state.Next] : [];
  return 'Catch' in state ? [...next, ...(state.Catch ?? []).map((catcher) => catcher.Next)] : next;
}

const PATH_FIELDS = [
  'InputPath',
  'OutputPath',
  'ItemsPath',
  'SecondsPath',
  'TimestampPath',
  'TimeoutSecondsPath',
  'HeartbeatSecondsPath',
  'MaxConcurrencyPath',
];

function stateProblem(state: State, region: string): string | undefined {
  const fields = state as unknown as Record<string, Json>;
  for (const field of PATH_FIELDS) if (typeof fields[field] === 'string') parsePath(fields[field]);
  for (const field of ['ErrorPath', 'CausePath']) if (typeof fields[field] === 'string') parseExpression(fields[field]);
  for (const field of ['Parameters', 'ResultSelector', 'ItemSelector']) {
    eachExpression(fields[field] ?? null, (text, name) => {
      if (typeof text !== 'string') throw new PathProblem(`The value of the field '${name}' must be a string`);
      parseExpression(text);
    });
  }
  const resultPaths = [fields['ResultPath'], ...('Catch' in state ? (state.Catch ?? []).map((c) => c.ResultPath) : [])];
  for (const path of resultPaths) {
    if (typeof path === 'string' && !isReference(parsePath(path)))
      return `ResultPath '${path}' is not a reference path`;
  }
  return handlerProblem(state) ?? typeProblem(state, region);
}

/** States.ALL stands alone, in the last Retrier or Catcher: https://states-language.net/spec.html#retrying-after-error */
function handlerProblem(state: State): string | undefined {
  const lists: (readonly { readonly ErrorEquals: readonly string[] }[])[] = [];
  if ('Retry' in state) lists.push(state.Retry ?? []);
  if ('Catch' in state) lists.push(state.Catch ?? []);
  for (const list of lists) {
    for (const [i, { ErrorEquals }] of list.entries()) {
      if (ErrorEquals.length === 0) return 'ErrorEquals must not be empty';
      if (!ErrorEquals.includes('States.ALL')) continue;
      if (ErrorEquals.length > 1 || i < list.length - 1) return 'States.ALL must appear alone, and in the last entry';
    }
  }
  return 'Retry' in state
    ? (state.Retry ?? []).map(retrierProblem).find((problem) => problem !== undefined)
    : undefined;
}

/** Bounds as in https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html */
function retrierProblem(retrier: Retrier): string | undefined {
  const { IntervalSeconds = 1, BackoffRate = 2, MaxAttempts = 3, MaxDelaySeconds } = retrier;
  if (!Number.isInteger(IntervalSeconds) || IntervalSeconds < 1) return 'IntervalSeconds must be a positive integer';
  if (BackoffRate < 1) return 'BackoffRate must be at least 1';
  if (!Number.isInteger(MaxAttempts) || MaxAttempts < 0 || MaxAttempts > 99_999_999)
    return 'MaxAttempts must be 0 to 99999999';
  if (MaxDelaySeconds === undefined) return undefined;
  if (!Number.isInteger(MaxDelaySeconds) || MaxDelaySeconds > 31_622_400)
    return 'MaxDelaySeconds must be at most 31622400';
  return MaxDelaySeconds <= IntervalSeconds ? 'MaxDelaySeconds must be greater than IntervalSeconds' : undefined;
}

function typeProblem(state: State, region: string): string | undefined {
  switch (state.Type) {
    case 'Task':
      return timeoutProblem(state) ?? resourceProblem(state, region);
    case 'Choice':
      return choiceProblem(state);
    case 'Wait':
      if (state.Timestamp !== undefined && Number.isNaN(timestamp_ms(state.Timestamp))) {
        return `Timestamp '${state.Timestamp}' is not a valid timestamp`;
      }
      return state.Seconds !== undefined && (state.Seconds < 0 || state.Seconds > 99_999_999)
        ? 'Seconds must be 0 to 99999999'
        : undefined;
    case 'Map':
      return (state.MaxConcurrency ?? 0) < 0 ? 'MaxConcurrency must not be negative' : undefined;
    default:
      return undefined;
  }
}

function choiceProblem(state: ChoiceState): string | undefined {
  if (state.Choices.length === 0) return 'Choices must not be empty';
  return state.Choices.map((rule) => ruleProblem(rule, true)).find((problem) => problem !== undefined);
}

function timeoutProblem({ TimeoutSeconds, HeartbeatSeconds }: TaskState): string | undefined {
  for (const value of [TimeoutSeconds, HeartbeatSeconds]) {
    if (value !== undefined && (value < 1 || value > 99_999_999)) return 'Timeouts must be 1 to 99999999 seconds';
  }
  if (TimeoutSeconds === undefined || HeartbeatSeconds === undefined) return undefined;
  return HeartbeatSeconds >= TimeoutSeconds ? 'HeartbeatSeconds must be less than TimeoutSeconds' : undefined;
}
