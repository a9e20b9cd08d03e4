import { type AccountConfig, otherAccounts, roleArn, roleName } from '../../core/access.ts';
import type { ApplicationConfig, Config } from '../../core/config/schema.ts';
import { DEFAULT_PREFIX, FUNCTIONS } from '../../core/functions.ts';
import type { Identities } from '../../simulator/aws/identities.ts';
import type { Service } from '../../simulator/aws/service.ts';
import type { Route53Links } from '../../simulator/aws/services/route-53/links.ts';
import { createRoute53, type Route53 } from '../../simulator/aws/services/route-53/route-53.ts';
import type { Clock } from '../../simulator/clock.ts';
import type { WorldEnvironment } from '../../simulator/environment.ts';
import { createLambda, type Lambda } from '../../simulator/lambda/functions.ts';
import type { Random } from '../../simulator/random.ts';
import type { Network } from '../../simulator/wire.ts';
import { createRegionalServices, type Hooks, type RegionalServices } from './services.ts';

/** The resources of one account, which only its credentials can see. */
export interface Account {
  readonly id: string;
  readonly services: RegionalServices;
  /** Its hosted zones and health checks. */
  readonly route53: Route53;
  readonly lambda: Lambda;
}

/** Every account of the world: Muster's own first. */
export interface Accounts {
  readonly own: Account;
  readonly others: readonly Account[];
  /** The account of an application. */
  of(app: Pick<ApplicationConfig, 'account'>): Account;
}

interface AccountLinks {
  readonly clock: Clock;
  readonly random: Random;
  readonly environment: WorldEnvironment;
  readonly identities: Identities;
  readonly network: Network;
  readonly touch: Hooks['touch'];
  /** The ledger is in Muster's own account. */
  readonly tableChanged: Hooks['tableChanged'];
  readonly probe: Route53Links['probe'];
  readonly awsName: Route53Links['awsName'];
}

export function createAccounts(config: Config, ownId: string, links: AccountLinks): Accounts {
  const { random } = links;
  const own = openAccount(ownId, random, links);
  const others = otherAccounts(config).map(({ id }) =>
    openAccount(id, random.split(`account/${id}`), { ...links, tableChanged: () => undefined }),
  );
  return {
    own,
    others,
    of: ({ account }) => others.find(({ id }) => id === account?.id) ?? own,
  };
}

function openAccount(id: string, random: Random, links: AccountLinks): Account {
  const base = { ...links, random, accountId: id };
  const lambda = createLambda(base);
  const deliver = (arn: string, event: unknown): void => {
    const [, , , region = '', , , name = ''] = arn.split(':');
    lambda.invokeAsync(region, name, event);
  };
  const services = createRegionalServices(base, { ...links, deliver });
  return { id, services, route53: createRoute53(base), lambda };
}

export const servicesOf = ({ services, route53, lambda }: Account): readonly Service[] => [
  ...Object.values(services).map(({ service }) => service),
  route53.service,
  lambda.service,
];

/**
 * As the stack in the other account creates them: one for each function, trusting that function's role only. Their
 * permissions are not simulated; the tests of the deployment check them.
 */
export function seedRoles(
  config: Config,
  identities: Identities,
  own: { readonly id: string; readonly region: string },
) {
  const seed = ({ id: accountId, externalId }: AccountConfig): void => {
    for (const spec of FUNCTIONS) {
      const name = roleName(`${DEFAULT_PREFIX}-${spec.name}`, own.region);
      identities.createRole({ accountId, name, trusts: roleArn('aws', own.id, name), externalId });
    }
  };
  otherAccounts(config).forEach(seed);
}
