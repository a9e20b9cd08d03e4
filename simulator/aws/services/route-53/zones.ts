import type { ChangeInfo, ResourceRecordSet } from '@aws-sdk/client-route-53';
import { AwsError } from '../../service.ts';
import { bareId, type Propagation, type Route53Links } from './links.ts';
import { fqdn } from './names.ts';
import { apexRecords, type NameServer, type Records, recordKey, stored, type Zone } from './records.ts';

export interface ZoneSeed {
  readonly id?: string;
  readonly name: string;
  readonly isPrivate?: boolean;
  readonly comment?: string;
  readonly records?: readonly ResourceRecordSet[];
}

interface StoredChange {
  readonly id: string;
  readonly submitted_ms: number;
  readonly comment: string | undefined;
  insync: boolean;
}

/** "Changes generally propagate to all Route 53 name servers within 60 seconds" (API reference, ChangeResourceRecordSets). */
const INSYNC = { name: 'route-53.insync', low_ms: 10_000, high_ms: 60_000 };

/** The hosted zones of the account, and the changes on their way to the name servers. */
export class Zones {
  readonly #links: Route53Links;
  readonly #propagation: Propagation;
  readonly #zones = new Map<string, Zone>();
  readonly #changes = new Map<string, StoredChange>();
  /** For each zone: the number of its last change, and of the newest that the name servers have. */
  readonly #order = new Map<string, { accepted: number; published: number }>();
  onPublish: () => void = () => undefined;

  constructor(links: Route53Links, propagation: Propagation) {
    this.#links = links;
    this.#propagation = propagation;
  }

  all(): Zone[] {
    return [...this.#zones.values()];
  }

  get(id: string | undefined): Zone {
    const zone = this.#zones.get(bareId(id));
    if (zone !== undefined) return zone;
    throw new AwsError('NoSuchHostedZone', `No hosted zone found with ID: ${bareId(id)}`);
  }

  seed(seed: ZoneSeed): Zone {
    const { clock, random } = this.#links;
    const draws = random.split(`zone/${seed.name}`);
    const id = seed.id ?? `Z${draws.hex(20).toUpperCase()}`;
    const name = fqdn(seed.name);
    const nameServers = makeNameServers(this.#zones.size, draws.hex(4));
    const given = (seed.records ?? []).map((record) => [recordKey(record), stored(record)] as const);
    const records: Records = new Map([...apexRecords(name, nameServers), ...given]);
    const zone: Zone = {
      id,
      name,
      isPrivate: seed.isPrivate ?? false,
      comment: seed.comment,
      callerReference: draws.uuid(),
      nameServers,
      records,
      published: [{ at_ms: clock.now_ms(), records }],
    };
    this.#zones.set(id, zone);
    this.#order.set(id, { accepted: 0, published: 0 });
    return zone;
  }

  /** Accepts the new records; the name servers have them once the change is INSYNC. */
  change(zone: Zone, records: Records, comment: string | undefined): ChangeInfo {
    const order = this.#order.get(zone.id) ?? { accepted: 0, published: 0 };
    order.accepted += 1;
    const number = order.accepted;
    this.#zones.set(zone.id, { ...zone, records });
    const change: StoredChange = {
      id: `C${this.#links.random.hex(20).toUpperCase()}`,
      submitted_ms: this.#links.clock.now_ms(),
      comment,
      insync: false,
    };
    this.#changes.set(change.id, change);
    const publish = (): void => {
      change.insync = true;
      if (number <= order.published) return;
      order.published = number;
      const current = this.get(zone.id);
      const published = [...current.published, { at_ms: this.#links.clock.now_ms(), records }];
      this.#zones.set(zone.id, { ...current, published });
      this.onPublish();
    };
    this.#propagation.later({ subject: zone.id, duration: INSYNC, effect: publish });
    return describeChange(change);
  }

  getChange(id: string | undefined): ChangeInfo {
    const change = this.#changes.get(bareId(id));
    if (change === undefined) {
      throw new AwsError('NoSuchChange', `A change with the specified change ID does not exist: ${bareId(id)}`);
    }
    return describeChange(change);
  }
}

function describeChange(change: StoredChange): ChangeInfo {
  return {
    Id: `/change/${change.id}`,
    Status: change.insync ? 'INSYNC' : 'PENDING',
    SubmittedAt: new Date(change.submitted_ms),
    ...(change.comment === undefined ? {} : { Comment: change.comment }),
  };
}

/** Four servers in four top-level domains, each with an address of its own, as Route 53 delegates. */
function makeNameServers(index: number, digits: string): NameServer[] {
  const number = Number.parseInt(digits, 16) % 500;
  return ['com', 'net', 'org', 'co.uk'].map((domain, server) => ({
    name: `ns-${number + server * 512}.awsdns-${String(number % 64).padStart(2, '0')}.${domain}`,
    address: `205.251.${192 + server}.${index + 1}`,
  }));
}
