import type { Caller, Network, WireRequest, WireResponse } from '../../simulator/wire.ts';

type Handle = (request: WireRequest, caller: Caller) => Promise<WireResponse>;

/** Headers that belong to the client's connection with this port, not to its request. */
const HOP = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'expect'];
const FILES = 'https://files.slack.com/';

/** The same request, addressed to a host of the world. */
function readdressed(request: WireRequest, origin: string): WireRequest {
  const url = new URL(origin);
  url.pathname = request.url.pathname;
  url.search = request.url.search;
  const kept = Object.entries(request.headers).filter(([name]) => !HOP.includes(name));
  return { ...request, url, headers: { ...Object.fromEntries(kept), host: url.host } };
}

/** Everything goes to the function URL that Slack posts to, signed or not: Muster checks the signature. */
export function requestUrlPort(network: Network, requestUrl: string): Handle {
  return (request, caller) => network.send(readdressed(request, requestUrl), caller);
}

/**
 * Slack on one port: its Web API below `/api/`, response URLs below `/commands/` and `/actions/`, uploads below `/upload/`.
 * Upload addresses are rewritten to this port, so that no client is ever sent to the real Slack.
 */
export function slackPort(network: Network): Handle {
  return async (request, caller) => {
    const { pathname } = request.url;
    const response = await network.send(readdressed(request, originOf(pathname)), caller);
    if (pathname !== '/api/files.getUploadURLExternal') return response;
    const text = new TextDecoder().decode(response.body).replaceAll('\\/', '/');
    const { 'content-length': _, ...headers } = response.headers;
    return { ...response, headers, body: new TextEncoder().encode(text.replaceAll(FILES, `${request.url.origin}/`)) };
  };
}

function originOf(path: string): string {
  if (/^\/(commands|actions)\//.test(path)) return 'https://hooks.slack.com/';
  return path.startsWith('/upload/') ? FILES : 'https://slack.com/';
}
