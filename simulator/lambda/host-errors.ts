import { AsyncLocalStorage } from 'node:async_hooks';

/** Takes what was thrown or rejected inside and never caught there. */
export interface Owner {
  uncaught(kind: 'uncaughtException' | 'unhandledRejection', reason: unknown): void;
}

const owners = new AsyncLocalStorage<Owner | undefined>();
let installed = false;

/** Runs code of an environment; what it starts (promises, ticks, stream events) stays known as its own. */
export function runAs(owner: Owner, fn: () => void): void {
  install();
  owners.run(owner, fn);
}

/** Runs the simulator's code on behalf of an environment: an error in it is a defect and must end the host process. */
export function runAsWorld<T>(fn: () => T): T {
  return owners.run(undefined, fn);
}

/**
 * Node reports what nobody caught to the one host process. An error of a simulated process must end that process and
 * not the host: Node restores the async context for these two events, so the owner is known. Everything else passes.
 */
function install(): void {
  if (installed) return;
  installed = true;
  const emit = process.emit;
  const intercept = function (this: NodeJS.Process, name: string, ...args: unknown[]): boolean {
    const owner = name === 'uncaughtException' || name === 'unhandledRejection' ? owners.getStore() : undefined;
    if (owner === undefined) return Reflect.apply(emit, this, [name, ...args]);
    owner.uncaught(name as 'uncaughtException' | 'unhandledRejection', args[0]);
    return true;
  };
  process.emit = intercept as typeof process.emit;
}
