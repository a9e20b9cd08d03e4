import type { Clock } from '../../clock.ts';
import type { Random } from '../../random.ts';
import type { Context } from '../context.ts';
import type { Gate } from '../gate.ts';
import type { Port } from '../port.ts';

/** What the modules of one execution environment share. */
export interface Inside {
  readonly clock: Clock;
  readonly gate: Gate;
  readonly random: Random;
  readonly port: Port;
  readonly context: Context;
  /** The bundle's path and text: all that `/var/task` holds. */
  readonly file: { readonly path: string; readonly text: string };
  readonly memory_mb: number;
  /** When the environment's process started. */
  readonly start_ms: number;
  readonly variables: Readonly<Record<string, string>>;
  readonly log: (level: LogLevel, message: string) => void;
  /** The process ends: nothing of the environment runs after this instant. */
  readonly exit: (status: number) => void;
}

export type LogLevel = 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'FATAL';

/** An error as Node's system calls make it, of the context's own class. */
export function systemError(inside: Inside, code: string, message: string, members: object = {}): Error {
  return Object.assign(new inside.context.Error(message), { code, ...members });
}

/** A promise of the context's own class, so that one which nobody awaits is known to be this environment's. */
export function promise<T>(
  inside: Inside,
  run: (resolve: (value: T | PromiseLike<T>) => void, reject: (reason: unknown) => void) => void,
): Promise<T> {
  return new inside.context.Promise<T>(run);
}

/** Real asynchronous work of the host; the world's time is paused meanwhile. */
export function held<T>(inside: Inside, work: () => Promise<T>): Promise<T> {
  return promise<T>(inside, (resolve, reject) => {
    const release = inside.clock.hold();
    work()
      .finally(release)
      .then(
        (value) => inside.gate.deliver(() => resolve(value)),
        (error: unknown) => inside.gate.deliver(() => reject(error)),
      );
  });
}
