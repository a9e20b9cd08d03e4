import type { WireRequest } from '../../wire.ts';

/** What a host name or a credential scope says of the service that is meant. */
export interface Address {
  readonly signingName: string;
  readonly region: string;
  /** S3, virtual-hosted style: the bucket is in the host name. */
  readonly bucket?: string;
}

const GLOBAL_REGION = 'us-east-1';
const REGION = '[a-z]{2}(?:-[a-z]+)+-\\d';
const S3_HOST = new RegExp(`^(?:(.+)\\.)?s3(?:-fips)?(?:\\.dualstack)?(?:[.-](${REGION}))?\\.amazonaws\\.com$`);
/** Regional, `*.amazonaws.com` or dual stack `*.api.aws`; whatever comes before (`sync-`, an account) is a prefix of it. */
const REGIONAL_HOST = new RegExp(`^(?:[\\w-]+\\.)?([a-z0-9-]+)\\.(${REGION})\\.(?:amazonaws\\.com|api\\.aws)$`);
const GLOBAL_HOST = /^([a-z0-9-]+?)(?:\.global\.api\.aws|\.amazonaws\.com)$/;

/** Whether a host name is one of AWS's API endpoints (load balancers and function URLs are not). */
export function isAwsHost(host: string): boolean {
  return addressOfHost(host) !== undefined && !/\.(elb|rds|cache)\./.test(host);
}

export function addressOfHost(host: string): Address | undefined {
  const s3 = S3_HOST.exec(host);
  if (s3 !== null) {
    const [, bucket, region = GLOBAL_REGION] = s3;
    return bucket === undefined ? { signingName: 's3', region } : { signingName: 's3', region, bucket };
  }
  const regional = REGIONAL_HOST.exec(host);
  if (regional !== null) {
    const [, name = '', region = GLOBAL_REGION] = regional;
    return { signingName: signingNameOf(name), region };
  }
  const name = GLOBAL_HOST.exec(host)?.[1];
  return name === undefined ? undefined : { signingName: signingNameOf(name), region: GLOBAL_REGION };
}

/** Endpoint prefixes that differ from the name that requests are signed with. */
function signingNameOf(prefix: string): string {
  const name = prefix.replace(/-fips$/, '').replace(/^sync-/, '');
  return name === 'ddb' ? 'dynamodb' : name;
}

interface Scope {
  readonly accessKeyId: string;
  readonly region: string;
  readonly signingName: string;
}

/**
 * The credential scope of a SigV4 request, in its header or, presigned, in its query
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html). The signature itself is not checked.
 */
export function scopeOf(request: WireRequest): Scope | undefined {
  const header = request.headers['authorization'] ?? '';
  const credential = /Credential=([^,\s]+)/.exec(header)?.[1] ?? request.url.searchParams.get('X-Amz-Credential') ?? '';
  const [accessKeyId, , region, signingName, end] = credential.split('/');
  if (accessKeyId === undefined || region === undefined || signingName === undefined || end !== 'aws4_request')
    return undefined;
  return { accessKeyId, region, signingName };
}

/** The host name where it says something, else (a loopback port) the credential scope. */
export function addressOf(request: WireRequest): Address | undefined {
  const host = request.url.hostname;
  const address = addressOfHost(host);
  if (address !== undefined) return address;
  const scope = scopeOf(request);
  if (scope === undefined) return undefined;
  const bucket = /^(.+)\.localhost$/.exec(host)?.[1];
  const { signingName, region } = scope;
  return signingName === 's3' && bucket !== undefined ? { signingName, region, bucket } : { signingName, region };
}
