import { type AddressType, addressTypes } from '../../core/alias.ts';
import type { ApplicationConfig, TrafficConfig } from '../../core/config/schema.ts';
import { switchTraffic as definition, type TrafficData } from '../../core/steps/switch-traffic.ts';
import type { Observed, TrafficObserved } from '../../core/topology.ts';
import { attempt } from '../adapters/errors.ts';
import { flagStands, setFlag } from '../adapters/flag.ts';
import { isPinned, pin } from '../adapters/pin.ts';
import { aliasTargets, plain, pointAt } from '../adapters/records.ts';
import { observeTraffic } from '../adapters/traffic.ts';
import type { Step, StepChange, StepContext } from '../runner/step.ts';

/** What a strategy sees of its own switch, beside what resolvers answer. */
export interface SwitchSeen {
  readonly answer: Observed<TrafficObserved>;
  /** The switch is set to the standby. */
  readonly set: boolean;
  /** Changes that would set it; empty when it is set. */
  readonly changes: readonly StepChange<SwitchAction>[];
  readonly note: string;
}

export type SwitchAction =
  | { readonly kind: 'flag' }
  | { readonly kind: 'pin' }
  | { readonly kind: 'record'; readonly types: readonly AddressType[] };

/** Users are led to the standby, and it is done only when every configured resolver that answers says so. */
export const switchTraffic: Step<SwitchSeen, SwitchAction, TrafficData> = {
  definition,
  limit_s: () => 15 * 60,
  atLimit: 'pause',
  observe: async (context) => {
    const { app } = context;
    const answered = observeTraffic(app);
    const [answer, own] = await Promise.all([
      answered,
      app.traffic.strategy === 'stop' ? observeStop(context, app.traffic, answered) : observeRecord(app),
    ]);
    return { answer, ...own };
  },
  decide: (seen, context) => {
    const undone = seen.changes.filter((change) => !(change.action.kind === 'pin' && wasTried(context, change)));
    if (undone.length > 0) return { do: 'change', changes: undone };
    if (!seen.answer.known) return { do: 'wait', why: seen.answer.why };
    const { answer, addresses } = seen.answer.value;
    if (answer !== 'standby') return { do: 'wait', why: `resolvers still answer ${answer} (${addresses.join(', ')})` };
    const acted = (context.state?.acted.length ?? 0) > 0;
    return {
      do: 'done',
      outcome: acted ? 'done' : 'adopted',
      detail: `${context.app.traffic.record} answers ${addresses.join(', ')} in ${context.operation.plan.to}${seen.note}`,
      data: { pinned: context.app.traffic.strategy === 'stop' && seen.set && seen.changes.length === 0 },
    };
  },
  perform: async (action, context) => {
    const { traffic } = context.app;
    if (action.kind === 'record') {
      await pointAt(context.app, traffic.standby, action.types);
      return;
    }
    if (traffic.strategy !== 'stop') return;
    if (action.kind === 'flag') {
      await setFlag(context.app, context.operation.plan.to, traffic.flag, context.operation.id);
      return;
    }
    // Best effort: a Route 53 control plane that does not answer must not hold up anything.
    await attempt(pin(context.app, traffic.healthCheckId));
  },
};

const wasTried = (context: StepContext, change: StepChange<SwitchAction>): boolean =>
  context.state?.acted.some((done) => done.action === change.says) === true;

type StopTraffic = Extract<ApplicationConfig['traffic'], { strategy: 'stop' }>;

/** The pin is only reported with the end of the step, so looking at it must not delay that. */
const PIN_LOOK_MS = 1_000;

async function observeStop(
  context: StepContext,
  traffic: StopTraffic,
  answered: Promise<SwitchSeen['answer']>,
): Promise<Omit<SwitchSeen, 'answer'>> {
  const region = context.operation.plan.to;
  const set = await flagStands(context.app, region, traffic.flag);
  const flag = `s3://${traffic.flag.bucket}/${traffic.flag.key}`;
  if (!set) {
    const change = { resource: `flag ${flag}`, region, before: 'absent', after: 'present' };
    return { set, changes: [{ action: { kind: 'flag' }, says: `put the flag ${flag}`, change }], note: '' };
  }
  const says = `pin health check ${traffic.healthCheckId} (disabled and inverted: always unhealthy)`;
  const tried = context.state?.acted.some((done) => done.action === says) === true;
  // Once the flag is set the switch no longer needs Route 53's control plane; the pin only guards it.
  // Not before users have arrived: a control plane that does not answer would make each look at the resolvers late.
  const looked = tried && (await hasArrived(answered));
  const pinned = looked ? await attempt(isPinned(context.app, traffic.healthCheckId, PIN_LOOK_MS)) : undefined;
  if (pinned?.ok && pinned.value) return { set, changes: [], note: '; the health check is pinned' };
  const change = {
    resource: `health check ${traffic.healthCheckId}`,
    region: 'global',
    before: 'watching',
    after: 'pinned',
  };
  return { set, changes: [{ action: { kind: 'pin' }, says, change }], note: '; the health check is not pinned yet' };
}

const hasArrived = async (answered: Promise<SwitchSeen['answer']>): Promise<boolean> => {
  const answer = await answered;
  return answer.known && answer.value.answer === 'standby';
};

/** What is there moves, whatever muster.yaml says of it: a record left behind would lead its users to what is lost. */
export function typesToMove(
  targets: Readonly<Partial<Record<AddressType, string>>>,
  traffic: Pick<TrafficConfig, 'ipv6'>,
): readonly AddressType[] {
  const there = (['A', 'AAAA'] as const).filter((type) => targets[type] !== undefined);
  return there.length === 0 || traffic.ipv6 ? addressTypes(traffic) : there;
}

async function observeRecord(app: ApplicationConfig): Promise<Omit<SwitchSeen, 'answer'>> {
  const { traffic } = app;
  const targets = await aliasTargets(app);
  const wanted = typesToMove(targets, traffic);
  if (wanted.every((type) => targets[type] === plain(traffic.standby.target)))
    return { set: true, changes: [], note: '' };
  return {
    set: false,
    note: '',
    changes: [
      {
        action: { kind: 'record', types: wanted },
        says: `point ${traffic.record} (${wanted.join(', ')}) at ${traffic.standby.target}`,
        change: {
          resource: `record ${traffic.record}`,
          region: 'global',
          before: targets,
          after: traffic.standby.target,
        },
      },
    ],
  };
}
