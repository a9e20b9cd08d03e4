import type { Environment } from '../../simulator/environment.ts';
import type { Host } from '../../simulator/network/hosts.ts';
import type { WireResponse } from '../../simulator/wire.ts';

interface FlagEndpointLinks {
  readonly environment: Environment;
  /** The standby region. */
  readonly region: string;
  /** `<id>.lambda-url.<region>.on.aws`. */
  readonly host: string;
  /** Whether the flag object is in the bucket. */
  readonly exists: (key: string) => boolean;
}

export interface FlagEndpoint extends Host {
  readonly host: string;
  url(key: string): string;
  /** The endpoint is lost although its region serves: nobody answers any more. */
  kill(): void;
  revive(): void;
}

/**
 * What the `stop` strategy's inverted health check watches: `GET /<key>` is 200 while the object exists and 404 while
 * it does not. A lost endpoint looks, after inversion, as if the flag were gone.
 */
export function createFlagEndpoint({ environment, region, host, exists }: FlagEndpointLinks): FlagEndpoint {
  let killed = false;
  return {
    host,
    region,
    url: (key) => `https://${host}/${key}`,
    kill: () => {
      killed = true;
    },
    revive: () => {
      killed = false;
    },
    respond: (request) => {
      if (killed || !environment.regionServes(region)) return undefined;
      if (request.method !== 'GET' && request.method !== 'HEAD') return text(405, 'method not allowed');
      const key = decodeURIComponent(request.url.pathname.slice(1));
      return exists(key) ? text(200, 'promoted') : text(404, 'not promoted');
    },
  };
}

function text(status: number, body: string): WireResponse {
  return { status, headers: { 'content-type': 'text/plain' }, body: new TextEncoder().encode(body) };
}
