import { type Identity, namesOf } from '../../core/approvals.ts';
import type { SubmissionAnswer } from '../../core/inbound.ts';
import type { PlanChoice } from '../../core/ledger.ts';
import { entities } from '../../core/messages/block-kit.ts';
import { promoteDialog, refusalView } from '../../core/messages/dialogs.ts';
import { type MethodChoice, planHash, planPromote } from '../../core/plan.ts';
import { type Refusal, refuse, sayRefusal } from '../../core/reasons.ts';
import type { Topology } from '../../core/topology.ts';
import { loadOperation } from '../adapters/ledger.ts';
import { startMachine } from '../adapters/machines.ts';
import type { CommandPayload, SubmissionPayload } from '../adapters/slack-payloads.ts';
import { digest } from '../digest.ts';
import { type Door, groupRefusal, identify, isRefusal } from '../door.ts';
import { observe } from '../observe.ts';
import { operationId } from '../operation-id.ts';
import { lockHolder, reviveHolder, takeLock } from './lock.ts';

/** A plan older than this is not what anybody sees any more. */
const DRAFT_LIFE_S = 15 * 60;

/** `/dr promote`: observes both regions, makes the plan, writes it down and shows it in the dialog. Starts nothing. */
export async function draftPromote(
  door: Door,
  payload: CommandPayload,
  request: {
    readonly application: string;
    readonly reason: string;
    readonly at_s: number;
    readonly viewId: string | undefined;
  },
): Promise<void> {
  const { application } = request;
  const id = operationId(`promote-${application}`, request.at_s, payload.triggerId);
  const say = (refusal: Refusal): Promise<void> => show(door, payload, request.viewId, refusal);
  const person = await identify(door, payload.user);
  if (isRefusal(person)) return say(person);
  const [seen] = await door.ledger.read(door.ledger.op(id));
  if (seen !== undefined) {
    // The same command once more (a replay, an event delivered twice) has been answered: its trigger opened no dialog,
    // or the dialog that is there. A new one is another command whose id is the same by chance.
    const known = seen.event.type === 'operation-drafted' ? (seen.event.data.viewId ?? undefined) : request.viewId;
    if (request.viewId === undefined || request.viewId === known) return;
    return say(refuse('not-started', { why: 'another command of this minute has the same id', application }));
  }
  const app = door.config.applications[application];
  if (app === undefined)
    return say(
      refuse('unknown-application', { word: application, known: Object.keys(door.config.applications).join(', ') }),
    );
  const holder = await lockHolder(door, application);
  if (holder !== undefined) {
    await reviveHolder(door, holder);
    return refused(door, id, application, person, alreadyRunning(door, holder), say);
  }
  const topology = await observe(application, app);
  const choices = planChoices(application, app, topology);
  if (!('length' in choices)) return refused(door, id, application, person, choices, say);
  const { viewId } = request;
  if (viewId === undefined) return say(refuse('dialog-not-opened', { application }));
  await door.ledger.append(door.ledger.op(id), (records) =>
    // Delivered twice at the same time: the first one stands.
    records.length > 0
      ? undefined
      : {
          type: 'operation-drafted',
          by: person.id,
          data: {
            kind: 'promote',
            application,
            choices,
            requester: person.id,
            requesterSlack: payload.user,
            channel: door.config.slack.channel,
            viewId,
          },
        },
  );
  const operation = await loadOperation(door.ledger, id);
  if (operation === undefined) return;
  const view = promoteDialog(operation, door.config, new Date().toISOString(), request.reason);
  const shown = await door.slack.viewsUpdate(viewId, view);
  if (!shown.ok)
    await door.slack.respond(payload.responseUrl, entities(sayRefusal(refuse('dialog-not-opened', { application }))));
}

/** What Muster proposes first, then what else is possible now. */
function planChoices(
  application: string,
  app: Parameters<typeof planPromote>[1],
  topology: Topology,
): readonly PlanChoice[] | Refusal {
  const proposed = planPromote(application, app, topology);
  if (!proposed.ok) return proposed.refusal;
  const choices: PlanChoice[] = [
    { choice: 'proposed', plan: proposed.plan, planHash: planHash(proposed.plan, digest), facts: proposed.facts },
  ];
  const { method } = proposed.plan.database;
  if (method === 'adopt' || method === 'none') return choices;
  for (const choice of ['switchover', 'failover'] as const satisfies readonly MethodChoice[]) {
    if (choice === method) continue;
    const other = planPromote(application, app, topology, choice);
    if (other.ok)
      choices.push({ choice, plan: other.plan, planHash: planHash(other.plan, digest), facts: other.facts });
  }
  return choices;
}

/** The dialog's submission: checks what was typed, takes the lock, writes the request, starts the state machine. */
export async function requestPromote(
  door: Door,
  payload: SubmissionPayload,
  now_ms: number,
): Promise<SubmissionAnswer> {
  const wrong = (block: string, refusal: Refusal): SubmissionAnswer => ({
    response_action: 'errors',
    errors: { [block]: sayRefusal(refusal) },
  });
  const id = payload.ids?.operation ?? '';
  const [operation, person, outside] = await Promise.all([
    id === '' ? undefined : loadOperation(door.ledger, id),
    identify(door, payload.user),
    groupRefusal(door, payload.user),
  ]);
  if (isRefusal(person)) return wrong('region', person);
  if (operation === undefined) {
    return wrong(
      'region',
      refuse('draft-gone', { why: 'its plan is not in the ledger', application: '<application>' }),
    );
  }
  const { application } = operation;
  if (operation.requester !== person.id) {
    return wrong(
      'region',
      refuse('not-your-dialog', { who: namesOf(door.config, [operation.requester]), application }),
    );
  }
  if (operation.ended !== undefined) {
    return wrong('region', refuse('operation-over', { operation: id, outcome: operation.ended.outcome, application }));
  }
  const age_s = (now_ms - Date.parse(operation.draftedAt)) / 1000;
  if (operation.requestedAt === undefined && age_s > DRAFT_LIFE_S) {
    return wrong(
      'region',
      refuse('draft-gone', {
        why: `its plan is ${Math.round(age_s / 60)} minutes old`,
        application: operation.application,
      }),
    );
  }
  const region = (payload.values['region'] ?? '').trim();
  if (region !== operation.plan.to)
    return wrong('region', refuse('region-mismatch', { word: region, region: operation.plan.to }));
  const reason = (payload.values['reason'] ?? '').trim();
  if (reason === '') return wrong('reason', refuse('reason-missing'));
  const choice = operation.choices.find((c) => c.choice === (payload.values['method'] || 'proposed'))?.choice;
  if (choice === undefined)
    return wrong(
      'region',
      refuse('draft-gone', { why: 'it offers another method now', application: operation.application }),
    );
  const holder = await takeLock(door, operation.application, id, person.id);
  if (holder !== undefined) return wrong('region', alreadyRunning(door, holder));
  await door.ledger.append(door.ledger.op(id), (records) =>
    records.some((r) => r.event.type === 'operation-requested')
      ? undefined
      : {
          type: 'operation-requested',
          by: person.id,
          // Whoever is outside the Slack group may ask; others must approve.
          data: { reason, choice, ...(outside === undefined ? {} : { noVoice: outside.sentence }) },
        },
  );
  const started = await startMachine(door.environment, id);
  return started === 'closed'
    ? wrong(
        'region',
        refuse('draft-gone', { why: 'its operation is already over', application: operation.application }),
      )
    : null;
}

function alreadyRunning(
  door: Door,
  holder: { id: string; application: string; requester: string; draftedAt: string },
): Refusal {
  return refuse('already-running', {
    operation: holder.id,
    application: holder.application,
    who: namesOf(door.config, [holder.requester]),
    since: `${holder.draftedAt.slice(11, 16)} UTC`,
  });
}

async function refused(
  door: Door,
  id: string,
  application: string,
  person: Identity,
  refusal: Refusal,
  say: (refusal: Refusal) => Promise<void>,
): Promise<void> {
  await door.ledger.append(door.ledger.op(id), (records) =>
    records.length > 0
      ? undefined
      : {
          type: 'operation-refused',
          by: person.id,
          data: { application, requester: person.id, code: refusal.code, why: refusal.sentence },
        },
  );
  await say(refusal);
}

/** In the dialog when there is one, else to the person alone. */
async function show(door: Door, payload: CommandPayload, viewId: string | undefined, refusal: Refusal): Promise<void> {
  if (viewId !== undefined) {
    const shown = await door.slack.viewsUpdate(viewId, refusalView('Nothing was started', refusal));
    if (shown.ok) return;
  }
  await door.slack.respond(payload.responseUrl, entities(sayRefusal(refusal)));
}
