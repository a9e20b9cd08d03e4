import type { Identity } from '../../core/approvals.ts';
import type { ApplicationConfig, Config } from '../../core/config/schema.ts';
import type { OperationKind } from '../../core/kinds.ts';
import type { EventData, LedgerRecord, PlanChoice } from '../../core/ledger.ts';
import { entities, type ModalView } from '../../core/messages/block-kit.ts';
import type { Operation } from '../../core/operation.ts';
import { isRefusal, type Refusal, refuse, sayRefusal } from '../../core/reasons.ts';
import type { Topology } from '../../core/topology.ts';
import { loadOperation } from '../adapters/ledger.ts';
import type { RequestContext } from '../context.ts';
import { observe } from '../observe.ts';
import { operationId } from '../operation-id.ts';
import { answer, showRefusal } from './answer.ts';
import type { CommandRequest } from './handler.ts';
import { alreadyRunning, lockHolder, reviveHolder } from './lock.ts';

/** What Muster proposes, then what a person may choose instead. */
export type Choices = readonly [PlanChoice, ...PlanChoice[]];

/** What one kind of operation adds to a draft: how it is planned, and the dialog that shows the plan. */
export interface Draft {
  readonly kind: OperationKind;
  /** Pure. A refusal: there is nothing to plan. */
  readonly choices: (application: string, app: ApplicationConfig, topology: Topology) => Choices | Refusal;
  /** `reason`: what was typed behind the command. */
  readonly dialog: (operation: Operation, config: Config, now: string, reason: string) => ModalView;
}

/**
 * A command that shows the plan of an operation: observes both regions, makes the plan, writes it down and shows it in
 * the dialog. Starts nothing; the dialog's submission does (request.ts).
 */
export async function draftOperation(
  context: RequestContext,
  command: { readonly application: string; readonly reason: string },
  request: CommandRequest,
  draft: Draft,
): Promise<void> {
  const { application } = command;
  const { payload, viewId } = request;
  const person = known(request);
  const id = operationId(`${draft.kind}-${application}`, Number(request.inbound.signed.timestamp), payload.triggerId);
  const say = (refusal: Refusal): Promise<void> => showRefusal(context, request, refusal);
  const [seen] = await context.ledger.read(context.ledger.op(id));
  if (seen !== undefined) {
    if (isSameCommand(seen, viewId)) return;
    return say(refuse('not-started', { why: 'another command of this minute has the same id', application }));
  }
  const app = context.config.applications[application];
  if (app === undefined) {
    const names = Object.keys(context.config.applications).join(', ');
    return say(refuse('unknown-application', { word: application, known: names }));
  }
  const choices = await plan(context, application, app, draft);
  if (isRefusal(choices)) {
    await writeRefusal(context, id, application, person, choices);
    return say(choices);
  }
  if (viewId === undefined) return say(refuse('dialog-not-opened', { application }));
  await writeDraft(context, id, {
    application,
    choices,
    requester: person.id,
    requesterSlack: payload.user,
    channel: context.config.slack.channel,
    viewId,
  });
  const operation = await loadOperation(context.ledger, id);
  if (operation === undefined) return;
  const view = draft.dialog(operation, context.config, new Date().toISOString(), command.reason);
  const shown = await context.slack.viewsUpdate(viewId, view);
  if (!shown.ok) await answer(context, request, entities(sayRefusal(refuse('dialog-not-opened', { application }))));
}

/** A row with a dialog names a role, so ../command.ts knows who asks. */
function known({ person }: CommandRequest): Identity {
  if (person === undefined) throw new Error('a command that shows a plan is open to anyone: give its row another role');
  return person;
}

/**
 * The same command once more (a replay, an event delivered twice) has been answered: its trigger opened no dialog, or
 * the dialog that is there. A new one is another command whose id is the same by chance.
 */
function isSameCommand({ event }: LedgerRecord, viewId: string | undefined): boolean {
  const drafted = event.type === 'operation-drafted' ? (event.data.viewId ?? undefined) : viewId;
  return viewId === undefined || viewId === drafted;
}

/** The plan and what else may be chosen; a refusal where an operation holds the application's lock. */
async function plan(
  context: RequestContext,
  application: string,
  app: ApplicationConfig,
  draft: Draft,
): Promise<Choices | Refusal> {
  const holder = await lockHolder(context, application);
  if (holder === undefined) return draft.choices(application, app, await observe(application, app));
  await reviveHolder(context, holder);
  return alreadyRunning(context, holder);
}

/** Delivered twice at the same time: the first one stands. */
export async function writeDraft(
  context: RequestContext,
  id: string,
  data: Omit<EventData['operation-drafted'], 'kind'> & { readonly choices: Choices },
): Promise<void> {
  const { kind } = data.choices[0].plan;
  await context.ledger.append(context.ledger.op(id), (records) =>
    records.length > 0 ? undefined : { type: 'operation-drafted', by: data.requester, data: { kind, ...data } },
  );
}

async function writeRefusal(
  context: RequestContext,
  id: string,
  application: string,
  person: Identity,
  refusal: Refusal,
): Promise<void> {
  const data = { application, requester: person.id, code: refusal.code, why: refusal.sentence };
  await context.ledger.append(context.ledger.op(id), (records) =>
    records.length > 0 ? undefined : { type: 'operation-refused', by: person.id, data },
  );
}
