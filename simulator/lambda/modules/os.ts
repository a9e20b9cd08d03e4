import os from 'node:os';
import type { Inside } from './inside.ts';
import { refused } from './refuse.ts';

/** A Lambda function gets one vCPU for each 1,769 MB (docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html). */
const MB_PER_CPU = 1769;

export function osModule(inside: Inside): Record<string, unknown> {
  const count = Math.max(2, Math.ceil(inside.memory_mb / MB_PER_CPU));
  const cpu = { model: 'AWS Graviton2', speed: 0, times: { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 } };
  const cpus = () => Array.from({ length: count }, () => cpu);
  const values: Record<string, unknown> = {
    arch: 'arm64',
    availableParallelism: count,
    endianness: 'LE',
    homedir: '/home/sbx_user1051',
    hostname: '169.254.100.6',
    loadavg: [0, 0, 0],
    machine: 'aarch64',
    networkInterfaces: {},
    platform: 'linux',
    release: '6.1.0-amzn2023.aarch64',
    tmpdir: '/tmp',
    totalmem: inside.memory_mb * 2 ** 20,
    type: 'Linux',
    userInfo: { username: 'sbx_user1051', uid: 993, gid: 990, shell: null, homedir: '/home/sbx_user1051' },
    version: '#1 SMP',
  };
  const functions = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, () => value]));
  const uptime = (): number => (inside.clock.now_ms() - inside.start_ms) / 1000;
  return { ...refused('os', os), EOL: '\n', devNull: '/dev/null', ...functions, cpus, uptime };
}
