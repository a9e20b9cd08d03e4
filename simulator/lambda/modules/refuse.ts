/** For modules that do real I/O or tell real time and are not simulated: they load, and every use throws. */

export function refusal(name: string): () => never {
  return function refused(): never {
    throw new Error(`${name} is not simulated: a function in the sandbox reaches nothing but the simulated world`);
  };
}

/** A module (or class or object) with the same names whose functions all throw; plain values stay. */
export function refused(name: string, real: object, allowed: readonly string[] = []): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(real)) {
    if (key === 'default') continue;
    const value: unknown = Reflect.get(real, key);
    if (typeof value !== 'function' || allowed.includes(key)) result[key] = value;
    else result[key] = refusal(`${name}.${key}`);
  }
  return result;
}
