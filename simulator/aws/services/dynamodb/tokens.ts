import { invalid } from './values.ts';

type TokenKind = 'name' | 'placeholder' | 'value' | 'index' | 'symbol';

interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly at: number;
}

const TOKEN = /\s*(?:(#[A-Za-z0-9_]+)|(:[A-Za-z0-9_]+)|([A-Za-z][A-Za-z0-9_]*)|(\d+)|(<>|<=|>=|[=<>()[\],.+-]))/y;
/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-expression-parameters */
const MAX_EXPRESSION_BYTES = 4096;

/** Reads one expression token by token; `kind` is how the API calls it: `ConditionExpression`, `UpdateExpression`... */
export class Tokens {
  readonly kind: string;
  readonly #source: string;
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(kind: string, source: string) {
    this.kind = kind;
    this.#source = source;
    if (source.trim() === '') throw this.invalid('The expression can not be empty;');
    if (Buffer.byteLength(source) > MAX_EXPRESSION_BYTES)
      throw this.invalid('Expression size has exceeded the maximum allowed size;');
    this.#tokens = this.#split();
  }

  peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#next + ahead];
  }

  take(): Token {
    const token = this.peek();
    if (token === undefined) throw this.syntaxError();
    this.#next += 1;
    return token;
  }

  /** Takes the next token if it is this symbol or keyword (keywords in any case). */
  accept(text: string): boolean {
    if (!this.isNext(text)) return false;
    this.#next += 1;
    return true;
  }

  isNext(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return (
      token !== undefined && (token.kind === 'symbol' || token.kind === 'name') && token.text.toUpperCase() === text
    );
  }

  expect(text: string): void {
    if (!this.accept(text)) throw this.syntaxError();
  }

  end(): void {
    if (this.peek() !== undefined) throw this.syntaxError();
  }

  syntaxError(): Error {
    const token = this.peek();
    const text = token?.text ?? '<EOF>';
    const at = token?.at ?? this.#source.length;
    const near = this.#source.slice(Math.max(0, at - 10), at + text.length + 10).trim();
    return this.invalid(`Syntax error; token: "${text}", near: "${near}"`);
  }

  invalid(message: string): Error {
    return invalid(`Invalid ${this.kind}: ${message}`);
  }

  #split(): Token[] {
    const tokens: Token[] = [];
    const source = this.#source.trimEnd();
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < source.length) {
      const from = TOKEN.lastIndex;
      const match = TOKEN.exec(source);
      if (match === null) {
        const token = source.slice(from).trimStart().charAt(0);
        throw this.invalid(
          `Syntax error; token: "${token}", near: "${source.slice(Math.max(0, from - 5), from + 10)}"`,
        );
      }
      const [whole, placeholder, value, name, index, symbol] = match;
      const text = placeholder ?? value ?? name ?? index ?? symbol ?? '';
      const kind = placeholder ? 'placeholder' : value ? 'value' : name ? 'name' : index ? 'index' : 'symbol';
      tokens.push({ kind, text, at: from + whole.length - text.length });
    }
    return tokens;
  }
}
