import type { Config } from '../core/config/schema.ts';

declare const MUSTER_CONFIG: Config;

/** `muster.yaml`, checked at build and put into the bundle there (scripts/build.ts). */
export const config: Config = MUSTER_CONFIG;
