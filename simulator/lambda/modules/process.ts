import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import type { Inside, LogLevel } from './inside.ts';

const NS_PER_MS = 1_000_000n;

/** `process` as the runtime nodejs24.x on arm64 shows it. Whatever is not here is undefined. */
export function processModule(inside: Inside): object {
  const { clock, gate } = inside;
  const env = Object.assign(new inside.context.Object(), inside.variables);
  const elapsed_ns = (): bigint => BigInt(Math.round((clock.now_ms() - inside.start_ms) * 1e6));
  const hrtime = (since: readonly [number, number] = [0, 0]): [number, number] => {
    const ns = elapsed_ns() - (BigInt(since[0]) * 1000n * NS_PER_MS + BigInt(since[1]));
    return [Number(ns / (1000n * NS_PER_MS)), Number(ns % (1000n * NS_PER_MS))];
  };
  const exit = (status = 0): never => {
    inside.exit(Number(status));
    // The process has ended: this unwinds the running code, which gets nothing more delivered and cannot notice.
    throw new inside.context.Error(`process.exit(${status})`);
  };
  const nextTick = (fn: (...args: unknown[]) => void, ...args: unknown[]): void => {
    process.nextTick(() => gate.deliver(() => fn(...args)));
  };
  return Object.assign(new EventEmitter(), {
    ...describe(),
    env,
    exit,
    abort: () => exit(134),
    nextTick,
    hrtime: Object.assign(hrtime, { bigint: elapsed_ns }),
    uptime: () => (clock.now_ms() - inside.start_ms) / 1000,
    cwd: () => '/var/task',
    umask: () => 0o22,
    getuid: () => 993,
    getgid: () => 990,
    emitWarning: (warning: unknown) => inside.log('WARN', `(node) ${String(warning)}`),
    stdout: sink(inside, 'INFO'),
    stderr: sink(inside, 'ERROR'),
  });
}

function describe() {
  const { version, versions, release, features } = process;
  return {
    version,
    versions,
    release,
    features,
    title: '/var/lang/bin/node',
    platform: 'linux',
    arch: 'arm64',
    pid: 8,
    ppid: 1,
    argv: ['/var/lang/bin/node', '/var/runtime/index.mjs'],
    argv0: '/var/lang/bin/node',
    execArgv: [],
    execPath: '/var/lang/bin/node',
    config: { variables: {} },
  };
}

function sink(inside: Inside, level: LogLevel): Writable {
  return new Writable({
    decodeStrings: false,
    write: (chunk, _encoding, done) => {
      inside.log(level, String(chunk).replace(/\n$/, ''));
      done();
    },
  });
}
