import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ELSEWHERE, inAnotherAccount } from '../../sandbox/rehearsal/scenarios/accounts.ts';
import { ACCOUNT } from '../../sandbox/world/world.ts';
import { type CliWorld, openCliWorld } from './world.ts';

/** Doctor, where one application lives in another account than Muster: whose credentials see what. */
let cli: CliWorld;
const THERE = {
  AWS_ACCESS_KEY_ID: 'ASIAELSEWHERE',
  AWS_SECRET_ACCESS_KEY: 'of-somebody-there',
  AWS_SESSION_TOKEN: 'signed-in-there',
};

beforeAll(async () => {
  cli = await openCliWorld(inAnotherAccount);
  await writeFile(join(cli.folder, 'muster.yaml'), cli.yaml);
  cli.world.identities.open(THERE.AWS_ACCESS_KEY_ID, {
    role: { accountId: ELSEWHERE.id, name: 'on-call', session: 'ana' },
    sessionToken: THERE.AWS_SESSION_TOKEN,
    expires_ms: Number.POSITIVE_INFINITY,
  });
});
afterAll(async () => cli.close());

interface Said {
  readonly ready: boolean;
  readonly next: string;
  readonly findings: readonly { area: string; status: string; what: string; todo?: string }[];
}
const doctor = async (environment: NodeJS.ProcessEnv = {}): Promise<Said> =>
  JSON.parse((await cli.muster(['doctor', '--json'], environment)).out) as Said;
const area = (said: Said, name: string) => said.findings.filter((each) => each.area === name);

test('with Muster’s credentials the application elsewhere is not looked at, and that is said, not called well', async () => {
  const before = cli.world.calls.length;
  const said = await doctor();
  expect(area(said, 'application shop')).toEqual([
    expect.objectContaining({
      status: 'unknown',
      what: `shop lives in account ${ELSEWHERE.id}, and these credentials are of ${ACCOUNT}`,
      todo: expect.stringMatching(new RegExp(`credentials of account ${ELSEWHERE.id}.*Access-${ELSEWHERE.id}`)),
    }),
  ]);
  expect(area(said, 'application blog').map((each) => each.status)).toContain('ok');
  expect(area(said, 'deployment').map((each) => each.status)).toContain('ok');
  expect(said.ready).toBe(false);
  expect(said.findings.filter((each) => each.status === 'bad')).toEqual([]);
  expect(JSON.stringify(cli.world.calls.slice(before).map((call) => call.input))).not.toContain('shop-usw2');
});

test('with the other account’s credentials that application is looked at, and nothing of Muster’s', async () => {
  const said = await doctor(THERE);
  const shop = area(said, 'application shop');
  expect(new Set(shop.map((each) => each.status))).toEqual(new Set(['ok']));
  expect(shop.map((each) => each.what)).toContain('global cluster shop: available, writer in us-east-1, 2 members');
  expect(area(said, 'application blog')).toEqual([
    expect.objectContaining({ status: 'unknown', what: expect.stringContaining(`blog lives in account ${ACCOUNT}`) }),
  ]);
  expect(area(said, 'deployment')).toEqual([
    expect.objectContaining({ status: 'unknown', what: expect.stringContaining(`Muster is in account ${ACCOUNT}`) }),
  ]);
  expect(area(said, 'Slack')).toEqual([]);
  expect(said.ready).toBe(false);
});
