/** Kinds of operations. Each has its state machine, `<prefix>-<kind>`, and the ids of its operations begin with it. */
export const SELF_TEST = 'self-test';
export const KINDS = ['promote', SELF_TEST] as const;
export type OperationKind = (typeof KINDS)[number];

/** Undefined: no operation of ours is called that. */
export const kindOf = (operation: string): OperationKind | undefined =>
  KINDS.find((kind) => operation.startsWith(`${kind}-`));
