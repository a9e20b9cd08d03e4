import { expect, test } from 'vitest';
import { asSimulated, reportText } from '../../cli/report-text.ts';
import { promote } from '../../core/operations/promote.ts';
import type { RehearsalResult } from '../../sandbox/rehearsal/result.ts';

const RESULT: RehearsalResult = {
  operation: 'promote-shop-20261120-0311-7f3a',
  kind: 'promote',
  application: 'shop',
  scenario: 'home-region-lost',
  seed: '1',
  outcome: 'succeeded',
  requestedBy: 'ana',
  approvals: [{ by: 'bo', at_s: 210 }],
  rto_s: 355,
  rpo_s: 275,
  lowerBound_s: 280,
  overhead_s: 44,
  trueLoss_s: 120,
  steps: [],
  world: { writerRegion: 'us-west-2', trafficRegion: 'us-west-2', dnsAnswer: ['192.0.2.1'], services: [], fence: null },
  calls: [],
  ledger: { events: 31, verified: true },
  channel: [{ ts: '1.2', text: `DONE in 5 min 24 s: ${promote.title} of shop from us-east-1 to us-west-2.` }],
};

test('the report of a rehearsal says in its first line that it is simulated, and never that it is real', () => {
  const [first, ...rest] = reportText(RESULT).split('\n');
  expect(first).toBe('SIMULATED: promote of shop, scenario home-region-lost, seed 1: SUCCEEDED');
  expect(rest).toContain('  DONE in 5 min 24 s: SIMULATED promote of shop from us-east-1 to us-west-2.');
  expect(rest.join('\n')).not.toContain('REAL');
});

test('the same holds for a rehearsal printed as JSON, which stays JSON', () => {
  const printed = asSimulated(JSON.stringify(RESULT));
  expect(printed).not.toContain('REAL');
  expect(JSON.parse(printed)).toMatchObject({ operation: RESULT.operation, outcome: 'succeeded' });
});
