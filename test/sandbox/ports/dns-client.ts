import { createSocket } from 'node:dgram';
import dnsPacket, { type Packet } from 'dns-packet';

/** One question over UDP; rejects after two seconds. */
function askDns(port: number, name: string): Promise<Packet> {
  const socket = createSocket('udp4');
  return new Promise<Packet>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer within 2 s')), 2_000);
    socket.once('message', (message) => {
      clearTimeout(timer);
      resolve(dnsPacket.decode(message));
    });
    const query = { type: 'query' as const, id: 7, flags: dnsPacket.RECURSION_DESIRED };
    socket.send(dnsPacket.encode({ ...query, questions: [{ name, type: 'A' }] }), port, '127.0.0.1');
  }).finally(() => socket.close());
}

/** The addresses in an answer. */
export async function addresses(port: number, name: string): Promise<string[]> {
  const { answers } = await askDns(port, name);
  return (answers ?? []).flatMap((answer) => (answer.type === 'A' ? [answer.data] : []));
}
