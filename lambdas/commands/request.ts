import { type Identity, namesOf } from '../../core/approvals.ts';
import type { CommandSpec } from '../../core/commands.ts';
import type { Config } from '../../core/config/schema.ts';
import type { SubmissionAnswer } from '../../core/inbound.ts';
import type { EventData } from '../../core/ledger.ts';
import type { Operation } from '../../core/operation.ts';
import { assertNever, isRefusal, type Refusal, refuse, sayRefusal } from '../../core/reasons.ts';
import { loadOperation } from '../adapters/ledger.ts';
import type { SubmissionPayload } from '../adapters/slack-payloads.ts';
import { groupRefusal, identify, type RequestContext } from '../context.ts';
import { alreadyRunning } from './lock.ts';
import { startOperation } from './start.ts';

/** A plan older than this is not what anybody sees any more. */
const DRAFT_LIFE_S = 15 * 60;

/**
 * The submission of the dialog that shows a plan, of whatever kind (draft.ts): checks who it is and what was typed,
 * takes the lock, writes the request, starts the state machine. `spec`: the command whose dialog it is.
 */
export async function requestOperation(
  context: RequestContext,
  spec: CommandSpec,
  payload: SubmissionPayload,
  now_ms: number,
): Promise<SubmissionAnswer> {
  const id = payload.ids?.operation ?? '';
  const [operation, person, outside] = await Promise.all([
    id === '' ? undefined : loadOperation(context.ledger, id),
    // Whoever saw the plan has the command's role; `anyone` sees none.
    identify(context, payload.user, spec.role === 'approver' ? 'approver' : 'listed'),
    groupRefusal(context, payload.user),
  ]);
  if (isRefusal(person)) return wrong('region', person);
  const gone = (why: string, application = '<application>'): Refusal =>
    refuse('draft-gone', { why, command: spec.name, application });
  if (operation === undefined) return wrong('region', gone('its plan is not in the ledger'));
  const { application } = operation;
  const stale = draftRefusal(context.config, spec, operation, person, now_ms);
  if (stale !== undefined) return wrong('region', stale);
  const typed = readDialog(operation, payload.values, (why) => gone(why, application));
  if ('refusal' in typed) return wrong(typed.block, typed.refusal);
  const started = await startOperation(context, operation, person.id, {
    ...typed,
    // Whoever is outside the Slack group may ask; others must approve.
    ...(outside === undefined ? {} : { notCounted: outside.sentence }),
  });
  switch (started.how) {
    case 'started':
      return null;
    case 'held':
      return wrong('region', alreadyRunning(context, started.holder));
    case 'closed':
      return wrong('region', gone('its operation is already over', application));
    default:
      return assertNever(started);
  }
}

/** Shown below an input of the dialog. */
const wrong = (block: string, refusal: Refusal): SubmissionAnswer => ({
  response_action: 'errors',
  errors: { [block]: sayRefusal(refusal) },
});

/** Why this person cannot ask for this plan any more, or never could. */
function draftRefusal(
  config: Config,
  spec: CommandSpec,
  operation: Operation,
  person: Identity,
  now_ms: number,
): Refusal | undefined {
  const { application } = operation;
  const command = spec.name;
  if (operation.requester !== person.id) {
    return refuse('not-your-dialog', { who: namesOf(config, [operation.requester]), command, application });
  }
  if (operation.ended !== undefined) {
    return refuse('operation-over', { operation: operation.id, outcome: operation.ended.outcome, application });
  }
  const age_s = (now_ms - Date.parse(operation.draftedAt)) / 1000;
  if (operation.requestedAt !== undefined || age_s <= DRAFT_LIFE_S) return undefined;
  return refuse('draft-gone', { why: `its plan is ${Math.round(age_s / 60)} minutes old`, command, application });
}

/** What was typed and chosen, or which input is wrong. The target region is typed so that nobody moves to another one. */
function readDialog(
  { plan, choices }: Operation,
  values: SubmissionPayload['values'],
  gone: (why: string) => Refusal,
):
  | Pick<EventData['operation-requested'], 'reason' | 'choice'>
  | { readonly block: 'region' | 'reason'; readonly refusal: Refusal } {
  const region = (values['region'] ?? '').trim();
  if (region !== plan.to) {
    return { block: 'region', refusal: refuse('region-mismatch', { word: region, region: plan.to }) };
  }
  const reason = (values['reason'] ?? '').trim();
  if (reason === '') return { block: 'reason', refusal: refuse('reason-missing') };
  const choice = choices.find((c) => c.choice === (values['method'] || 'proposed'))?.choice;
  return choice === undefined ? { block: 'region', refusal: gone('it offers another method now') } : { reason, choice };
}
