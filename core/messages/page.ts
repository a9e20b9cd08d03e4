import type { Config } from '../config/schema.ts';
import { currentRound, type Operation } from '../operation.ts';
import { wantedApprovers } from './state.ts';
import { utc } from './words.ts';

/** What a pager shows: the summary in plain text, and both ways to answer, for somebody who cannot open Slack. */
export function pageText(
  operation: Operation,
  config: Config,
  summary: string,
  why: string,
): { readonly subject: string; readonly text: string } {
  const round = currentRound(operation);
  const wanted = round === undefined ? [] : wantedApprovers(operation, config, round).map((person) => person.name);
  const channel = `https://slack.com/app_redirect?team=${config.slack.team_id}&channel=${config.slack.channel}`;
  return {
    subject: `Muster: approval needed for ${operation.application} by ${utc(round?.deadline ?? operation.draftedAt)}`,
    text: [
      `You are paged because ${why}.`,
      summary,
      `Can still approve: ${wanted.join(', ') || 'nobody else is configured'}.`,
      `In Slack: ${channel} (the message of ${operation.id}).`,
      `Without Slack: docs/runbook.md, section "Slack is down".`,
      'Without an answer, nothing is moved.',
    ].join('\n'),
  };
}
