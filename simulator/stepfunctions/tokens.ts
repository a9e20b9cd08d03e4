import { AwsError } from '../aws/service.ts';
import type { Random } from '../random.ts';
import type { Json } from './json.ts';

/** The result that a callback reports to a waiting task. */
export type Callback =
  | { readonly kind: 'success'; readonly output: Json }
  | { readonly kind: 'failure'; readonly error: string | undefined; readonly cause: string | undefined };

interface TokenHolder {
  answer(callback: Callback): void;
  heartbeat(): void;
}

const MARK = 'muster-sandbox-task:';

/**
 * The task tokens of one region. A token is taken once: whoever answers later, or after a timeout, a stop or a failed
 * sibling, gets TaskTimedOut. https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
 */
export class Tokens {
  readonly #open = new Map<string, TokenHolder>();
  readonly #closed = new Set<string>();

  issue(random: Random): string {
    return Buffer.from(`${MARK}${random.hex(256)}`).toString('base64');
  }

  open(token: string, holder: TokenHolder): void {
    this.#open.set(token, holder);
  }

  /** Nobody can use the token from here on. */
  close(token: string): void {
    this.#open.delete(token);
    this.#closed.add(token);
  }

  /** The waiting task, or the error that AWS answers. */
  holder(token: string | undefined): TokenHolder {
    if (!token || !Buffer.from(token, 'base64').toString().startsWith(MARK)) {
      throw new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");
    }
    const holder = this.#open.get(token);
    if (holder) return holder;
    if (this.#closed.has(token))
      throw new AwsError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
    throw new AwsError('TaskDoesNotExist', "Task does not exist: 'Provided task does not exist'");
  }
}
