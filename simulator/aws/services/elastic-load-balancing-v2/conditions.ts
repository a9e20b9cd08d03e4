import { BlockList, isIP } from 'node:net';
import type { RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../../service.ts';

/** A request as a listener sees it. */
export interface RoutedRequest {
  readonly port: number;
  readonly host: string;
  readonly path: string;
  /** GET unless told. */
  readonly method?: string;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Of the client; undefined: it is in no block of addresses. */
  readonly sourceIp?: string;
}

/** Fields of which a rule may have one condition at most, and those of which it may have several (CreateRule). */
const ONCE = ['host-header', 'path-pattern', 'source-ip', 'http-request-method'];
const OFTEN = ['http-header', 'query-string'];

/** The values of a condition, whichever of the two ways AWS has to write them was used. */
function valuesOf(condition: RuleCondition): readonly string[] {
  switch (condition.Field) {
    case 'host-header':
      return condition.HostHeaderConfig?.Values ?? condition.Values ?? [];
    case 'path-pattern':
      return condition.PathPatternConfig?.Values ?? condition.Values ?? [];
    case 'source-ip':
      return condition.SourceIpConfig?.Values ?? [];
    case 'http-request-method':
      return condition.HttpRequestMethodConfig?.Values ?? [];
    case 'http-header':
      return condition.HttpHeaderConfig?.Values ?? [];
    default:
      return [];
  }
}

/** Refuses conditions that AWS would not take, and those that the simulator does not know. */
export function requireConditions(conditions: readonly RuleCondition[]): void {
  const fields = conditions.map((condition) => condition.Field ?? '');
  if (fields.length === 0) throw new AwsError('ValidationError', 'A condition must be specified');
  for (const condition of conditions) {
    const field = condition.Field ?? '';
    if (!ONCE.includes(field) && !OFTEN.includes(field)) {
      throw new AwsError('ValidationError', `Condition field '${field}' must be one of '[${[...ONCE, ...OFTEN]}]'`);
    }
    if (field === 'query-string') {
      throw new AwsError('NotImplemented', 'Rule conditions on the query string are not simulated');
    }
    const values = valuesOf(condition);
    if (values.length === 0) throw new AwsError('ValidationError', `A condition on ${field} must have a value`);
    if (field === 'source-ip') values.forEach(requireBlock);
    if (field === 'http-header') requireHeader(condition.HttpHeaderConfig?.HttpHeaderName);
  }
  const twice = ONCE.find((field) => fields.filter((one) => one === field).length > 1);
  if (twice !== undefined) throw new AwsError('ValidationError', `A rule can only have one '${twice}' condition`);
}

/** "You can't use an HTTP header condition to specify the host header" (API reference, HttpHeaderConditionConfig). */
function requireHeader(name: string | undefined): void {
  if (name !== undefined && name !== '' && name.toLowerCase() !== 'host') return;
  throw new AwsError('ValidationError', `The HTTP header '${name ?? ''}' cannot be used in a condition`);
}

function requireBlock(block: string): void {
  const [address = '', bits] = block.split('/');
  const most = isIP(address) === 6 ? 128 : 32;
  if (isIP(address) !== 0 && bits !== undefined && /^\d+$/.test(bits) && Number(bits) <= most) return;
  throw new AwsError('ValidationError', `The source IP '${block}' must be in CIDR format`);
}

/** True when one of the condition's values matches ("Listener rules", "Rule conditions"). */
export function matches(condition: RuleCondition, request: RoutedRequest): boolean {
  const values = valuesOf(condition);
  switch (condition.Field) {
    case 'path-pattern':
      return values.some((pattern) => wildcard(pattern).test(request.path));
    case 'host-header':
      return values.some((pattern) => wildcard(pattern.toLowerCase()).test(request.host.toLowerCase()));
    case 'http-request-method':
      return values.includes(request.method ?? 'GET');
    case 'source-ip':
      return request.sourceIp !== undefined && values.some((block) => isWithin(request.sourceIp ?? '', block));
    case 'http-header': {
      const value = request.headers?.[condition.HttpHeaderConfig?.HttpHeaderName?.toLowerCase() ?? ''];
      // Names and values are compared without regard to case.
      return value !== undefined && values.some((one) => wildcard(one.toLowerCase()).test(value.toLowerCase()));
    }
    default:
      throw new Error(`Rule conditions on ${condition.Field} are not simulated`);
  }
}

function wildcard(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`);
}

function isWithin(address: string, block: string): boolean {
  const [network = '', bits = ''] = block.split('/');
  const family = (text: string) => (isIP(text) === 6 ? 'ipv6' : 'ipv4');
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family(network));
  return list.check(address, family(address));
}
