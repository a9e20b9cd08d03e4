import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { toJsonSchema } from '@valibot/to-json-schema';
import { ConfigSchema } from '../core/config/schema.ts';

export const SCHEMA_FILE = fileURLToPath(new URL('../muster.schema.json', import.meta.url));

/** Rules that JSON Schema cannot express; `parseConfig` checks them. */
const UNSAID = ['check', 'trim'];

/** `muster.schema.json`: what an editor checks `muster.yaml` by while it is written. */
export function configSchema(): string {
  const schema = toJsonSchema(ConfigSchema, { typeMode: 'input', ignoreActions: UNSAID });
  const title = 'muster.yaml';
  const description = 'The configuration of Muster. Generated from core/config/schema.ts by npm run schema.';
  return `${JSON.stringify({ $schema: schema.$schema, title, description, ...schema }, undefined, 2)}\n`;
}

if (import.meta.main) {
  writeFileSync(SCHEMA_FILE, configSchema());
  console.log('muster.schema.json');
}
