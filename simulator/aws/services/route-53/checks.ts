import type { HealthCheck, HealthCheckConfig, UpdateHealthCheckRequest } from '@aws-sdk/client-route-53';
import { AwsError } from '../../service.ts';
import { type CheckHistory, healthyAt, type Observation, type Settings, timeline } from './health.ts';
import type { ProbeTarget, Propagation, Route53Links } from './links.ts';

export interface Check {
  readonly id: string;
  readonly callerReference: string;
  /** What the control plane has accepted. */
  config: HealthCheckConfig;
  version: number;
  /** What the checkers go by. */
  applied: HealthCheckConfig;
  appliedVersion: number;
  history: CheckHistory;
}

/** Checkers report from eight regions by default, more than one in each (Developer Guide, HealthCheckRegion). */
export const CHECKER_REGIONS = [
  'us-east-1',
  'us-west-1',
  'us-west-2',
  'eu-west-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'ap-northeast-1',
  'sa-east-1',
] as const;
const CHECKERS = 2 * CHECKER_REGIONS.length;
/** How long an update takes to reach the checkers: AWS does not document it, so each world draws it. */
const UPDATE = { name: 'route-53.health-check-update', low_ms: 5_000, high_ms: 30_000 };
const SIMULATED_TYPES = ['HTTP', 'HTTPS'];

/** The health checks of the account. */
export class Checks {
  readonly #links: Route53Links;
  readonly #propagation: Propagation;
  readonly #checks = new Map<string, Check>();

  constructor(links: Route53Links, propagation: Propagation) {
    this.#links = links;
    this.#propagation = propagation;
  }

  all(): Check[] {
    return [...this.#checks.values()];
  }

  find(id: string): Check | undefined {
    return this.#checks.get(id);
  }

  get(id: string | undefined): Check {
    const check = this.#checks.get(id ?? '');
    if (check !== undefined) return check;
    throw new AwsError('NoSuchHealthCheck', `A health check with id ${id} does not exist.`);
  }

  /** `established`: it has been probing since before the scenario began, so its status is what the endpoint says. */
  add(callerReference: string, given: HealthCheckConfig, established: boolean, id?: string): Check {
    const { clock, random } = this.#links;
    const config = checkedConfig(given);
    const interval_ms = (config.RequestInterval ?? 30) * 1000;
    const checkId = id ?? random.uuid();
    const draws = random.split(`check/${checkId}`);
    const now_ms = clock.now_ms();
    const observation = this.#observe(config, now_ms);
    const check: Check = {
      id: checkId,
      callerReference,
      config,
      version: 1,
      applied: config,
      appliedVersion: 1,
      history: {
        initial: established ? observation.ok : true,
        interval_ms,
        phases_ms: Array.from({ length: CHECKERS }, () => draws.between(0, interval_ms)),
        observations: [observation],
        settings: [settingsOf(config, now_ms)],
      },
    };
    this.#checks.set(check.id, check);
    return check;
  }

  update(check: Check, input: UpdateHealthCheckRequest): void {
    if (input.HealthCheckVersion !== undefined && input.HealthCheckVersion !== check.version) {
      throw new AwsError('HealthCheckVersionMismatch', `The health check is at version ${check.version}.`);
    }
    check.config = checkedConfig(updatedConfig(check.config, input));
    check.version += 1;
    const config = check.config;
    const version = check.version;
    this.#propagation.later({
      subject: check.id,
      duration: UPDATE,
      effect: () => {
        if (version > check.appliedVersion) this.#apply(check, config, version);
      },
    });
  }

  /** Looks at every endpoint again: the world changed. */
  observeAll(): void {
    for (const check of this.#checks.values()) this.#record(check);
  }

  healthy(id: string, at_ms: number): boolean {
    const check = this.#checks.get(id);
    return check === undefined || healthyAt(check.history, at_ms);
  }

  instants(): number[] {
    return this.all().flatMap((check) => timeline(check.history).map((change) => change.at_ms));
  }

  #apply(check: Check, config: HealthCheckConfig, version: number): void {
    check.applied = config;
    check.appliedVersion = version;
    const settings = [...check.history.settings, settingsOf(config, this.#links.clock.now_ms())];
    check.history = { ...check.history, settings };
    this.#record(check);
  }

  #record(check: Check): void {
    const observation = this.#observe(check.applied, this.#links.clock.now_ms());
    const last = check.history.observations.at(-1);
    if (last?.ok === observation.ok && last.status === observation.status) return;
    check.history = { ...check.history, observations: [...check.history.observations, observation] };
  }

  #observe(config: HealthCheckConfig, at_ms: number): Observation {
    const status = this.#links.probe(targetOf(config));
    // "A 2xx or 3xx status code within two seconds after connecting" (Developer Guide, how it determines health).
    return { at_ms, status, ok: status !== undefined && status >= 200 && status < 400 };
  }
}

export function describeCheck(check: Check): HealthCheck {
  return {
    Id: check.id,
    CallerReference: check.callerReference,
    HealthCheckConfig: check.config,
    HealthCheckVersion: check.version,
  };
}

function settingsOf(config: HealthCheckConfig, at_ms: number): Settings {
  return {
    at_ms,
    threshold: config.FailureThreshold ?? 3,
    inverted: config.Inverted ?? false,
    disabled: config.Disabled ?? false,
  };
}

function targetOf(config: HealthCheckConfig): ProbeTarget {
  const secure = config.Type === 'HTTPS';
  const host = config.FullyQualifiedDomainName ?? config.IPAddress ?? '';
  const port = config.Port ?? (secure ? 443 : 80);
  const path = config.ResourcePath ?? '/';
  const url = new URL(
    `${secure ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}${path.startsWith('/') ? '' : '/'}${path}`,
  );
  return { url, address: config.IPAddress };
}

function checkedConfig(config: HealthCheckConfig): HealthCheckConfig {
  if (!SIMULATED_TYPES.includes(config.Type ?? '')) {
    throw new AwsError('NotImplemented', `The sandbox does not simulate health checks of type ${config.Type}.`);
  }
  if (config.Regions !== undefined) {
    throw new AwsError('NotImplemented', 'The sandbox does not simulate health checks limited to some regions.');
  }
  if (config.FullyQualifiedDomainName === undefined && config.IPAddress === undefined) {
    throw new AwsError('InvalidInput', 'Either IPAddress or FullyQualifiedDomainName is required.');
  }
  const interval = config.RequestInterval ?? 30;
  if (interval !== 10 && interval !== 30) throw new AwsError('InvalidInput', 'RequestInterval must be 10 or 30.');
  const threshold = config.FailureThreshold ?? 3;
  if (!Number.isInteger(threshold) || threshold < 1 || threshold > 10) {
    throw new AwsError('InvalidInput', 'FailureThreshold must be between 1 and 10.');
  }
  return { ...config, RequestInterval: interval, FailureThreshold: threshold };
}

/** What is not given stays (API reference, UpdateHealthCheck); ResetElements names what goes. */
function updatedConfig(config: HealthCheckConfig, input: UpdateHealthCheckRequest): HealthCheckConfig {
  const { HealthCheckId: _id, HealthCheckVersion: _version, ResetElements: reset, ...given } = input;
  const updated: HealthCheckConfig = { ...config };
  for (const element of reset ?? []) {
    if (element === 'FullyQualifiedDomainName') delete updated.FullyQualifiedDomainName;
    else if (element === 'ResourcePath') delete updated.ResourcePath;
    else throw new AwsError('NotImplemented', `The sandbox does not simulate resetting ${element}.`);
  }
  return { ...updated, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) };
}
