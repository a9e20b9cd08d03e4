/** For what does real I/O or tells real time, and is not simulated: it loads, and every use of it throws. */

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
