import type { TaskState } from './asl.ts';
import type { Json } from './json.ts';

/** How a Task's Resource is served. */
export type Integration = 'lambda-arn' | 'lambda:invoke' | 'lambda:invoke.waitForTaskToken';

const INVOKE = 'arn:aws:states:::lambda:invoke';
const FUNCTION_ARN = /^arn:aws:lambda:([a-z0-9-]+):\d{12}:function:([A-Za-z0-9-_]+)(?::([A-Za-z0-9-_$]+))?$/;

export function integration(resource: string): Integration | undefined {
  if (resource === INVOKE) return 'lambda:invoke';
  if (resource === `${INVOKE}.waitForTaskToken`) return 'lambda:invoke.waitForTaskToken';
  return FUNCTION_ARN.test(resource) ? 'lambda-arn' : undefined;
}

/** A function as FunctionName or Resource names it: a name, `name:qualifier`, a partial or a whole ARN. */
interface FunctionReference {
  readonly name: string;
  readonly region: string | undefined;
  readonly qualifier: string | undefined;
}

export function functionReference(text: string): FunctionReference | undefined {
  const arn = FUNCTION_ARN.exec(text);
  if (arn) return { name: arn[2] ?? '', region: arn[1], qualifier: arn[3] };
  const short = /^(?:\d{12}:function:)?([A-Za-z0-9-_]+)(?::([A-Za-z0-9-_$]+))?$/.exec(text);
  return short ? { name: short[1] ?? '', region: undefined, qualifier: short[2] } : undefined;
}

const INVOKE_FIELDS = new Set(['FunctionName', 'Payload', 'InvocationType']);

/** Why a Task cannot be created; some checks are possible only while it runs. */
export function resourceProblem(state: TaskState, region: string): string | undefined {
  const kind = integration(state.Resource);
  if (kind === undefined) return `the resource ${state.Resource} is not simulated`;
  const beats = state.HeartbeatSeconds !== undefined || state.HeartbeatSecondsPath !== undefined;
  if (beats && kind !== 'lambda:invoke.waitForTaskToken')
    return 'HeartbeatSeconds without a task token is not simulated';
  if (kind === 'lambda-arn') return functionProblem(state.Resource, region);
  const parameters: Readonly<Record<string, Json>> = state.Parameters ?? {};
  for (const field of Object.keys(parameters)) {
    const plain = field.replace(/\.\$$/, '');
    if (!INVOKE_FIELDS.has(plain)) return `the field ${field} of ${state.Resource} is not simulated`;
  }
  if (!('FunctionName' in parameters) && !('FunctionName.$' in parameters)) return 'FunctionName is required';
  if ('InvocationType.$' in parameters) return 'InvocationType from a path is not simulated';
  const type = parameters['InvocationType'];
  if (type !== undefined && type !== 'RequestResponse') return `the InvocationType ${String(type)} is not simulated`;
  const name = parameters['FunctionName'];
  return typeof name === 'string' ? functionProblem(name, region) : undefined;
}

function functionProblem(text: string, region: string): string | undefined {
  const found = functionReference(text);
  if (!found) return `'${text}' does not name a function`;
  if (found.qualifier !== undefined) return `versions and aliases of functions (${text}) are not simulated`;
  return found.region !== undefined && found.region !== region
    ? `the function ${text} is in another region than the state machine`
    : undefined;
}
