import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { KINDS, type OperationKind } from '../core/kinds.ts';
import type { Machine } from '../statemachines/combinators.ts';
import { promote } from '../statemachines/promote.ts';
import { selfTest } from '../statemachines/self-test.ts';

/** Every machine there is, by the name of its committed file. */
export const MACHINES = { promote, 'self-test': selfTest } as const satisfies Record<OperationKind, () => Machine>;

/** The text of `statemachines/<name>.asl.json`: the same source gives the same bytes. */
export function compileMachine(name: keyof typeof MACHINES): string {
  return `${JSON.stringify(MACHINES[name](), null, 2)}\n`;
}

export function machineFile(name: keyof typeof MACHINES): string {
  return fileURLToPath(new URL(`../statemachines/${name}.asl.json`, import.meta.url));
}

if (import.meta.main) {
  for (const name of KINDS) {
    writeFileSync(machineFile(name), compileMachine(name));
    console.log(`statemachines/${name}.asl.json`);
  }
}
