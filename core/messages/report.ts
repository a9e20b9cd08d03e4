import type { Config } from '../config/schema.ts';
import type { LedgerEvent } from '../ledger.ts';
import type { Operation } from '../operation.ts';
import { quoted } from './block-kit.ts';
import { fenceVerdict, lossVerdict, standbyWords } from './root-ended.ts';
import { locations, nameOf, plannedAt } from './state.ts';
import { duration, kindTitle, lossWords, methodTitle, secondsBetween, stepTitle, utc } from './words.ts';

/** The streams of an operation, and the MAC of the ledger's newest event for the report. */
export interface History {
  readonly events: readonly LedgerEvent[];
  readonly votes: readonly LedgerEvent[];
  readonly head: string;
}

const NOT_MEASURED = 'not measured';
const NOT_PART = 'not part of this operation';

/** What an auditor asks of a report, in the order of the questions; what is not known says so. Times are UTC. */
export function reportLines(operation: Operation, history: History, config: Config): readonly string[] {
  const { ended } = operation;
  if (ended === undefined) return [];
  return [
    `*Report of ${operation.id}*`,
    ...scopeLines(operation, config),
    ...peopleLines(operation, history.votes, config),
    ...timeline(operation, ended.at),
    ...resultLines(operation, ended),
    ...driftLines(ended),
    `*Data checks:* ${operation.steps.get('verify')?.outcome === undefined ? NOT_MEASURED : quoted(operation.steps.get('verify')?.detail ?? '', 400) || NOT_MEASURED}`,
    `*Deviations:* ${deviations(operation)}`,
    `*Failback:* ${NOT_PART}`,
    '*Findings, owners, due dates, sign-off:* for people to add',
    `*Ledger:* ${history.events.length} events and ${history.votes.length} votes; the newest event's MAC is \`${quoted(history.head, 80) || 'not known'}\``,
  ];
}

function scopeLines(operation: Operation, config: Config): readonly string[] {
  const { plan } = operation;
  const database = config.applications[operation.application]?.database;
  const target =
    database?.kind === 'aurora-global' ? `Accepted data loss: ${duration(database.maxLoss_s)}` : 'none configured';
  return [
    `*Type:* ${kindTitle(plan)}, live (not a rehearsal)`,
    `*Scenario:* ${quoted(operation.reason, 500) || 'no reason given'}; home was ${operation.facts.verdict} when it was planned`,
    `*Objectives:* ${target}; RTO target: none configured`,
    `*Scope:* ${operation.application}, ${plan.from} to ${plan.to}; database: ${methodTitle(plan.database.method)}; services: ${plan.capacity.length}; traffic: ${plan.traffic.record} by ${plan.traffic.strategy}`,
    `*Expected loss when approved:* ${plainTimes(lossWords(plan, operation.facts, plannedAt(operation)))}`,
    `*Plan:* \`${operation.planHash}\`; tool version: not recorded`,
  ];
}

/** A report is copied out of Slack: its dates are the UTC fallback. */
const plainTimes = (words: string): string => words.replace(/<!date\^[^|>]*\|([^>]*)>/g, '$1');

function peopleLines(operation: Operation, votes: readonly LedgerEvent[], config: Config): readonly string[] {
  const given = votes.flatMap((event) => {
    if (event.type !== 'vote') return [];
    const { data } = event;
    const who = data.identity === null ? `Slack account ${data.slackUser}` : nameOf(config, data.identity);
    const counted = data.accepted ? '' : `, not counted (${quoted(data.refusal ?? 'refused', 100)})`;
    const why = data.reason === undefined || data.reason === '' ? '' : `: ${quoted(data.reason, 300)}`;
    return [
      `• ${utc(event.at)} ${who}: ${data.choice}${data.step === undefined ? '' : ` ${data.step}`}${counted}${why}`,
    ];
  });
  const rounds = operation.rounds.map((round) => {
    const by = (round.decision?.by ?? []).map((id) => nameOf(config, id)).join(', ');
    const decision =
      round.decision === undefined
        ? 'no decision'
        : `${round.decision.what}${by === '' ? '' : ` by ${by}`} at ${utc(round.decision.at)}`;
    return `• round ${round.round}, asked ${utc(round.askedAt)}: ${decision}`;
  });
  return [
    `*Requested by:* ${nameOf(config, operation.requester)} at ${utc(operation.requestedAt ?? operation.draftedAt)}`,
    '*Approvals*',
    ...(rounds.length === 0 ? ['• no approval was asked for'] : rounds),
    ...(given.length === 0 ? ['• no vote besides the request'] : given),
  ];
}

function timeline(operation: Operation, endedAt: string): readonly string[] {
  const { noReturn } = operation;
  const steps = [...operation.steps.values()]
    .filter((step) => step.step !== 'report')
    .map((step) => {
      const took = step.endedAt === undefined ? '' : `, ${duration(secondsBetween(step.startedAt, step.endedAt))}`;
      return {
        at: step.startedAt,
        says: `${stepTitle(step.step)} (${step.region}): ${step.outcome ?? 'not finished'}${took}`,
      };
    });
  const entries = [
    { at: operation.draftedAt, says: 'planned' },
    ...steps,
    ...(noReturn === undefined
      ? []
      : [{ at: noReturn.at, says: `point of no return: ${quoted(noReturn.action, 200)}` }]),
    { at: endedAt, says: 'ended' },
  ].toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  return ['*Timeline, UTC*', ...entries.map(({ at, says }) => `• ${utc(at)} ${says}`)];
}

function resultLines(operation: Operation, ended: NonNullable<Operation['ended']>): readonly string[] {
  const { report } = ended;
  const { writer, traffic } = locations(operation);
  const measured = (span_s: number | null | undefined): string => (span_s == null ? NOT_MEASURED : duration(span_s));
  return [
    `*Outcome:* ${ended.outcome}. ${quoted(ended.why, 400)}`,
    `*RTO:* ${measured(report?.rto_s)}${report?.rto_s == null ? '' : ' (from the command to the first served write)'}`,
    `*RPO:* ${lossVerdict(report)}`,
    `*Writer:* ${writer}`,
    `*Traffic:* ${traffic}`,
    `*Home fenced:* ${plainTimes(fenceVerdict(operation, ended))}`,
    `*Standby:* ${plainTimes(standbyWords(ended))}`,
  ];
}

function driftLines(ended: NonNullable<Operation['ended']>): readonly string[] {
  const drift = ended.report?.drift ?? [];
  if (ended.report === undefined) return [`*Drift:* ${NOT_MEASURED}`];
  if (drift.length === 0) return ['*Drift:* nothing was changed'];
  return [
    '*Drift:* what differs from the infrastructure code now',
    ...drift.map((d) => `• ${quoted(d.resource, 200)}: ${quoted(d.before, 200)} → ${quoted(d.after, 200)}`),
  ];
}

/** What did not go as the plan said. */
function deviations(operation: Operation): string {
  const found = [...operation.steps.values()].flatMap((step) =>
    step.outcome === 'skipped' || step.outcome === 'unconfirmed' || step.outcome === 'failed'
      ? [`${stepTitle(step.step)} ${step.outcome}`]
      : [],
  );
  const again = operation.rounds.length > 1 ? [`approval was asked for ${operation.rounds.length} times`] : [];
  return [...found, ...again].join('; ') || 'none recorded';
}
