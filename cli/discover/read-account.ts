import { DescribeGlobalClustersCommand, RDSClient } from '@aws-sdk/client-rds';
import {
  ListHealthChecksCommand,
  ListHostedZonesCommand,
  ListResourceRecordSetsCommand,
  type ListResourceRecordSetsCommandInput,
  type ListResourceRecordSetsCommandOutput,
  type ResourceRecordSet,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { cliSettings } from '../aws-account.ts';
import type { Pair } from '../words.ts';
import { type AliasRecord, type Inventory, plainHost, type Zone } from './inventory.ts';
import { readRegion } from './read-region.ts';
import { marked, pages, type Reader } from './reader.ts';
import { withRoles } from './schedules.ts';

/** Reads both regions and what is global. Never fails: what could not be read is in `reader.unread`. */
export async function readAccount({ home, standby }: Pair, account: string, reader: Reader): Promise<Inventory> {
  const route53 = new Route53Client(cliSettings(standby));
  const [atHome, atStandby, globals, zones, checks, buckets] = await Promise.all([
    readRegion(home, reader),
    readRegion(standby, reader),
    reader.list(standby, 'rds:DescribeGlobalClusters', () =>
      globalClusters(new RDSClient(cliSettings(standby)), [home, standby]),
    ),
    reader.list('global', 'route53:ListHostedZones', () => hostedZones(route53)),
    reader.list('global', 'route53:ListHealthChecks', () => healthChecks(route53)),
    reader.list('global', 's3:ListAllMyBuckets', () => listBuckets(new S3Client(cliSettings(standby)))),
  ]);
  const [homeWithRoles, standbyWithRoles] = await withRoles(atHome, atStandby, reader);
  const records: AliasRecord[] = [];
  // One zone after the other: Route 53 takes five requests a second from an account (Developer Guide, "Quotas").
  for (const zone of zones.filter((each) => !each.isPrivate)) {
    records.push(...(await reader.list('global', 'route53:ListResourceRecordSets', () => aliases(route53, zone))));
  }
  return { account, home: homeWithRoles, standby: standbyWithRoles, globals, zones, records, checks, buckets };
}

/** Those with a member in one of the regions: every region answers for all of the account (RDS API reference). */
async function globalClusters(rds: RDSClient, regions: readonly string[]): Promise<Inventory['globals']> {
  const found = await pages(async (marker) => {
    const page = await rds.send(new DescribeGlobalClustersCommand(marked('Marker', marker)));
    return { items: page.GlobalClusters, next: page.Marker };
  });
  const isThere = (arn: string | undefined): boolean => regions.includes(arn?.split(':')[3] ?? '');
  const ours = found.filter(({ GlobalClusterMembers = [] }) =>
    GlobalClusterMembers.some(({ DBClusterArn }) => isThere(DBClusterArn)),
  );
  return ours.map((each) => {
    const members = [...(each.GlobalClusterMembers ?? [])].sort((a, b) => Number(b.IsWriter) - Number(a.IsWriter));
    return {
      id: each.GlobalClusterIdentifier ?? '',
      engine: each.Engine ?? '',
      version: each.EngineVersion ?? '',
      members: members.flatMap((member) => member.DBClusterArn ?? []),
    };
  });
}

async function hostedZones(route53: Route53Client): Promise<readonly Zone[]> {
  const found = await pages(async (marker) => {
    const page = await route53.send(new ListHostedZonesCommand(marked('Marker', marker)));
    return { items: page.HostedZones, next: page.NextMarker };
  });
  return found.map((each) => ({
    id: (each.Id ?? '').replace('/hostedzone/', ''),
    name: plainHost(each.Name ?? ''),
    isPrivate: each.Config?.PrivateZone ?? false,
  }));
}

async function aliases(route53: Route53Client, zone: Zone): Promise<readonly AliasRecord[]> {
  const found: ResourceRecordSet[] = [];
  let start: Partial<ListResourceRecordSetsCommandInput> | undefined = {};
  while (start !== undefined) {
    const page: ListResourceRecordSetsCommandOutput = await route53.send(
      new ListResourceRecordSetsCommand({ HostedZoneId: zone.id, ...start }),
    );
    found.push(...(page.ResourceRecordSets ?? []));
    const { NextRecordName, NextRecordType, NextRecordIdentifier } = page;
    start =
      page.IsTruncated !== true || NextRecordName === undefined
        ? undefined
        : {
            StartRecordName: NextRecordName,
            ...(NextRecordType === undefined ? {} : { StartRecordType: NextRecordType }),
            ...(NextRecordIdentifier === undefined ? {} : { StartRecordIdentifier: NextRecordIdentifier }),
          };
  }
  return found
    .filter((each) => each.Type === 'A' && each.AliasTarget?.DNSName !== undefined)
    .map((each) => ({
      zoneId: zone.id,
      name: plainHost(each.Name ?? ''),
      target: plainHost(each.AliasTarget?.DNSName ?? ''),
      targetZoneId: each.AliasTarget?.HostedZoneId ?? '',
      ipv6: found.some((other) => other.Type === 'AAAA' && other.Name === each.Name),
      failover: each.Failover,
      healthCheckId: each.HealthCheckId,
    }));
}

async function healthChecks(route53: Route53Client): Promise<Inventory['checks']> {
  const found = await pages(async (marker) => {
    const page = await route53.send(new ListHealthChecksCommand(marked('Marker', marker)));
    return { items: page.HealthChecks, next: page.NextMarker };
  });
  return found.map(({ Id = '', HealthCheckConfig: config }) => ({
    id: Id,
    host: config?.FullyQualifiedDomainName,
    path: config?.ResourcePath,
    interval_s: config?.RequestInterval ?? 30,
    threshold: config?.FailureThreshold ?? 3,
    inverted: config?.Inverted ?? false,
  }));
}

async function listBuckets(s3: S3Client): Promise<Inventory['buckets']> {
  const found = await pages(async (marker) => {
    // With a parameter the answer says each bucket's region too (API reference, ListBuckets).
    const page = await s3.send(new ListBucketsCommand({ MaxBuckets: 1000, ...marked('ContinuationToken', marker) }));
    return { items: page.Buckets, next: page.ContinuationToken };
  });
  return found.map((each) => ({ name: each.Name ?? '', region: each.BucketRegion }));
}
