import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { configSchema, SCHEMA_FILE } from '../../scripts/schema.ts';

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly pattern?: string;
}

const committed = readFileSync(SCHEMA_FILE, 'utf8');
const schema = JSON.parse(committed) as Schema;

function every(node: Schema): Schema[] {
  const more = typeof node.additionalProperties === 'object' ? [node.additionalProperties] : [];
  const inside = [...Object.values(node.properties ?? {}), ...(node.anyOf ?? []), ...(node.items ? [node.items] : [])];
  return [node, ...[...inside, ...more].flatMap(every)];
}

describe('muster.schema.json', () => {
  test('is what core/config/schema.ts generates (npm run schema)', () => {
    expect(committed).toBe(configSchema());
  });

  test('asks for what muster.yaml must have, and for nothing that has a default', () => {
    expect([...(schema.required ?? [])].sort()).toEqual(
      expect.arrayContaining(['applications', 'approvals', 'people', 'slack', 'version']),
    );
    const application = schema.properties?.['applications']?.additionalProperties;
    if (typeof application !== 'object') throw new Error('applications are a mapping');
    expect(application.required).toEqual(expect.arrayContaining(['home', 'standby', 'database', 'traffic', 'verify']));
    expect(application.required).not.toContain('prewarm');
  });

  test('lets an editor mark every key that Muster does not know', () => {
    const open = every(schema).filter((node) => node.properties !== undefined && node.additionalProperties !== false);
    expect(open).toEqual([]);
  });

  test('has patterns that need no flags', () => {
    const patterns = every(schema).flatMap((node) => node.pattern ?? []);
    expect(patterns.length).toBeGreaterThan(10);
    for (const pattern of patterns) expect(() => new RegExp(pattern, 'u'), pattern).not.toThrow();
  });

  test('is named by muster.yaml, so that editors find it', () => {
    const yaml = readFileSync(new URL('../../muster.yaml', import.meta.url), 'utf8');
    expect(yaml).toMatch(/^# yaml-language-server: \$schema=\.\/muster\.schema\.json\n/);
  });
});
