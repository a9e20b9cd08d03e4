import type { Config } from '../../../core/config/schema.ts';
import { ACCOUNT } from '../../world/world.ts';
import { HOME, promoteByTwo } from '../actions.ts';
import type { Scenario } from '../scenario.ts';

/** The account of the application. Muster is in another one. */
export const ELSEWHERE = { id: '222233334444', externalId: 'muster-for-shop-7f3a' } as const;

export const anotherAccount: Scenario = {
  name: 'another-account',
  says: 'the application is in another account than Muster: every call for it assumes a role there',
  application: 'shop',
  config: inAnotherAccount,
  disaster: (world) => world.lose(HOME),
  people: (world, script) => promoteByTwo(world, script, { reason: 'us-east-1 does not answer' }),
};

/** `muster.yaml` with the shop in that account: its ARNs, and a hosted zone and name of its own. */
export function inAnotherAccount(config: Config): Config {
  const { shop } = config.applications;
  if (shop === undefined) throw new Error('muster.yaml has no application shop');
  const text = JSON.stringify(shop)
    .replaceAll(ACCOUNT, ELSEWHERE.id)
    .replaceAll('shop.example.com', 'shop.example.net');
  const moved = JSON.parse(text) as typeof shop;
  const traffic = { ...moved.traffic, hostedZoneId: 'Z0SHOPELSEWHERE' };
  return {
    ...config,
    account: ACCOUNT,
    applications: { ...config.applications, shop: { ...moved, account: { ...ELSEWHERE }, traffic } },
  };
}
