import { SELF_TEST } from '../../core/kinds.ts';
import type { Operation } from '../../core/operation.ts';
import { SELF_TEST_SILENT_HOURS } from '../../core/self-test.ts';
import { createLedger, loadOperation } from '../../lambdas/adapters/ledger.ts';
import { type DeploymentTarget, NOT_DEPLOYED, partsOf } from './deployment-target.ts';
import { bad, type Finding, look, ok, warn } from './finding.ts';

const AREA = 'self-test';
/** An older failure that has been fixed since does not matter now. */
const MOST_RECENT = 3;

/** What the daily self-tests came to, from the ledger. */
export function selfTestLook(deployment: DeploymentTarget): Promise<readonly Finding[]> {
  const { prefix, region } = deployment;
  const { table } = partsOf(prefix);
  return look({
    area: AREA,
    thing: `table ${table}`,
    region,
    action: 'dynamodb:Query',
    read: () => recentTests(region, table),
    judge: (recent) => [judgeTests(recent, Date.now(), runNow(deployment))],
    absent: NOT_DEPLOYED,
  });
}

const runNow = ({ prefix, region }: DeploymentTarget): string =>
  `run one, and look again in a minute: aws lambda invoke --region ${region} --function-name ${prefix}-${SELF_TEST} --invocation-type Event /dev/null`;

async function recentTests(region: string, table: string): Promise<readonly Operation[]> {
  const secrets = { signing: '', botToken: '', selfTest: '' };
  const ledger = createLedger({ prefix: '', region, table, macKeyId: '', secrets, machines: '' });
  const started = await ledger.newest(ledger.app(SELF_TEST), MOST_RECENT);
  const ids = started.flatMap(({ event }) => (event.type === 'operation-started' ? [event.data.operation] : []));
  const tests = await Promise.all(ids.toReversed().map((id) => loadOperation(ledger, id)));
  return tests.filter((one) => one !== undefined);
}

/** `recent`: newest first. Pure. */
export function judgeTests(recent: readonly Operation[], now_ms: number, todo: string): Finding {
  const means = 'it is not known whether Muster works';
  const last = recent.find((one) => one.ended !== undefined)?.ended;
  if (last === undefined) return warn(AREA, { what: 'no self-test has run to its end yet', means, todo });
  if (last.outcome !== 'succeeded') {
    const what = `the self-test of ${last.at.slice(0, 16)} UTC failed: ${last.why}`;
    return bad(AREA, { what, means: 'Muster may not work', todo: `fix that, then ${todo}` });
  }
  const silent_h = (now_ms - Date.parse(last.at)) / 3_600_000;
  if (silent_h > SELF_TEST_SILENT_HOURS) {
    return bad(AREA, { what: `no self-test has passed for ${Math.round(silent_h)} hours`, means, todo });
  }
  return ok(AREA, `the self-test of ${last.at.slice(0, 16)} UTC passed`);
}
