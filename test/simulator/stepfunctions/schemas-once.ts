import { createRequire } from 'node:module';

/**
 * asl-validator compiles the States Language's schemas again at every call: more than 100 ms, for the same functions
 * every time. A test file validates dozens of machines, so here each schema is compiled once for a set of formats, and
 * every machine is still validated by it.
 */

type Compiled = (data: unknown) => boolean;

interface Ajv {
  /** By name: what asl-validator's options `checkPaths` and `checkArn` decide. */
  readonly formats: Readonly<Record<string, unknown>>;
  getSchema(this: Ajv, name: string): Compiled | undefined;
}

const nearUs = createRequire(import.meta.url);
const nearValidator = createRequire(nearUs.resolve('asl-validator'));
const { prototype } = (nearValidator('ajv') as { readonly default: { readonly prototype: Ajv } }).default;

const compile = prototype.getSchema;
const compiled = new Map<string, Compiled | undefined>();

prototype.getSchema = function (name) {
  const key = [name, this.formats['asl_path'], this.formats['asl_arn']].map(String).join('\n');
  if (!compiled.has(key)) compiled.set(key, compile.call(this, name));
  return compiled.get(key);
};
