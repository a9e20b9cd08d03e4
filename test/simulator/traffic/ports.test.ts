import { createSocket } from 'node:dgram';
import dnsPacket, { type Packet, type RecordType } from 'dns-packet';
import { expect, test } from 'vitest';
import { openApplicationPort } from '../../../sandbox/application/port.ts';
import { openDnsPort } from '../../../simulator/network/dns-port.ts';
import { STANDBY, stopWorld } from './stop-world.ts';

/** One question over real UDP, given up after two seconds. */
function ask(port: number, name: string, type: RecordType): Promise<Packet> {
  const socket = createSocket('udp4');
  return new Promise<Packet>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer within 2 s')), 2_000);
    socket.once('message', (message) => {
      clearTimeout(timer);
      resolve(dnsPacket.decode(message));
    });
    const query = dnsPacket.encode({
      type: 'query',
      id: 7,
      flags: dnsPacket.RECURSION_DESIRED,
      questions: [{ name, type }],
    });
    socket.send(query, port, '127.0.0.1');
  }).finally(() => socket.close());
}

test('the DNS port answers over UDP what the simulation answers', async () => {
  const world = stopWorld();
  const answer = (name: string, type: string) => world.route53.authoritativeAnswer(name, type, world.clock.now_ms());
  const server = await openDnsPort({ authoritative: true, answer });
  try {
    expect(await ask(server.port, 'shop.example.com', 'A')).toMatchObject({
      id: 7,
      flag_aa: true,
      rcode: 'NOERROR',
      answers: [{ name: 'shop.example.com', type: 'A', ttl: 60, data: '198.51.100.10' }],
    });
    expect(await ask(server.port, 'none.example.com', 'A')).toMatchObject({ rcode: 'NXDOMAIN', answers: [] });
    expect(await ask(server.port, 'elsewhere.org', 'A')).toMatchObject({ rcode: 'REFUSED' });
    expect(await ask(server.port, 'shop.example.com', 'MX')).toMatchObject({ rcode: 'NOTIMP' });
    const { answers } = await ask(server.port, 'example.com', 'SOA');
    expect(answers).toMatchObject([{ type: 'SOA', ttl: 900, data: { minimum: 86_400 } }]);
    expect((await ask(server.port, 'example.com', 'NS')).answers).toHaveLength(4);
  } finally {
    await server.close();
  }
});

test('what is not DNS is not answered, and does not stop the port', async () => {
  const world = stopWorld();
  const answer = (name: string, type: string) =>
    world.route53.resolverAnswer('127.0.0.1', name, type, world.clock.now_ms());
  const server = await openDnsPort({ authoritative: false, answer });
  const socket = createSocket('udp4');
  try {
    await new Promise((resolve) => socket.send('not a question', server.port, '127.0.0.1', resolve));
    expect(await ask(server.port, 'shop.example.com', 'A')).toMatchObject({ flag_aa: false, flag_ra: true });
  } finally {
    socket.close();
    await server.close();
  }
});

test('the application port answers for its region, and not at all once the region is lost', async () => {
  const world = stopWorld();
  const server = await openApplicationPort(world.application, STANDBY.region);
  const send = (path: string, method = 'GET') =>
    fetch(`http://127.0.0.1:${server.port}${path}`, { method, signal: AbortSignal.timeout(1_000) });
  try {
    expect(await (await send('/healthz')).json()).toMatchObject({ region: 'us-west-2' });
    expect((await send('/muster/check-write', 'POST')).status).toBe(200);
    world.state.writable.clear();
    expect(await (await send('/muster/check-write', 'POST')).json()).toMatchObject({ reason: 'read-only' });
    world.lost.add('us-west-2');
    await expect(send('/healthz')).rejects.toMatchObject({ name: 'TimeoutError' });
  } finally {
    await server.close();
  }
});
