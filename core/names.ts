/**
 * What the parts of a deployment are called. Names are known before anything exists: the stacks give them, grants and
 * functions speak of them, and the command line looks for them.
 */
export const functionName = (prefix: string, name: string): string => `${prefix}-${name}`;
export const machineName = (prefix: string, name: string): string => `${prefix}-${name}`;
export const tableName = (prefix: string): string => `${prefix}-ledger`;
export const topicName = (prefix: string): string => `${prefix}-pages`;
/** Aurora's events at home; a topic delivers to functions of other regions, too. */
export const homeTopicName = (prefix: string): string => `${prefix}-aurora`;
/** The alias, without `alias/`, of the key that signs the ledger's chain. */
export const macKeyName = (prefix: string): string => `${prefix}-ledger`;
export const logGroupName = (prefix: string, name: string): string => `/aws/lambda/${functionName(prefix, name)}`;
