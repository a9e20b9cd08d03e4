import { AwsError } from '../aws/service.ts';
import { MAX_PAYLOAD_BYTES, parseJson } from './json.ts';

/** Input checks of the Step Functions API. They throw the errors that AWS answers. */

const BAD_NAME = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}\u{FFFE}\u{FFFF}]/u;

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html, parameter `name`. */
export function checkName(name: string): void {
  if (name.length < 1 || name.length > 80) {
    const bound = name.length < 1 ? 'greater than or equal to 1' : 'less than or equal to 80';
    throw invalid(`Value '${name}' at 'name' failed to satisfy constraint: Member must have length ${bound}`);
  }
  if (BAD_NAME.test(name)) throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
}

export function invalid(problem: string): AwsError {
  return new AwsError('ValidationException', `1 validation error detected: ${problem}`);
}

export function required<T>(value: T | undefined, member: string): T {
  if (value !== undefined) return value;
  throw invalid(`Value null at '${member}' failed to satisfy constraint: Member must not be null`);
}

export function checkArn(arn: string | undefined, member: string, type: 'stateMachine' | 'execution'): string {
  const text = required(arn, member);
  const parts = text.split(':');
  if (!text.startsWith('arn:aws:states:'))
    throw new AwsError('InvalidArn', `Invalid Arn: 'Invalid ARN prefix: ${text}'`);
  if (parts[5] !== type) {
    throw new AwsError('InvalidArn', `Invalid Arn: 'Resource type not valid in this context: ${parts[5] ?? ''}'`);
  }
  return text;
}

export function checkLength(value: string, member: string, most: number): void {
  // Payload members are sensitive: AWS's sentence does not repeat them.
  if (Buffer.byteLength(value) <= most) return;
  throw invalid(
    `Value at '${member}' failed to satisfy constraint: Member must have length less than or equal to ${most}`,
  );
}

export function checkInput(text: string): void {
  checkLength(text, 'input', MAX_PAYLOAD_BYTES);
  try {
    parseJson(text);
  } catch (error) {
    const cause = (error as Error).message;
    throw new AwsError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${cause}'`);
  }
}

interface Page {
  readonly maxResults?: number | undefined;
  readonly nextToken?: string | undefined;
}

/** One page of a list; `list` names it, so that a token of one list is refused by another. */
export function page<T>(items: readonly T[], request: Page, list: string): { items: readonly T[]; nextToken?: string } {
  const most = request.maxResults ?? 0;
  if (most < 0 || most > 1_000) {
    const bound = most < 0 ? 'greater than or equal to 0' : 'less than or equal to 1000';
    throw invalid(`Value '${most}' at 'maxResults' failed to satisfy constraint: Member must have value ${bound}`);
  }
  const from = request.nextToken === undefined ? 0 : offset(request.nextToken, list);
  const to = from + (most === 0 ? 100 : most);
  const found = items.slice(from, to);
  if (to >= items.length) return { items: found };
  return { items: found, nextToken: Buffer.from(JSON.stringify([list, to])).toString('base64') };
}

function offset(token: string, list: string): number {
  try {
    const [name, at] = JSON.parse(Buffer.from(token, 'base64').toString()) as unknown[];
    if (name === list && typeof at === 'number') return at;
  } catch {
    // Not one of ours: refused below.
  }
  throw new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");
}
