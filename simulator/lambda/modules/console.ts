import { formatWithOptions, inspect } from 'node:util';
import type { Inside, LogLevel } from './inside.ts';
import { refusal } from './refuse.ts';

const LEVELS: Readonly<Record<string, LogLevel>> = {
  log: 'INFO',
  info: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
  debug: 'DEBUG',
  dir: 'INFO',
  trace: 'TRACE',
};

/** `console` writes to the function's log, each line with the request id (Lambda's text format has the same columns). */
export function consoleOf(inside: Inside): Record<string, unknown> {
  const lines = Object.entries(LEVELS).map(([name, level]) => [
    name,
    (...args: unknown[]) => inside.log(level, name === 'dir' ? inspect(args[0]) : formatWithOptions({}, ...args)),
  ]);
  const assert = (holds: unknown, ...args: unknown[]): void => {
    if (!holds) inside.log('ERROR', `Assertion failed: ${formatWithOptions({}, ...args)}`);
  };
  const silent = Object.fromEntries(['group', 'groupCollapsed', 'groupEnd'].map((name) => [name, () => undefined]));
  const rest = Object.fromEntries(
    ['table', 'time', 'timeEnd', 'timeLog', 'count', 'countReset', 'Console'].map((name) => [
      name,
      refusal(`console.${name}`),
    ]),
  );
  return { ...rest, ...silent, ...Object.fromEntries(lines), assert };
}
