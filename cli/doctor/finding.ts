import { isAbsent, whyNot } from '../aws-account.ts';

/** `unknown`: it could not be checked, which is not the same as being in order. */
export type Status = 'ok' | 'warn' | 'bad' | 'unknown';

/** One thing that was checked. */
export interface Finding {
  /** `configuration`, `application shop`, `deployment`, ... */
  readonly area: string;
  readonly status: Status;
  /** What was found. */
  readonly what: string;
  /** What follows from it for a promote; absent where all is in order. */
  readonly means?: string;
  /** What to do about it. */
  readonly todo?: string;
}

export interface Trouble {
  readonly what: string;
  readonly means: string;
  readonly todo: string;
}

export const ok = (area: string, what: string): Finding => ({ area, status: 'ok', what });
export const bad = (area: string, trouble: Trouble): Finding => ({ area, status: 'bad', ...trouble });
export const warn = (area: string, trouble: Trouble): Finding => ({ area, status: 'warn', ...trouble });
export const unknown = (area: string, trouble: Trouble): Finding => ({ area, status: 'unknown', ...trouble });

/** A read-only call of AWS, and what to make of it when it fails. */
export interface Look<T> {
  readonly area: string;
  /** `ECS service shop/web`. */
  readonly thing: string;
  readonly region: string;
  /** As IAM writes it. */
  readonly action: string;
  readonly read: () => Promise<T>;
  readonly judge: (found: T) => readonly Finding[];
  /** When there is no such thing. */
  readonly absent: { readonly means: string; readonly todo: string };
}

/** Never throws: whatever goes wrong is a finding. */
export async function look<T>({
  area,
  thing,
  region,
  action,
  read,
  judge,
  absent,
}: Look<T>): Promise<readonly Finding[]> {
  try {
    return judge(await read());
  } catch (error) {
    if (isAbsent(error)) return [bad(area, { what: `there is no ${thing} in ${region}`, ...absent })];
    const { denied, text } = whyNot(error);
    if (!denied) {
      const todo = `check the state of ${region} (status.aws), then run muster doctor again`;
      return [
        unknown(area, {
          what: `${thing} could not be read in ${region}: ${text}`,
          means: 'its state is not known',
          todo,
        }),
      ];
    }
    const means = 'its state is not known; Muster itself has roles of its own';
    const todo = `allow ${action} in ${region} to whoever runs doctor, or use credentials that allow it`;
    return [
      unknown(area, { what: `no permission to read ${thing} in ${region}: AccessDenied to ${action}`, means, todo }),
    ];
  }
}

export async function all(looks: readonly Promise<readonly Finding[]>[]): Promise<readonly Finding[]> {
  return (await Promise.all(looks)).flat();
}
