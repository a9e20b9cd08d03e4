import { createHash } from 'node:crypto';
import vm from 'node:vm';

/** A function's code: one CommonJS file, compiled once and run once in every environment. */
export interface Bundle {
  readonly path: string;
  readonly text: string;
  readonly size: number;
  /** Base64 SHA-256, as `CodeSha256`; of the text, since there is no archive. */
  readonly sha256: string;
  /** The export that Lambda calls. */
  readonly handler: string;
  readonly script: () => vm.Script;
}

const compiled = new Map<string, vm.Script>();

/** `import("node:…")` in CommonJS. A `vm` script cannot use it: it becomes a call to a function that is passed in. */
const DYNAMIC_IMPORT = /(?<![\w$.])import\(\s*(["'](?:node:)?[\w/]+["'])\s*\)/g;

/** `handler` is `<file>.<export>`, as in Lambda's configuration. Throws a SyntaxError at the first use of `script`. */
export function bundleOf(text: string, handler: string): Bundle {
  const dot = handler.lastIndexOf('.');
  const path = `/var/task/${handler.slice(0, dot)}.js`;
  const sha256 = createHash('sha256').update(text).digest('base64');
  const script = (): vm.Script => {
    const known = compiled.get(`${path}:${sha256}`);
    if (known !== undefined) return known;
    const source = text.replace(/^#!.*/, '').replaceAll(DYNAMIC_IMPORT, '__import($1)');
    const wrapped = `(function (exports, require, module, __filename, __dirname, __import) {${source}\n})`;
    const fresh = new vm.Script(wrapped, { filename: path });
    compiled.set(`${path}:${sha256}`, fresh);
    return fresh;
  };
  return { path, text, size: Buffer.byteLength(text), sha256, handler: handler.slice(dot + 1), script };
}
