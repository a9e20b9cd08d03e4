import type { Finding, Status } from './finding.ts';

export interface Report {
  readonly ready: boolean;
  /** What to do now, in words. */
  readonly next: string;
  readonly findings: readonly Finding[];
}

const SIGNS: Readonly<Record<Status, string>> = { ok: '✓', warn: '!', bad: '✗', unknown: '?' };

/** Ready only if nothing is wrong and nothing was left unchecked: decisions fail closed. */
export function reportOf(findings: readonly Finding[], whenReady: string): Report {
  const worst = findings.find((each) => each.status === 'bad') ?? findings.find((each) => each.status === 'unknown');
  const next = worst === undefined ? whenReady : `${worst.what}. ${sentence(worst.todo ?? 'Fix it.')}`;
  return { ready: worst === undefined, next, findings };
}

export function reportLines({ ready, next, findings }: Report): string {
  const areas = [...new Set(findings.map((each) => each.area))];
  const lines = areas.flatMap((area) => [
    '',
    sentence(area),
    ...findings.filter((each) => each.area === area).flatMap(findingLines),
  ]);
  const count = (status: Status): number => findings.filter((each) => each.status === status).length;
  const counts = `${count('ok')} ✓  ${count('warn')} !  ${count('bad')} ✗  ${count('unknown')} ? (could not be checked)`;
  return [...lines, '', counts, `${ready ? 'READY.' : 'NOT READY.'} Next: ${next}`].join('\n').trimStart();
}

function findingLines({ status, what, means, todo }: Finding): string[] {
  return [
    `  ${SIGNS[status]} ${what}`,
    ...(means === undefined ? [] : [`      means: ${means}`]),
    ...(todo === undefined ? [] : [`      do:    ${todo}`]),
  ];
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
