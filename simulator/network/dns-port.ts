import { createSocket, type Socket } from 'node:dgram';
import dnsPacket, { type Packet, type Answer as PacketAnswer } from 'dns-packet';
import type { Answer, DnsRecord } from '../aws/services/route-53/answers.ts';

export interface DnsPort {
  readonly port: number;
  close(): Promise<void>;
}

interface DnsPortOptions {
  /** 0: any free port. */
  readonly port?: number;
  /** A name server says so in its answers; a resolver does not. */
  readonly authoritative: boolean;
  /** A resolver's or the name servers' answer now. */
  readonly answer: (name: string, type: string) => Answer;
}

/** RFC 1035, section 4.1.1. */
const RCODES = { NOERROR: 0, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;
const SERVED_TYPES = ['A', 'AAAA', 'CNAME', 'NS', 'SOA', 'TXT'];

/** A real DNS server over UDP on loopback, answering from the same functions as the simulation. */
export async function openDnsPort(options: DnsPortOptions): Promise<DnsPort> {
  const socket = createSocket('udp4');
  socket.on('message', (message, peer) => {
    const reply = replyTo(message, options);
    // A failed send (the peer has gone, or its port is 0) must not end the server.
    if (reply !== undefined && peer.port > 0) socket.send(reply, peer.port, peer.address, () => undefined);
  });
  await bind(socket, options.port ?? 0);
  socket.on('error', (error) => console.error(`DNS port: ${error.message}`));
  return {
    port: socket.address().port,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function bind(socket: Socket, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, '127.0.0.1', resolve);
  });
}

/** Anything but a question is ignored. */
function replyTo(message: Buffer, { answer, authoritative }: DnsPortOptions): Buffer | undefined {
  const query = decoded(message);
  const question = query?.questions?.[0];
  if (query === undefined || query.type !== 'query' || question === undefined) return undefined;
  const served = SERVED_TYPES.includes(question.type);
  const found = served ? answer(question.name, question.type) : undefined;
  const flags = (authoritative ? dnsPacket.AUTHORITATIVE_ANSWER : dnsPacket.RECURSION_AVAILABLE) | recursion(query);
  return dnsPacket.encode({
    type: 'response',
    ...(query.id === undefined ? {} : { id: query.id }),
    flags: flags | RCODES[found?.rcode ?? 'NOTIMP'],
    questions: [question],
    answers: (found?.records ?? []).map(toPacket),
  });
}

function recursion(query: Packet): number {
  return (query.flags ?? 0) & dnsPacket.RECURSION_DESIRED;
}

function decoded(message: Buffer): Packet | undefined {
  try {
    return dnsPacket.decode(message);
  } catch {
    return undefined;
  }
}

function toPacket(record: DnsRecord): PacketAnswer {
  const name = bare(record.name);
  const ttl = record.ttl_s;
  switch (record.type) {
    case 'A':
    case 'AAAA':
      return { type: record.type, name, ttl, data: record.data };
    case 'CNAME':
    case 'NS':
      return { type: record.type, name, ttl, data: bare(record.data) };
    case 'TXT':
      return { type: 'TXT', name, ttl, data: [...record.data.matchAll(/"([^"]*)"/g)].map((match) => match[1] ?? '') };
    case 'SOA':
      return { type: 'SOA', name, ttl, data: soa(record.data) };
    default:
      throw new Error(`The DNS port does not encode records of type ${record.type}.`);
  }
}

function bare(name: string): string {
  return name.replace(/\.$/, '');
}

function soa(data: string) {
  const [mname = '', rname = '', ...numbers] = data.split(' ');
  const [serial = 0, refresh = 0, retry = 0, expire = 0, minimum = 0] = numbers.map(Number);
  return { mname: bare(mname), rname: bare(rname), serial, refresh, retry, expire, minimum };
}
