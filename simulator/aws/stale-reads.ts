import type { Clock } from '../clock.ts';
import type { Call, Operation, Service } from './service.ts';

/** A read that somebody made: asked again just before a write, to know what it showed then. */
interface KnownRead {
  readonly operation: Operation;
  readonly input: object;
  readonly call: Call;
}

/** What the known reads of a service showed just before a write. */
interface Before {
  readonly until_ms: number;
  readonly views: ReadonlyMap<string, View>;
}

type View = { readonly output: object | Promise<object> } | { readonly error: unknown };

/** As many different reads as a service remembers. */
const KNOWN_READS = 500;

const isRead = (action: string): boolean => /^(Describe|List|Get)/.test(action);
/** Neither a read of a control plane nor a change of it. */
const isNeither = (action: string): boolean => /^(Invoke|Head|Query|Scan|Batch|Generate|Verify|Assume)/.test(action);

/** S3 is strongly consistent (S3 User Guide, "Amazon S3 data consistency model"); DynamoDB is where it is asked for. */
const CONSISTENT: ReadonlySet<string> = new Set(['s3', 'dynamodb']);

export const canBeStale = (serviceId: string): boolean => !CONSISTENT.has(serviceId);

/**
 * Reads that lag behind writes: for some seconds after a write, what is described, listed or got is the state before
 * it, although the write was answered and has its effect. The APIs of ECS, RDS, EC2, Elastic Load Balancing, Lambda and
 * others follow an eventual consistency model (EC2 API Reference, "Eventual consistency"); for how long nobody says.
 *
 * One mechanism for every service: before a write, each read that was made since the fault began is made once more, and
 * its answer is kept. A read that nobody had made with the same input shows the state after the write. Off for every
 * service unless `set` turns it on.
 */
export class StaleReads {
  readonly #clock: Clock;
  readonly #seconds = new Map<string, number>();
  /** By service object: each account has its own. */
  readonly #memories = new Map<Service, Memory>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** From now on reads of this service lag by so many seconds behind each write; undefined: they no longer do. */
  set(serviceId: string, seconds: number | undefined): void {
    if (!canBeStale(serviceId)) throw new Error(`reads of ${serviceId} are never stale`);
    if (seconds === undefined) this.#seconds.delete(serviceId);
    else this.#seconds.set(serviceId, seconds);
  }

  /** Seconds by service, where the fault is on. */
  get on(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#seconds);
  }

  /** Runs an operation of the service, as everybody in the world must who wants to see what its API shows. */
  run(service: Service, action: string, input: object, call: Call): object | Promise<object> {
    const operation = service.operations[action];
    if (operation === undefined) throw new Error(`${service.id} has no operation ${action} in the sandbox`);
    const seconds = this.#seconds.get(service.id);
    if (seconds === undefined) this.#memories.delete(service);
    if (seconds === undefined || isNeither(action)) return operation(input, call);
    const memory = this.#memories.get(service) ?? new Memory(this.#clock);
    this.#memories.set(service, memory);
    return isRead(action) ? memory.read(action, operation, input, call) : memory.write(operation, input, call, seconds);
  }
}

/** One service's known reads, and what they showed before the writes of the last seconds. */
class Memory {
  readonly #clock: Clock;
  readonly #known = new Map<string, KnownRead>();
  #before: Before[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  read(action: string, operation: Operation, input: object, call: Call): object | Promise<object> {
    const key = `${call.region} ${action} ${JSON.stringify(input)}`;
    this.#remember(key, { operation, input, call });
    const now_ms = this.#clock.now_ms();
    this.#before = this.#before.filter((before) => before.until_ms > now_ms);
    for (const { views } of this.#before) {
      const view = views.get(key);
      if (view !== undefined) return show(view);
    }
    return operation(input, call);
  }

  write(operation: Operation, input: object, call: Call, seconds: number): object | Promise<object> {
    const views = new Map([...this.#known].map(([key, read]) => [key, look(read)]));
    const before: Before = { until_ms: this.#clock.now_ms() + seconds * 1000, views };
    // A write that is refused changed nothing.
    const refused = (error: unknown): never => {
      this.#before = this.#before.filter((one) => one !== before);
      throw error;
    };
    this.#before.push(before);
    try {
      const output = operation(input, call);
      return output instanceof Promise ? output.catch(refused) : output;
    } catch (error) {
      return refused(error);
    }
  }

  #remember(key: string, read: KnownRead): void {
    this.#known.delete(key);
    this.#known.set(key, read);
    const [oldest] = this.#known.keys();
    if (this.#known.size > KNOWN_READS && oldest !== undefined) this.#known.delete(oldest);
  }
}

/** The answer of now, apart from the service's own objects, which change. */
function look({ operation, input, call }: KnownRead): View {
  try {
    const output = operation(input, call);
    if (!(output instanceof Promise)) return { output: structuredClone(output) };
    const kept = output.then((value) => structuredClone(value));
    // Whoever reads it sees the error; nobody may.
    kept.catch(() => undefined);
    return { output: kept };
  } catch (error) {
    return { error };
  }
}

function show(view: View): object | Promise<object> {
  if ('error' in view) throw view.error;
  const { output } = view;
  return output instanceof Promise ? output.then((value) => structuredClone(value)) : structuredClone(output);
}
