import type { Effect } from './calls.ts';

/** What people read when the receiver cannot hand their request over: what happened, what it means, what to do. */
const BY_HAND = 'If it fails again, work by hand: the runbook, section "Muster itself is dead"';

export function notHandedOver(effect: Effect): string {
  return effect === 'none'
    ? `Muster could not be reached. Nothing was started. Send it again. ${BY_HAND}.`
    : `Muster did not answer in time. It may have taken your request: check \`/dr status\` before you send it again. ${BY_HAND}.`;
}

export function notSubmitted(effect: Effect): string {
  return effect === 'none'
    ? `Muster could not be reached. Nothing was started. Submit again. ${BY_HAND}.`
    : `Muster did not answer in time. It may have taken this: check /dr status before you submit again. ${BY_HAND}.`;
}

export const CANNOT_VERIFY = `Muster cannot check that Slack sent this: its secret or its settings cannot be read. Nothing was started. Send it again. ${BY_HAND}.`;

export const NOT_OURS =
  'This Muster belongs to another Slack app or workspace. Nothing was started. Check MUSTER_SLACK_APP_ID and MUSTER_SLACK_TEAM_ID of the deployment.';

export const LOOKING =
  'Looking at both regions ...\nIf this does not change within a few seconds, close it and send `/dr status`.';
