import type { OperationKind } from '../../core/kinds.ts';

/** What the deployment calls its parts; as infra/place.ts has it. */
export const partsOf = (prefix: string) => ({
  table: `${prefix}-ledger`,
  macKey: `alias/${prefix}-ledger`,
  machine: (kind: OperationKind): string => `${prefix}-${kind}`,
  function: (name: string): string => `${prefix}-${name}`,
});

export interface Place {
  readonly prefix: string;
  readonly region: string;
  /** Regions where nothing of Muster belongs. */
  readonly homes: readonly string[];
}

export const DEPLOY = 'npx cdk deploy Muster';

/** What follows when a part is not there. */
export const NOT_DEPLOYED = { means: 'Muster is not (wholly) deployed', todo: DEPLOY };
