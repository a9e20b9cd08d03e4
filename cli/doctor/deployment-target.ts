import type { OperationKind } from '../../core/kinds.ts';
import * as names from '../../core/names.ts';

/** What the deployment calls its parts. */
export const partsOf = (prefix: string) => ({
  table: names.tableName(prefix),
  macKey: `alias/${names.macKeyName(prefix)}`,
  machine: (kind: OperationKind): string => names.machineName(prefix, kind),
  function: (name: string): string => names.functionName(prefix, name),
});

export interface DeploymentTarget {
  readonly prefix: string;
  readonly region: string;
  /** Regions where nothing of Muster belongs. */
  readonly homes: readonly string[];
}

export const DEPLOY = 'npx cdk deploy Muster';

/** What follows when a part is not there. */
export const NOT_DEPLOYED = { means: 'Muster is not (wholly) deployed', todo: DEPLOY };
