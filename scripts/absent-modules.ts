import type { Plugin } from 'esbuild';

/**
 * What @slack/bolt imports and a receiver on Lambda has no use for. In a bundle each is a stand-in that may be imported
 * and throws when used. Together they are 1.5 MB of 1.6 and most of a cold start.
 */
const ABSENT_PACKAGES = ['@slack/socket-mode', '@slack/oauth', '@slack/types', 'express', 'raw-body'];

/** Bolt's other receivers and what only they need: servers of their own, where a function URL is one already. */
const ABSENT_FILES = [
  'ExpressReceiver',
  'HTTPReceiver',
  'SocketModeReceiver',
  'HTTPModuleFunctions',
  'HTTPResponseAck',
  'SocketModeFunctions',
];

/** Of a package or file: whatever is asked of it but its name as a module throws. */
export const absentStandIn = (name: string): string => `
const refuse = () => { throw new Error(${JSON.stringify(`${name} is not part of this bundle`)}); };
module.exports = new Proxy(refuse, {
  get: (target, key) => (key === '__esModule' || key === 'default' || typeof key === 'symbol' ? undefined : refuse()),
  construct: refuse,
});
`;

/**
 * For @slack/web-api, where Bolt imports it: the receiver calls Slack itself, within a time limit (slack-api.ts), and
 * Bolt's own client and what it brings are more than half of what else would be left. Bolt makes one all the same, and
 * compares errors with its classes. So it can be made, and any use of it throws.
 */
export const absentWebClient = `
const refuse = () => { throw new Error('@slack/web-api is not part of this bundle'); };
const unused = { get: (target, key) => (typeof key === 'symbol' ? undefined : refuse()), set: refuse };
exports.WebClient = class { constructor() { return new Proxy(this, unused); } };
exports.WebAPIPlatformError = class extends Error {};
exports.WebAPIRateLimitedError = class extends Error {};
exports.WebAPIHTTPError = class extends Error {};
exports.addAppMetadata = () => {};
`;

/**
 * Where else the SDK's default chain would look for credentials: files, SSO, other processes, metadata services. Lambda
 * puts a function's into its environment (Lambda developer guide, "Working with Lambda environment variables"), where the
 * chain looks first. The rest is 100 to 130 KB of every bundle with an SDK client in it.
 */
const CREDENTIAL_SOURCES =
  /^(@aws-sdk\/credential-provider-(http|ini|process|sso|web-identity)|@smithy\/credential-provider-imds)$/;

const absentCredentials = `
const refuse = () => { throw new Error('no AWS credentials in the environment; this bundle looks nowhere else'); };
export {
  refuse as fromIni, refuse as fromProcess, refuse as fromSSO, refuse as fromTokenFile,
  refuse as fromHttp, refuse as fromContainerMetadata, refuse as fromInstanceMetadata,
};
export const ENV_CMDS_FULL_URI = 'AWS_CONTAINER_CREDENTIALS_FULL_URI';
export const ENV_CMDS_RELATIVE_URI = 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI';
`;

export const absentModules: Plugin = {
  name: 'absent-modules',
  setup(build) {
    const packages = new RegExp(`^(${ABSENT_PACKAGES.join('|')})$`);
    const files = new RegExp(`^\\./receivers/(${ABSENT_FILES.join('|')})$`);
    absent(packages, 'absent', (path) => path);
    absent(files, 'absent', (path) => path.replace('./receivers/', '@slack/bolt '));
    absent(/^@slack\/web-api$/, 'absent-client', (path) => path);

    /** Only where Bolt imports it: whoever else names a package gets the package. */
    function absent(filter: RegExp, namespace: string, nameOf: (path: string) => string): void {
      build.onResolve({ filter }, ({ path, importer }) =>
        /[\\/]@slack[\\/]bolt[\\/]dist[\\/]/.test(importer) ? { path: nameOf(path), namespace } : undefined,
      );
    }
    build.onResolve({ filter: CREDENTIAL_SOURCES }, ({ path, importer }) =>
      /[\\/]@aws-sdk[\\/]credential-provider-node[\\/]/.test(importer)
        ? { path, namespace: 'absent-credentials' }
        : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'absent-credentials' }, () => ({
      contents: absentCredentials,
      loader: 'js',
    }));
    build.onLoad({ filter: /.*/, namespace: 'absent' }, ({ path }) => ({
      contents: absentStandIn(path),
      loader: 'js',
    }));
    build.onLoad({ filter: /.*/, namespace: 'absent-client' }, () => ({ contents: absentWebClient, loader: 'js' }));
  },
};
