import { readFileSync } from 'node:fs';
import { RDS } from '@aws-sdk/client-rds';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../core/config/parse.ts';
import { createAccounts, servicesOf } from '../../../sandbox/world/accounts.ts';
import { createApplications } from '../../../sandbox/world/applications.ts';
import { type SeedChanges, seedApplications } from '../../../sandbox/world/seed.ts';
import { createEndpoint } from '../../../simulator/aws/endpoint.ts';
import { Identities } from '../../../simulator/aws/identities.ts';
import { VirtualClock } from '../../../simulator/clock.ts';
import { createEnvironment } from '../../../simulator/environment.ts';
import { seeded } from '../../../simulator/random.ts';
import { clientOptions } from '../../simulator/wire/sdk-client.ts';

const HOME = 'us-east-1';
const STANDBY = 'us-west-2';
const OWN = '111122223333';

/** The resources of muster.yaml and its first application, without anything of Muster. */
function seededWith(changes: SeedChanges) {
  const parsed = parseConfig(readFileSync(new URL('../../../muster.yaml', import.meta.url), 'utf8'));
  if (!parsed.ok) throw new Error('muster.yaml is wrong');
  const { config } = parsed;
  const clock = new VirtualClock(Date.UTC(2026, 10, 20, 3));
  const random = seeded('seed');
  const environment = createEnvironment(random.split('nature'));
  const base = { clock, random, environment };
  const never = (): Promise<never> => new Promise(() => undefined);
  const accounts = createAccounts(config, OWN, {
    ...base,
    identities: new Identities((arn) => arn),
    network: { send: never, resolve: never },
    touch: () => undefined,
    tableChanged: () => undefined,
    probe: () => undefined,
    awsName: () => undefined,
  });
  seedApplications(config, accounts, 'flag.example.com', changes, (accountId, region) => ({
    clock,
    random,
    accountId,
    region,
    caller: { name: 'seed', region },
  }));
  const [shop] = createApplications(config, base, accounts, changes, () => undefined);
  if (shop === undefined) throw new Error('muster.yaml has no application');
  const endpoint = createEndpoint({ services: servicesOf(accounts.own), clock, random, accountId: OWN });
  const rds = (region: string) => new RDS(clientOptions((request, caller) => endpoint.handle(request, caller), region));
  const pass = async (duration_ms: number): Promise<void> => {
    const until_ms = clock.now_ms() + duration_ms;
    clock.after(duration_ms, () => undefined);
    await clock.run({ until: () => clock.now_ms() >= until_ms, limit_ms: until_ms });
  };
  return { shop, rds, environment, pass, database: accounts.own.services.rds };
}

/** Tasks run and are healthy from a little after the start on. */
const STARTED_MS = 120_000;

describe('how an application writes', () => {
  test('is through the global writer endpoint unless the scenario says otherwise', async () => {
    const { shop, pass } = seededWith({});
    await pass(STARTED_MS);
    expect(shop.writesThrough()).toBe('global-endpoint');
    for (const region of [HOME, STANDBY])
      expect(shop.application.write(region)).toEqual({ served: true, region, writer: HOME });
  });

  test('through its own cluster the standby can only read', async () => {
    const { shop, pass } = seededWith({ writesThrough: 'own-cluster' });
    await pass(STARTED_MS);
    expect(shop.application.write(HOME)).toMatchObject({ served: true, writer: HOME });
    expect(shop.application.write(STANDBY)).toMatchObject({ served: false, reason: 'read-only' });
    shop.setWritesThrough('global-endpoint');
    expect(shop.application.write(STANDBY)).toMatchObject({ served: true, writer: HOME });
  });

  test('with write forwarding what the standby is given is committed at home, and both clusters say that they forward', async () => {
    const { shop, pass, rds, environment } = seededWith({ writesThrough: 'write-forwarding' });
    await pass(STARTED_MS);
    expect(shop.application.write(STANDBY)).toEqual({ served: true, region: STANDBY, writer: HOME });
    const { DBClusters } = await rds(STANDBY).describeDBClusters({ DBClusterIdentifier: 'shop-usw2' });
    expect(DBClusters?.[0]).toMatchObject({
      GlobalWriteForwardingRequested: true,
      GlobalWriteForwardingStatus: 'enabled',
    });
    environment.setServes(HOME, false);
    expect(shop.application.write(STANDBY)).toMatchObject({ served: false, reason: 'read-only' });
  });

  test('an address that a person gives comes before it', async () => {
    const { shop, pass, database } = seededWith({ writesThrough: 'own-cluster' });
    await pass(STARTED_MS);
    shop.useDatabaseEndpoint(STANDBY, database.endpointOf(HOME, 'shop-use1') ?? '');
    expect(shop.application.write(STANDBY)).toMatchObject({ served: true, writer: HOME });
  });
});

describe('statuses at the start', () => {
  test('are those that the scenario names, on that side alone', async () => {
    const { rds } = seededWith({
      statuses: {
        standby: { cluster: 'backing-up', instances: ['storage-optimization'] },
        globalCluster: 'modifying',
      },
    });
    const statuses = async (region: string) => [
      ...((
        await rds(region).describeDBClusters({ DBClusterIdentifier: region === HOME ? 'shop-use1' : 'shop-usw2' })
      ).DBClusters?.map((one) => one.Status) ?? []),
      ...((
        await rds(region).describeDBInstances({
          Filters: [{ Name: 'db-cluster-id', Values: [region === HOME ? 'shop-use1' : 'shop-usw2'] }],
        })
      ).DBInstances?.map((one) => one.DBInstanceStatus) ?? []),
    ];
    expect(await statuses(STANDBY)).toEqual(['backing-up', 'storage-optimization', 'available']);
    expect(await statuses(HOME)).toEqual(['available', 'available', 'available']);
    const { GlobalClusters } = await rds(HOME).describeGlobalClusters({ GlobalClusterIdentifier: 'shop' });
    expect(GlobalClusters?.[0]?.Status).toBe('modifying');
  });

  test('come and go where the scenario wants them to', async () => {
    const { rds, pass } = seededWith({ passingStatuses: true });
    const seen = new Set<string | undefined>();
    for (let minutes = 0; minutes < 60; minutes += 1) {
      await pass(60_000);
      const { DBInstances } = await rds(STANDBY).describeDBInstances({});
      for (const instance of DBInstances ?? []) seen.add(instance.DBInstanceStatus);
    }
    expect(seen.size).toBeGreaterThan(3);
  });
});
