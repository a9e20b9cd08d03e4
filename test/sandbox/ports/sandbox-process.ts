import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { PortNumbers } from '../../../sandbox/ports/ports.ts';

const MUSTER = fileURLToPath(new URL('../../../cli/muster.ts', import.meta.url));

export function muster(...args: string[]): ChildProcess {
  return spawn(process.execPath, [MUSTER, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** What the process said until it ended, and how it ended. */
export async function ended(child: ChildProcess): Promise<{ code: number | null; out: string; err: string }> {
  let out = '';
  let err = '';
  child.stdout?.on('data', (chunk) => {
    out += String(chunk);
  });
  child.stderr?.on('data', (chunk) => {
    err += String(chunk);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}

export interface RunningSandbox {
  readonly child: ChildProcess;
  readonly ports: PortNumbers;
  /** What every SDK client needs. */
  readonly sdk: {
    endpoint: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
    maxAttempts: number;
  };
  /** The control port: GET without a body, POST with one. */
  control(path: string, body?: unknown): Promise<{ status: number; body: unknown }>;
  stop(): Promise<void>;
}

/** A sandbox in a process of its own on whatever ports are free. */
export async function startSandbox(speed: number): Promise<RunningSandbox> {
  const child = muster('sandbox', '--port-base', '0', '--json', '--speed', String(speed));
  const ports = JSON.parse(await firstLine(child)) as PortNumbers;
  const url = `http://127.0.0.1:${ports.control}`;
  return {
    child,
    ports,
    sdk: {
      endpoint: `http://127.0.0.1:${ports.aws}`,
      credentials: { accessKeyId: 'AKIDANA', secretAccessKey: 'any' },
      maxAttempts: 1,
    },
    control: async (path, body) => {
      const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
      const response = await fetch(`${url}${path}`, { ...init, signal: AbortSignal.timeout(50_000) });
      const text = await response.text();
      return {
        status: response.status,
        body: response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text,
      };
    },
    stop: async () => {
      const closed = once(child, 'close');
      child.kill('SIGTERM');
      const [code] = (await closed) as [number | null];
      if (code !== 0) throw new Error(`the sandbox ended with ${code}, not in order`);
    },
  };
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let out = '';
    let err = '';
    child.stderr?.on('data', (chunk) => {
      err += String(chunk);
    });
    child.once('close', () => reject(new Error(`the sandbox ended before its ports were open: ${err}`)));
    child.stdout?.on('data', (chunk) => {
      out += String(chunk);
      if (out.includes('\n')) resolve(out.slice(0, out.indexOf('\n')));
    });
  });
}
