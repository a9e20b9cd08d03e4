import { createApplication } from '../../../sandbox/application/application.ts';
import { createFlagEndpoint } from '../../../sandbox/world/flag-endpoint.ts';
import type { Call } from '../../../simulator/aws/service.ts';
import { createRoute53, type Route53 } from '../../../simulator/aws/services/route-53/route-53.ts';
import { createS3 } from '../../../simulator/aws/services/s3/s3.ts';
import { createDns } from '../../../simulator/network/dns.ts';
import type { Handler } from '../../../simulator/network/hosts.ts';
import { createNetwork, isServiceHost, type SimulatedNetwork } from '../../../simulator/network/network.ts';
import type { WireRequest } from '../../../simulator/wire.ts';
import { fakeCall, testWorld } from './helpers.ts';

export const HOME = { region: 'us-east-1', address: '198.51.100.10' };
export const STANDBY = { region: 'us-west-2', address: '203.0.113.10' };
const REGIONS = [
  { ...HOME, loadBalancer: 'shop-use1.elb.us-east-1.amazonaws.com', hostedZoneId: 'Z35SXDOTRQ7X7K' },
  { ...STANDBY, loadBalancer: 'shop-usw2.elb.us-west-2.amazonaws.com', hostedZoneId: 'Z1H1FL5HABSF5' },
];

const ok = (text: string): Handler => ({
  handle: async () => ({ status: 200, headers: {}, body: new TextEncoder().encode(text) }),
});

export function get(url: string, method = 'GET', signal?: AbortSignal): WireRequest {
  const request = { method, url: new URL(url), headers: {}, body: new Uint8Array() };
  return signal === undefined ? request : { ...request, signal };
}

/** An application in two regions whose traffic a flag in a bucket moves: all the parts, wired as the sandbox does. */
export function stopWorld(seed = 'stop', aws: Handler = ok('aws')) {
  const world = testWorld(seed);
  const { clock, random, environment, lost } = world;
  const state = {
    tasks: { 'us-east-1': 4, 'us-west-2': 1 } as Record<string, number>,
    writer: 'us-east-1' as string | undefined,
    writable: new Set(['us-east-1']),
    /** Regions whose load balancer shows a maintenance page. */
    maintenance: new Set<string>(),
  };
  // Route 53, the network and the application refer to each other; nothing is called before all of them exist.
  const parts: { network?: SimulatedNetwork; route53?: Route53 } = {};
  const touch = (): void => {
    application.touch();
    parts.route53?.touch();
  };
  const application = createApplication({
    environment,
    clock,
    regions: REGIONS,
    random,
    balancerAnswers: (region) =>
      state.maintenance.has(region) ? { status: 503, contentType: 'text/html', body: 'Back soon' } : undefined,
    servingTasks: (region) => state.tasks[region] ?? 0,
    acceptsWrites: (region) => state.writable.has(region),
    writerEndpointRegion: () => state.writer,
  });
  const s3 = createS3({ ...world, onChange: touch });
  s3.seedBucket({ name: 'flags', region: 'us-west-2', versioning: 'Enabled' });
  const flag = createFlagEndpoint({
    environment,
    region: 'us-west-2',
    host: 'flag0000.lambda-url.us-west-2.on.aws',
    exists: (key) => s3.read('flags', key) !== undefined,
  });
  const route53 = createRoute53({
    ...world,
    probe: (target) => parts.network?.probe(target),
    awsName: (name, at_ms) => application.awsName(name, at_ms),
  });
  const dns = createDns({ clock, route53, isService: isServiceHost });
  const network = createNetwork({
    clock,
    random,
    environment,
    aws,
    slack: ok('slack'),
    functionUrls: ok('function'),
    hosts: (name) => (name === flag.host ? flag : undefined),
    addresses: (address) => application.hostAt(address),
    dns,
  });
  parts.network = network;
  parts.route53 = route53;
  const check = route53.seedHealthCheck({
    Type: 'HTTPS',
    FullyQualifiedDomainName: flag.host,
    ResourcePath: '/shop',
    RequestInterval: 10,
    FailureThreshold: 3,
    Inverted: true,
  });
  const pair = (Failover: 'PRIMARY' | 'SECONDARY', index: 0 | 1, extra: object) => ({
    Name: 'shop.example.com',
    Type: 'A' as const,
    SetIdentifier: Failover,
    Failover,
    AliasTarget: {
      HostedZoneId: REGIONS[index]?.hostedZoneId,
      DNSName: REGIONS[index]?.loadBalancer,
      EvaluateTargetHealth: false,
    },
    ...extra,
  });
  const zone = route53.seedZone({
    name: 'example.com',
    records: [pair('PRIMARY', 0, { HealthCheckId: check }), pair('SECONDARY', 1, {})],
  });
  touch();
  const call: Call = fakeCall(clock, 'us-west-2', random);
  const writeFlag = () => s3.service.operations['PutObject']?.({ Bucket: 'flags', Key: 'shop', Body: 'x' }, call);
  const lose = (region: string): void => {
    lost.add(region);
    touch();
  };
  return { ...world, state, touch, application, s3, flag, route53, dns, network, check, zone, writeFlag, lose };
}
