import { AwsError } from '../service.ts';
import { type OperationModel, requiredMembers, type ServiceModel, type Shape } from './model.ts';

/** The operation that a method and a path name, and the path's labels. */
export interface Route {
  readonly operation: OperationModel;
  readonly labels: Readonly<Record<string, string>>;
}

export function routeOf(
  model: ServiceModel,
  method: string,
  url: URL,
  headers: Readonly<Record<string, string>>,
  hostBucket: string | undefined,
): Route {
  const target =
    model.signingName === 's3' ? bucketAndPath(url.pathname, hostBucket) : { bucket: undefined, path: url.pathname };
  let best: { route: Route; score: number } | undefined;
  for (const operation of model.operations.values()) {
    const labels = matchPath(operation, method, target);
    if (labels === undefined) continue;
    const score = scoreOf(operation, url.searchParams, headers);
    if (score !== undefined && (best === undefined || score > best.score))
      best = { route: { operation, labels }, score };
  }
  if (best !== undefined) return best.route;
  if (model.signingName === 's3')
    throw new AwsError('MethodNotAllowed', 'The specified method is not allowed against this resource.');
  throw new AwsError('UnknownOperationException', `No operation of ${model.id} is bound to ${method} ${url.pathname}.`);
}

function bucketAndPath(pathname: string, hostBucket: string | undefined): { bucket: string | undefined; path: string } {
  if (hostBucket !== undefined) return { bucket: hostBucket, path: pathname };
  const [, bucket = '', path = '/'] = /^\/([^/]*)(\/.*)?$/s.exec(pathname) ?? [];
  return bucket === '' ? { bucket: undefined, path: '/' } : { bucket: decode(bucket), path };
}

function matchPath(
  operation: OperationModel,
  method: string,
  target: { bucket: string | undefined; path: string },
): Record<string, string> | undefined {
  if (operation.http === undefined || operation.http[0] !== method) return undefined;
  const [pattern = '/'] = operation.http[1].split('?');
  const needsBucket = operation.input.isStructSchema() && hasBucketLabel(operation.input);
  if (needsBucket !== (target.bucket !== undefined)) return undefined;
  const labels = matchSegments(pattern, target.path);
  if (labels === undefined || target.bucket === undefined) return labels;
  return { ...labels, Bucket: target.bucket };
}

function hasBucketLabel(input: Shape): boolean {
  const bucket = input.getMemberSchemas()['Bucket'];
  return bucket?.getMergedTraits().httpLabel === 1;
}

function matchSegments(pattern: string, path: string): Record<string, string> | undefined {
  const names: string[] = [];
  const source = pattern.replace(/\{([^}+]+)(\+?)\}|[.*()[\]\\^$|?]/g, (whole, name?: string, greedy?: string) => {
    if (name === undefined) return `\\${whole}`;
    names.push(name);
    return greedy === '+' ? '(.+)' : '([^/]+)';
  });
  const match = new RegExp(`^${source}${pattern === '/' ? '' : '/?'}$`, 's').exec(path);
  if (match === null) return undefined;
  return Object.fromEntries(names.map((name, index) => [name, decode(match[index + 1] ?? '')]));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AwsError('InvalidURI', "Couldn't parse the specified URI.");
  }
}

/** Undefined: not this operation. The more of a request an operation accounts for, the higher. */
function scoreOf(
  operation: OperationModel,
  query: URLSearchParams,
  headers: Readonly<Record<string, string>>,
): number | undefined {
  let score = 0;
  for (const [name, value] of new URLSearchParams(operation.http?.[1].split('?')[1] ?? '')) {
    const sent = query.get(name);
    if (name === 'x-id' && sent === null) continue; // only the SDK for JavaScript names the operation
    if (sent === null || (value !== '' && sent !== value)) return undefined;
    score += 10;
  }
  if (!operation.input.isStructSchema()) return score;
  for (const name of requiredMembers(operation.input)) {
    const { httpQuery, httpHeader } = operation.input.getMemberSchema(name).getMergedTraits();
    if (httpQuery === undefined && httpHeader === undefined) continue;
    const sent =
      httpQuery === undefined ? headers[(httpHeader ?? '').toLowerCase()] !== undefined : query.has(httpQuery);
    score += sent ? 1 : -100; // lacks what this one demands: another operation on the path is meant, if there is one
  }
  return score;
}
