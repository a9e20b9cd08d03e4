import type { FaultOf } from '../../../simulator/aws/latency.ts';
import type { World } from '../../world/world.ts';
import { ANA, approve, askForPromote, BO, HOME, promoteByTwo, STANDBY } from '../actions.ts';
import type { Scenario } from '../scenario.ts';

/** As in October 2025: instances run and serve, and nobody can manage them. Half of the calls hang, half fail. */
export const homeControlPlaneLost: Scenario = {
  name: 'home-control-plane-lost',
  says: 'home serves its users, but its APIs do not answer: its state cannot be read and it cannot be fenced',
  application: 'shop',
  disaster: (world) => {
    world.rules.push(controlPlaneLost(world, HOME));
    // Aurora's own fence needs the same control plane: it times out, and the old primary never rejoins.
    world.environment.fix('rds.write-fence', Number.POSITIVE_INFINITY);
    world.environment.fix('rds.rejoin', Number.POSITIVE_INFINITY);
  },
  people: (world, script) => promoteByTwo(world, script, { reason: 'us-east-1 cannot be managed and degrades' }),
};

/** Includes the global control planes in this region: for us-east-1, Route 53's records and health checks. */
function controlPlaneLost(world: World, region: string): FaultOf {
  const random = world.random.split(`control-plane-lost/${region}`);
  return (at) => {
    if (at.region !== region) return undefined;
    if (random.next() < 0.5) return { kind: 'hang', latency_ms: 0 };
    const error = { code: 'ServiceUnavailable', message: 'Service is unavailable.', status: 503 };
    return { kind: 'error', latency_ms: random.between(50, 2_000), ...error };
  };
}

/** Each service's throttling error, and the share of calls that get it. Muster's own table is not affected. */
const THROTTLED: Readonly<Record<string, { readonly code: string; readonly share: number }>> = {
  rds: { code: 'Throttling', share: 0.25 },
  ecs: { code: 'ThrottlingException', share: 0.25 },
  'elastic-load-balancing-v2': { code: 'Throttling', share: 0.25 },
  'application-auto-scaling': { code: 'ThrottlingException', share: 0.25 },
  cloudwatch: { code: 'Throttling', share: 0.25 },
  s3: { code: 'SlowDown', share: 0.2 },
};

export const throttled: Scenario = {
  name: 'throttled',
  says: 'home is lost, and so many move to the standby region that its APIs throttle one call in four',
  application: 'shop',
  disaster: (world) => {
    world.lose(HOME);
    const random = world.random.split('throttled');
    world.rules.push((at) => {
      const throttle = at.region === STANDBY ? THROTTLED[at.service] : undefined;
      if (throttle === undefined || random.next() >= throttle.share) return undefined;
      const status = throttle.code === 'SlowDown' ? 503 : 400;
      return {
        kind: 'error',
        latency_ms: random.between(5, 40),
        code: throttle.code,
        message: 'Rate exceeded',
        status,
      };
    });
  },
  people: (world, script) => promoteByTwo(world, script, { reason: 'us-east-1 does not answer' }),
};

/** The standby region is out of capacity for a while; ECS goes on trying, and so do people. */
export const tasksWontStart: Scenario = {
  name: 'tasks-wont-start',
  says: 'no task starts in the standby: scaling out pauses, later there is capacity and a person presses Retry',
  application: 'shop',
  disaster: (world) => {
    world.lose(HOME);
    world.environment.fix('ecs.task-start', Number.POSITIVE_INFINITY);
  },
  people: async (world, script) => {
    await promoteByTwo(world, script, { reason: 'us-east-1 does not answer' });
    const bo = world.person(BO);
    await bo.waitForMessage(/Retry/, { timeout_s: 3_600 });
    // Nobody reads Slack until the alarm of the stuck operation rings; by then there is capacity again.
    await script.pause(720, 900);
    world.environment.unfix('ecs.task-start');
    await script.pause(60, 120);
    await bo.click('retry');
  },
};

export const noDatabase: Scenario = {
  name: 'no-database',
  says: 'the application has no database: only capacity and traffic move',
  application: 'shop',
  config: (config) => changeShop(config, (shop) => ({ ...shop, database: { kind: 'none' } })),
  disaster: (world) => world.lose(HOME),
  people: (world, script) => promoteByTwo(world, script, { reason: 'us-east-1 does not answer' }),
};

export const record: Scenario = {
  name: 'record',
  says: 'another application, moved by its DNS record; its home is not the region of Route 53’s control plane',
  application: 'blog',
  disaster: (world) => world.lose('us-east-2'),
  people: (world, script) => promoteByTwo(world, script, { application: 'blog', reason: 'us-east-2 does not answer' }),
};

export const ec2: Scenario = {
  name: 'ec2',
  says: 'the services are EC2 Auto Scaling groups',
  application: 'shop',
  config: (config) => changeShop(config, (shop) => ({ ...shop, services: shop.services.map(asGroup) })),
  disaster: (world) => world.lose(HOME),
  people: (world, script) => promoteByTwo(world, script, { reason: 'us-east-1 does not answer' }),
};

type Config = World['config'];
export type Shop = Config['applications'][string];

/** `muster.yaml` with a changed shop. */
export function changeShop(config: Config, change: (shop: Shop) => Shop): Config {
  const { shop } = config.applications;
  if (shop === undefined) throw new Error('muster.yaml has no application shop');
  return { ...config, applications: { ...config.applications, shop: change(shop) } };
}

function asGroup(service: Shop['services'][number]): Shop['services'][number] {
  if (service.kind === 'ec2') return service;
  const { name, active, idle } = service;
  const group = ({ targetGroupArn }: (typeof service)['home']) => ({
    group: `shop-${name}`,
    ...(targetGroupArn === undefined ? {} : { targetGroupArn }),
  });
  return { kind: 'ec2', name, active, idle, home: group(service.home), standby: group(service.standby) };
}

/** After the promote home wakes up, and later the endpoint that the health check watches is lost. */
export const flagEndpointLostAfterPromote: Scenario = {
  name: 'flag-endpoint-lost-after-promote',
  says: 'after the promote home is back and the flag’s endpoint is lost: the pinned health check keeps the traffic',
  application: 'shop',
  disaster: (world) => {
    world.lose(HOME);
    // Home's machines are lost, but not Route 53's control plane in that region: otherwise nothing could pin the check.
    world.rules.unshift((at) => (at.service === 'route-53' ? { kind: 'answer', latency_ms: 150 } : undefined));
  },
  people: async (world, script) => {
    await script.pause(60, 150);
    const ana = world.person(ANA);
    await askForPromote(script, ana, { reason: 'us-east-1 does not answer' });
    await approve(script, world.person(BO));
    await ana.waitForMessage(/^# DONE/m, { timeout_s: 3_600 });
    await script.pause(300, 600);
    world.wake(HOME);
    await script.pause(300, 600);
    world.network.faults.setHost(world.flag.host, 'hang');
    // Long enough for three failed checks and every cache.
    await script.pause(600, 700);
  },
};
