import { otherAccounts, roleArn } from '../core/access.ts';
import { FUNCTIONS, type FunctionSpec } from '../core/functions.ts';
import { isStepId, type StepId } from '../core/operations/registry.ts';
import type { StreamKind } from '../core/streams.ts';
import { type DeploymentTarget, deploymentIn, PARTITION, roleNameOf } from './deployment-target.ts';
import {
  BOTH,
  pinHealthChecks,
  seeCapacity,
  seeDatabase,
  seeFlag,
  seeHealthChecks,
  setCapacity,
  switchWorkers,
} from './grants/application.ts';
import { type Grant, grant } from './grants/grant.ts';
import {
  answerTasks,
  archiveWrite,
  describeExecutions,
  dropped,
  invoke,
  ledger,
  type Own,
  readSecrets,
  readStream,
  relayPages,
  startMachines,
  writeLogs,
} from './grants/muster.ts';
import { readsView, rightsOnApplications, rightsOnMuster } from './grants/rights.ts';

/**
 * Who may do what: the only place that grants. Every function of core/functions.ts has its line, and one without a line
 * is refused at synth. What each line needs is proven by test/infra/privilege.test.ts.
 */
type Grants = (deployment: DeploymentTarget, own: Own) => readonly Grant[];

type OnApplications = (deployment: DeploymentTarget) => readonly Grant[];
/** Looks at an application from outside, in both regions. */
const observe: OnApplications = (deployment) => [...seeCapacity(deployment, BOTH), ...seeDatabase(deployment, BOTH)];

/** Every step reads its operation and the votes, and appends to its operation; the rest are the rights that it names. */
const stepGrants = (id: StepId): Grants => {
  const reads: readonly StreamKind[] = readsView(id) ? ['op', 'vote', 'view'] : ['op', 'vote'];
  return (deployment, own) => [...ledger(deployment, own, reads, ['op']), ...rightsOnMuster(id, deployment)];
};

const HANDLERS_ON_APPLICATIONS: Readonly<Record<string, OnApplications>> = {
  command: observe,
  reconciler: (deployment) => [
    ...seeCapacity(deployment, ['home']),
    ...setCapacity(deployment, BOTH),
    ...switchWorkers(deployment, ['home']),
    ...seeHealthChecks(deployment),
    ...pinHealthChecks(deployment),
  ],
  released: (deployment) => setCapacity(deployment, BOTH),
};

const HANDLERS: Readonly<Record<string, Grants>> = {
  // Open to the internet: it may hand a request over and read what proves that Slack sent it. Nothing else.
  slack: (deployment, own) => [
    ...invoke(deployment, 'command', 'approve'),
    ...readSecrets(own, 'signing', 'botToken', 'selfTest'),
  ],
  command: (deployment, own) => [
    ...readSecrets(own, 'signing', 'botToken', 'selfTest'),
    ...invoke(deployment, 'approve'),
    ...ledger(deployment, own, ['app', 'op', 'vote'], ['app', 'op']),
    ...startMachines(deployment),
    ...describeExecutions(deployment),
  ],
  // The only one that may write votes, and it may write nothing else.
  approve: (deployment, own) => [
    ...readSecrets(own, 'signing', 'botToken', 'selfTest'),
    ...ledger(deployment, own, ['op', 'vote'], ['vote']),
    ...answerTasks(deployment),
  ],
  // It posts to Slack, and cannot pose as Slack: it may not read what proves that a request is Slack's.
  notify: (deployment, own) => [
    ...readSecrets(own, 'botToken'),
    ...ledger(deployment, own, ['op', 'vote', 'view'], ['view']),
    ...readStream(own),
  ],
  crashed: (deployment, own) => ledger(deployment, own, ['op', 'vote'], ['op']),
  undelivered: (_, own) => readSecrets(own, 'signing', 'botToken'),
  // It plays a person at the front door, and may read in the ledger what becomes of the request.
  'self-test': (deployment, own) => [...readSecrets(own, 'selfTest'), ...ledger(deployment, own, ['op', 'vote'], [])],
  // What must be put right without anybody asking: dead executions, an unfenced home, what was pre-warmed.
  reconciler: (deployment, own) => [
    ...ledger(deployment, own, ['app', 'op', 'vote', 'view'], ['op']),
    ...startMachines(deployment),
    ...describeExecutions(deployment),
    ...invoke(deployment, 'notify'),
  ],
  released: (deployment, own) => ledger(deployment, own, ['app', 'op', 'vote'], ['op']),
  archive: (_, own) => [...readStream(own), ...archiveWrite(own)],
  relay: relayPages,
};

/** The stream's readers: what Lambda gives up of it, it keeps in a queue. */
export const STREAM_READERS = ['notify', 'archive'] as const;

/** What Lambda gave up goes to a function that tells people, or to a queue that is watched, with the function's role. */
function givenUp(spec: FunctionSpec, deployment: DeploymentTarget, own: Own): readonly Grant[] {
  if (spec.onFailure !== undefined) return [{ ...only(invoke(deployment, spec.onFailure)), sid: 'GivenUp' }];
  return isAsynchronous(spec) || STREAM_READERS.some((name) => name === spec.name) ? dropped(own) : [];
}

/** Events that nobody waits for. The others are asked synchronously, and whoever asks hears of a failure. */
export const isAsynchronous = (spec: FunctionSpec): boolean =>
  spec.onFailure !== undefined ||
  spec.schedule !== undefined ||
  spec.onExecution !== undefined ||
  FUNCTIONS.some((other) => other.onFailure === spec.name) ||
  // The reconciler asks the one to draw once more; a topic calls the other.
  ['notify', 'relay'].includes(spec.name);

/** Everything that the role of a function grants. Throws for a function that has no line here. */
export function grantsOf(spec: FunctionSpec, deployment: DeploymentTarget, own: Own): readonly Grant[] {
  const { name } = spec;
  const step = stepOf(name);
  const grants = step !== undefined ? stepGrants(step) : HANDLERS[name];
  if (grants === undefined) throw new Error(`infra/grants.ts says nothing of the function ${name}`);
  return [
    ...writeLogs(deployment, name),
    ...grants(deployment, own),
    ...onApplications(name, deploymentIn(deployment, undefined)),
    ...assumeRoles(name, deployment),
    ...givenUp(spec, deployment, own),
  ];
}

function onApplications(name: string, deployment: DeploymentTarget): readonly Grant[] {
  const step = stepOf(name);
  const grants = step !== undefined ? rightsOnApplications(step) : HANDLERS_ON_APPLICATIONS[name];
  return grants?.(deployment) ?? [];
}

/** What the role of a function grants in another account: what its own would for the applications there. */
export const accessGrants = (name: string, deployment: DeploymentTarget, account: string): readonly Grant[] =>
  onApplications(name, deploymentIn(deployment, account));

/** Only where there is such a role (stacks/access-stack.ts). */
function assumeRoles(name: string, deployment: DeploymentTarget): readonly Grant[] {
  const accounts = otherAccounts(deployment.config).filter(({ id }) => accessGrants(name, deployment, id).length > 0);
  return grant({
    sid: 'Accounts',
    actions: ['sts:AssumeRole'],
    resources: accounts.map(({ id }) => roleArn(PARTITION, id, roleNameOf(deployment, name))),
  });
}

function only(grants: readonly Grant[]): Grant {
  const [one, ...more] = grants;
  if (one === undefined || more.length > 0) throw new Error('one grant is expected here');
  return one;
}

function stepOf(name: string): StepId | undefined {
  const id = /^step-(.+)$/.exec(name)?.[1];
  return id !== undefined && isStepId(id) ? id : undefined;
}

/** A state machine calls the functions that its definition names, and writes its log. */
export function machineGrants(deployment: DeploymentTarget, functions: readonly string[]): readonly Grant[] {
  return [
    ...invoke(deployment, ...functions),
    {
      sid: 'Logs',
      actions: [
        'logs:CreateLogDelivery',
        'logs:GetLogDelivery',
        'logs:UpdateLogDelivery',
        'logs:DeleteLogDelivery',
        'logs:ListLogDeliveries',
        'logs:PutResourcePolicy',
        'logs:DescribeResourcePolicies',
        'logs:DescribeLogGroups',
      ],
      resources: ['*'],
      pattern: 'log deliveries have no resource-level permissions (Step Functions, "Logging", "IAM policies")',
    },
  ];
}

/** EventBridge Scheduler assumes a role to start a function. */
export const schedulerGrants = (deployment: DeploymentTarget, name: string): readonly Grant[] =>
  invoke(deployment, name);

/** The health check's endpoint may look at one flag, and see that it is absent. */
export function flagEndpointGrants(
  deployment: DeploymentTarget,
  name: string,
  flag: { bucket: string; key: string },
): readonly Grant[] {
  return [...writeLogs(deployment, name), ...seeFlag(flag)];
}
