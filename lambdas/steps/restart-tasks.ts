import type { ApplicationConfig } from '../../core/config/schema.ts';
import { restartTasks as definition } from '../../core/steps/restart-tasks.ts';
import type { Observed } from '../../core/topology.ts';
import { NEEDED } from '../adapters/clients.ts';
import { attempt } from '../adapters/errors.ts';
import { inAccountOf } from '../adapters/reach.ts';
import { type EcsService, type TaskObserved, type TasksObserved, taskClient } from '../adapters/tasks.ts';
import type { Decision, Step, StepChange, StepContext } from '../runner/step.ts';

export type TaskAction =
  | { readonly kind: 'redeploy'; readonly service: string }
  | { readonly kind: 'stop'; readonly service: string; readonly task: string };

/** An accepted deployment shows at once or a little later; it is not begun a second time meanwhile. */
const SHOWS_WITHIN_MS = 10_000;

/**
 * A safety net, off by default: tasks that started before the writer moved may hold pooled connections to the one that
 * is gone, and such a connection can hang for about 15 minutes. They are replaced, and none is when none is that old.
 */
export const restartTasks: Step<readonly Observed<TasksObserved>[], TaskAction> = {
  definition,
  limit_s: () => 10 * 60,
  atLimit: 'go-on',
  observe: async (context) => {
    if (promotedAt_ms(context) === undefined) return [];
    const tasks = taskClient(context.operation.plan.to, 'standby', inAccountOf(context.app, NEEDED));
    return Promise.all(
      ecsServices(context.app).map(async (service): Promise<Observed<TasksObserved>> => {
        const result = await attempt(tasks.observe(service));
        return result.ok ? { known: true, value: result.value } : { known: false, why: result.failure.text };
      }),
    );
  },
  decide: decideRestart,
  perform: async (action, context) => {
    const service = ecsServices(context.app).find((s) => s.name === action.service);
    if (service === undefined) throw new Error(`muster.yaml no longer has the ECS service ${action.service}`);
    const tasks = taskClient(context.operation.plan.to, 'standby', inAccountOf(context.app, NEEDED));
    if (action.kind === 'redeploy') await tasks.redeploy(service);
    else await tasks.stop(service, action.task, `muster ${context.operation.id}: older than the promotion`);
  },
};

const ecsServices = (app: ApplicationConfig): readonly EcsService[] =>
  app.services.filter((service) => service.kind === 'ecs');

/** The instant from which connections are good, Unix milliseconds; undefined: the database was not moved. */
function promotedAt_ms({ operation }: Pick<StepContext, 'operation'>): number | undefined {
  const promotion = operation.steps.get('promote-database');
  const moved = promotion?.outcome === 'done' || promotion?.outcome === 'adopted';
  return moved && promotion.endedAt !== undefined ? Date.parse(promotion.endedAt) : undefined;
}

export function decideRestart(
  seen: readonly Observed<TasksObserved>[],
  context: Pick<StepContext, 'app' | 'operation' | 'state' | 'now_ms'>,
): Decision<TaskAction> {
  const since_ms = promotedAt_ms(context);
  if (since_ms === undefined) return { do: 'done', outcome: 'not-needed', detail: 'the database was not moved' };
  const changes: StepChange<TaskAction>[] = [];
  const waiting: string[] = [];
  for (const [index, service] of ecsServices(context.app).entries()) {
    const one = seen[index];
    if (one === undefined || !one.known) {
      waiting.push(`${service.name} cannot be seen (${one?.why ?? 'not asked'})`);
      continue;
    }
    const next = replace(service, one.value, since_ms, context);
    if (next === undefined) continue;
    if (typeof next === 'string') waiting.push(next);
    else changes.push(next);
  }
  if (changes.length > 0) return { do: 'change', changes };
  if (waiting.length > 0) return { do: 'wait', why: waiting.join('; ') };
  return (context.state?.acted.length ?? 0) === 0
    ? { do: 'done', outcome: 'not-needed', detail: 'no task is older than the promotion' }
    : { do: 'done', outcome: 'done', detail: 'every task has started since the promotion' };
}

/** What one service still needs: a change, a reason to wait, or nothing. */
function replace(
  service: EcsService,
  seen: TasksObserved,
  since_ms: number,
  context: Pick<StepContext, 'operation' | 'state' | 'now_ms'>,
): StepChange<TaskAction> | string | undefined {
  const wanted = context.operation.plan.capacity.find((c) => c.service === service.name) ?? service.active;
  const old = seen.tasks.filter((task) => isOld(task, since_ms));
  const running = seen.tasks.filter((task) => task.running).length;
  const oldest = [...old].sort((a, b) => (a.startedAt_ms ?? 0) - (b.startedAt_ms ?? 0))[0];
  const state = `${service.name}: ${old.length} older than the promotion, ${running} of ${wanted.desired} running`;
  if (oldest === undefined) {
    return running >= wanted.desired || !wasTouched(service, context) ? undefined : state;
  }
  const change =
    seen.controller === 'ECS' ? redeployChange(service, since_ms, context) : stopChange(service, oldest, context);
  const tried = context.state?.acted.findLast((done) => done.action === change.says);
  if (tried !== undefined && context.now_ms - Date.parse(tried.at) < SHOWS_WITHIN_MS) return state;
  // A deployment since the promotion replaces them all, whoever began it.
  if (seen.controller === 'ECS') return (seen.deployedAt_ms ?? 0) >= since_ms ? state : change;
  // One by one: the next only when the one before is replaced.
  return running >= wanted.desired ? change : state;
}

const isOld = (task: TaskObserved, since_ms: number): boolean =>
  task.startedAt_ms !== undefined && task.startedAt_ms < since_ms;

const resource = (service: EcsService): string => `tasks of ecs ${service.name}`;

const wasTouched = (service: EcsService, context: Pick<StepContext, 'state'>): boolean =>
  context.state?.acted.some((done) => done.change?.resource === resource(service)) === true;

function redeployChange(
  service: EcsService,
  since_ms: number,
  { operation }: Pick<StepContext, 'operation'>,
): StepChange<TaskAction> {
  const since = new Date(since_ms).toISOString();
  return {
    action: { kind: 'redeploy', service: service.name },
    says: `replace the tasks of ecs ${service.name} in ${operation.plan.to} that started before ${since}`,
    change: {
      resource: resource(service),
      region: operation.plan.to,
      before: `some started before ${since}`,
      after: 'a forced new deployment',
    },
  };
}

/** CodeDeploy and external controllers refuse a forced deployment (ECS API reference, UpdateService). */
function stopChange(
  service: EcsService,
  task: TaskObserved,
  { operation }: Pick<StepContext, 'operation'>,
): StepChange<TaskAction> {
  return {
    action: { kind: 'stop', service: service.name, task: task.arn },
    says: `stop task ${task.arn} of ecs ${service.name} in ${operation.plan.to}: ECS starts another`,
    change: { resource: resource(service), region: operation.plan.to, before: task.arn, after: 'replaced' },
  };
}
