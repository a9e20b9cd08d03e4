import fs from 'node:fs';
import { type Inside, promise, systemError } from './inside.ts';
import { refusal, refused } from './refuse.ts';

/** `node:fs` of an environment: the bundle in `/var/task`, and nothing else. Every answer comes in the same tick order. */
export function fsModule(inside: Inside): Record<string, unknown> {
  const reads = readers(inside);
  const module = refused('fs', fs);
  const promises = refused('fs.promises', fs.promises);
  for (const [name, read] of Object.entries(reads)) {
    module[`${name}Sync`] = read;
    module[name] = (path: unknown, ...rest: unknown[]) => {
      const done = rest.pop();
      if (typeof done !== 'function') throw new inside.context.TypeError('The "cb" argument must be of type function.');
      settle(inside, () => read(path, ...rest), done as Done);
    };
    promises[name] = (path: unknown, ...rest: unknown[]) => promise(inside, (resolve) => resolve(read(path, ...rest)));
  }
  module['existsSync'] = (path: unknown) => kindOf(inside, path) !== undefined;
  module['exists'] = refusal('fs.exists');
  return { ...module, promises };
}

type Done = (error: unknown, value?: unknown) => void;

function settle(inside: Inside, read: () => unknown, done: Done): void {
  const deliver = (fn: () => void): void => process.nextTick(() => inside.gate.deliver(fn));
  try {
    const value = read();
    deliver(() => done(null, value));
  } catch (error) {
    deliver(() => done(error));
  }
}

function kindOf(inside: Inside, path: unknown): 'file' | 'directory' | undefined {
  const text = path instanceof URL ? path.pathname : String(path);
  if (text === inside.file.path) return 'file';
  return ['/', '/tmp', '/var', '/var/task'].includes(text.replace(/(?<=.)\/$/, '')) ? 'directory' : undefined;
}

function readers(inside: Inside): Record<string, (path: unknown, options?: unknown) => unknown> {
  const expect = (syscall: string, path: unknown): 'file' | 'directory' => {
    const kind = kindOf(inside, path);
    if (kind !== undefined) return kind;
    const message = `ENOENT: no such file or directory, ${syscall} '${String(path)}'`;
    throw systemError(inside, 'ENOENT', message, { errno: -2, syscall, path: String(path) });
  };
  const stat = (syscall: string) => (path: unknown, options?: unknown) => {
    if (kindOf(inside, path) === undefined && (options as { throwIfNoEntry?: boolean })?.throwIfNoEntry === false)
      return undefined;
    const kind = expect(syscall, path);
    const size = kind === 'file' ? Buffer.byteLength(inside.file.text) : 0;
    return {
      size,
      isFile: () => kind === 'file',
      isDirectory: () => kind === 'directory',
      isSymbolicLink: () => false,
    };
  };
  return {
    readFile: (path, options) => {
      if (expect('open', path) === 'directory') {
        throw systemError(inside, 'EISDIR', 'EISDIR: illegal operation on a directory, read', {
          errno: -21,
          syscall: 'read',
        });
      }
      const encoding =
        typeof options === 'string' ? options : (options as { encoding?: string } | null | undefined)?.encoding;
      const bytes = Buffer.from(inside.file.text);
      return encoding ? bytes.toString(encoding as BufferEncoding) : bytes;
    },
    access: (path) => void expect('access', path),
    stat: stat('stat'),
    lstat: stat('lstat'),
    realpath: (path) => {
      expect('lstat', path);
      return String(path);
    },
    readdir: (path) => {
      expect('scandir', path);
      const name = inside.file.path.split('/').pop();
      return String(path).replace(/\/$/, '') === '/var/task' ? [name] : [];
    },
  };
}
