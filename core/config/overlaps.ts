import type { ApplicationConfig, Config, Contradiction } from './schema.ts';

/** A thing in AWS that an operation writes to, and where `muster.yaml` names it. */
interface Owned {
  /** The same text for the same thing. */
  readonly thing: string;
  readonly path: readonly PropertyKey[];
  readonly value: string;
}

/** What two applications, or two services of one, both move: moving the one would move the other behind its back. */
export function overlapRules(config: Config): Contradiction[] {
  const owners = new Map<string, string>();
  const found: Contradiction[] = [];
  for (const [name, app] of Object.entries(config.applications)) {
    for (const { thing, path, value } of [...trafficOf(app), ...servicesOf(app), ...workersOf(app)]) {
      const at = ['applications', name, ...path];
      const owner = owners.get(thing);
      if (owner === undefined) owners.set(thing, at.join('.'));
      else found.push({ path: at, value, fix: `name another, or remove one: ${owner} names it already` });
    }
  }
  return found;
}

function trafficOf({ traffic, listener }: ApplicationConfig): Owned[] {
  const owned = [
    { thing: `record ${traffic.record.toLowerCase()}`, path: ['traffic', 'record'], value: traffic.record },
    ...(listener === undefined
      ? []
      : [{ thing: `listener ${listener.arn}`, path: ['listener', 'arn'], value: listener.arn }]),
  ];
  if (traffic.strategy !== 'stop') return owned;
  const { flag, healthCheckId } = traffic;
  return [
    ...owned,
    { thing: `flag ${flag.bucket}/${flag.key}`, path: ['traffic', 'flag', 'key'], value: flag.key },
    { thing: `check ${healthCheckId}`, path: ['traffic', 'healthCheckId'], value: healthCheckId },
  ];
}

/** The same name in another account is another thing. */
const locationOf = (app: ApplicationConfig, side: 'home' | 'standby'): string =>
  `${app.account?.id ?? 'own'} ${app[side]}`;

function servicesOf(app: ApplicationConfig): Owned[] {
  return app.services.flatMap((service, index) =>
    (['home', 'standby'] as const).map((side) => {
      const [key, value] =
        service.kind === 'ecs'
          ? ['service', `${service[side].cluster}/${service[side].service}`]
          : ['group', service[side].group];
      return {
        thing: `${service.kind} ${locationOf(app, side)} ${value}`,
        path: ['services', index, side, key ?? ''],
        value: value ?? '',
      };
    }),
  );
}

function workersOf(app: ApplicationConfig): Owned[] {
  return app.workers.flatMap((worker, index) =>
    (['home', 'standby'] as const).map((side) => {
      const value =
        worker.kind === 'event-source-mapping'
          ? worker[side].uuid
          : worker.kind === 'schedule'
            ? `${worker[side].group}/${worker[side].name}`
            : `${worker[side].bus}/${worker[side].name}`;
      const key = worker.kind === 'event-source-mapping' ? 'uuid' : 'name';
      return { thing: `${worker.kind} ${locationOf(app, side)} ${value}`, path: ['workers', index, side, key], value };
    }),
  );
}
