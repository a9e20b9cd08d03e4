import {
  type DBCluster,
  DescribeDBClustersCommand,
  DescribeGlobalClustersCommand,
  type GlobalCluster,
  RDSClient,
} from '@aws-sdk/client-rds';
import type { ApplicationConfig } from '../../core/config/schema.ts';
import { cliSettings } from '../aws-account.ts';
import { bad, type Finding, look, ok, warn } from './finding.ts';

type Looks = readonly Promise<readonly Finding[]>[];
type Aurora = Extract<ApplicationConfig['database'], { kind: 'aurora-global' }>;

export function databaseLooks(area: string, app: ApplicationConfig): Looks {
  const { database, home, standby } = app;
  if (database.kind === 'none') return [];
  return [
    globalCluster(area, database, app),
    cluster(area, database.home, home),
    cluster(area, database.standby, standby),
  ];
}

function globalCluster(area: string, database: Aurora, app: ApplicationConfig): Promise<readonly Finding[]> {
  const { globalCluster: id } = database;
  const rds = new RDSClient(cliSettings(app.standby));
  return look({
    area,
    thing: `global cluster ${id}`,
    region: app.standby,
    action: 'rds:DescribeGlobalClusters',
    read: () => rds.send(new DescribeGlobalClustersCommand({ GlobalClusterIdentifier: id })),
    judge: (answer) => judgeGlobal(area, answer.GlobalClusters?.[0], database, app),
    absent: { means: 'there is no database to promote', todo: 'fix database.globalCluster in muster.yaml' },
  });
}

function judgeGlobal(
  area: string,
  found: GlobalCluster | undefined,
  database: Aurora,
  app: ApplicationConfig,
): readonly Finding[] {
  const members = found?.GlobalClusterMembers ?? [];
  const missing = (['home', 'standby'] as const).filter(
    (side) =>
      !members.some(
        (each) => each.DBClusterArn?.includes(`:${app[side]}:`) && each.DBClusterArn.endsWith(`:${database[side]}`),
      ),
  );
  const name = `global cluster ${database.globalCluster}`;
  if (missing.length > 0) {
    const what = `${name} has no member ${missing.map((side) => `${database[side]} in ${app[side]}`).join(' and ')}`;
    return [
      bad(area, {
        what,
        means: 'it cannot be moved between the two',
        todo: 'fix database in muster.yaml, or add the cluster',
      }),
    ];
  }
  const writer = members.find((each) => each.IsWriter)?.DBClusterArn?.split(':')[3];
  const away: Finding[] =
    writer === app.home
      ? []
      : [
          warn(area, {
            what: `the writer of ${name} is in ${writer ?? 'no region'}`,
            means: 'home is not active now',
            todo: 'nothing, if it was moved on purpose',
          }),
        ];
  return [
    ok(area, `${name}: ${found?.Status ?? '?'}, writer in ${writer ?? 'no region'}, ${members.length} members`),
    ...away,
  ];
}

function cluster(area: string, id: string, region: string): Promise<readonly Finding[]> {
  const rds = new RDSClient(cliSettings(region));
  return look({
    area,
    thing: `database cluster ${id}`,
    region,
    action: 'rds:DescribeDBClusters',
    read: () => rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: id })),
    judge: (answer) => [judgeCluster(area, id, region, answer.DBClusters?.[0])],
    absent: { means: 'there is no database to promote', todo: 'fix database in muster.yaml' },
  });
}

function judgeCluster(area: string, id: string, region: string, found: DBCluster | undefined): Finding {
  const instances = found?.DBClusterMembers?.length ?? 0;
  const name = `database cluster ${id} in ${region}`;
  if (instances === 0) {
    const means = 'Aurora refuses switchover and failover to a cluster without an instance';
    return bad(area, { what: `${name} has no instance`, means, todo: `add an instance to ${id}` });
  }
  return ok(area, `${name}: ${found?.Status ?? '?'}, ${found?.EngineVersion ?? '?'}, ${instances} instances`);
}
