import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { KINDS, type OperationKind } from '../core/kinds.ts';
import { OPERATIONS } from '../core/operations/registry.ts';
import { compile } from '../statemachines/compile.ts';

/** The text of `statemachines/<kind>.asl.json`: the same source gives the same bytes. */
export function compileMachine(kind: OperationKind): string {
  return `${JSON.stringify(compile(OPERATIONS[kind]), null, 2)}\n`;
}

export function machineFile(kind: OperationKind): string {
  return fileURLToPath(new URL(`../statemachines/${kind}.asl.json`, import.meta.url));
}

if (import.meta.main) {
  for (const kind of KINDS) {
    writeFileSync(machineFile(kind), compileMachine(kind));
    console.log(`statemachines/${kind}.asl.json`);
  }
}
