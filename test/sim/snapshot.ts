import { ACCOUNT, type World } from '../../sandbox/world/world.ts';
import type { Call } from '../../simulator/aws/service.ts';

/** Everything that a bad request must leave as it was. */
export interface Snapshot {
  /** Stream -> the texts of its events, signed. */
  readonly ledger: Readonly<Record<string, readonly string[]>>;
  readonly writer: string | undefined;
  readonly dnsAnswer: readonly string[];
  /** `region service` -> desired tasks. */
  readonly desired: Readonly<Record<string, number | undefined>>;
  readonly scalingBounds: unknown;
  readonly flag: string | undefined;
  readonly healthCheck: unknown;
  readonly executions: readonly string[];
  /** AWS calls of Muster's that change something. */
  readonly mutations: number;
}

/** Reading, signing (GenerateMac) and handing on (Invoke) change nothing by themselves. */
const HARMLESS = /^(Describe|Get|List|Head|Query$|GenerateMac$|VerifyMac$|Invoke$)/;

export async function snapshot(world: World): Promise<Snapshot> {
  const { config: app, name } = appOf(world);
  const running = world.applications.find((one) => one.name === name);
  const { traffic } = app;
  const [resolver = ''] = app.verify.resolvers;
  return {
    ledger: Object.fromEntries(
      [...world.ledger()].map(([stream, records]) => [stream, records.map(({ body, mac }) => `${body} ${mac}`)]),
    ),
    writer: running?.writerRegion(),
    dnsAnswer: world.route53
      .resolverAnswer(resolver, traffic.record, 'A', world.clock.now_ms())
      .records.map((record) => record.data),
    desired: desiredOf(world),
    scalingBounds: await boundsOf(world),
    flag: traffic.strategy === 'stop' ? flagOf(world, traffic.flag) : undefined,
    healthCheck: traffic.strategy === 'stop' ? await healthCheckOf(world, traffic.healthCheckId) : undefined,
    executions: world.stepFunctions.executions(app.standby).map((execution) => execution.name),
    mutations: mutationsOf(world),
  };
}

const mutationsOf = (world: World): number =>
  world.calls.filter((call) => call.caller.name.startsWith('muster-') && !HARMLESS.test(call.action)).length;

function appOf(world: World): { readonly name: string; readonly config: World['applications'][number]['config'] } {
  const [app] = world.applications;
  if (app === undefined) throw new Error('the world has no application');
  return app;
}

function desiredOf(world: World): Snapshot['desired'] {
  const { config: app } = appOf(world);
  return Object.fromEntries(
    app.services.flatMap((service) =>
      (['home', 'standby'] as const).flatMap((side) => {
        if (service.kind !== 'ecs') return [];
        const { cluster, service: name } = service[side];
        const desired = world.services.ecs.desired(app[side], `service/${cluster}/${name}`);
        return [[`${app[side]} ${service.name}`, desired] as const];
      }),
    ),
  );
}

async function boundsOf(world: World): Promise<unknown> {
  const { config: app } = appOf(world);
  const { operations } = world.services.scaling.service;
  const ask = operations['DescribeScalableTargets'];
  if (ask === undefined) throw new Error('DescribeScalableTargets is gone');
  const regions = [app.home, app.standby];
  const answers = await Promise.all(regions.map((region) => ask({ ServiceNamespace: 'ecs' }, callIn(world, region))));
  return JSON.parse(JSON.stringify(answers)) as unknown;
}

function flagOf(world: World, flag: { readonly bucket: string; readonly key: string }): string | undefined {
  const body = world.services.s3.read(flag.bucket, flag.key);
  return body === undefined ? undefined : Buffer.from(body).toString('utf8');
}

async function healthCheckOf(world: World, id: string): Promise<unknown> {
  const ask = world.route53.service.operations['GetHealthCheck'];
  if (ask === undefined) throw new Error('GetHealthCheck is gone');
  return JSON.parse(JSON.stringify(await ask({ HealthCheckId: id }, callIn(world, 'us-east-1')))) as unknown;
}

const callIn = (world: World, region: string): Call => ({
  clock: world.clock,
  random: world.random,
  accountId: ACCOUNT,
  region,
  caller: { name: 'auditor', region },
});
