import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { manifestOf, SCOPES } from '../../cli/manifest.ts';
import { Wrong } from '../../cli/words.ts';
import { sampleWorkspace } from '../../sandbox/world/workspace.ts';
import { openCliWorld } from './world.ts';

const url = 'https://abc123.lambda-url.us-west-2.on.aws/';
const options = { url, command: '/dr', name: 'Muster' };

interface Manifest {
  readonly display_information: { readonly name: string; readonly description: string };
  readonly features: {
    readonly slash_commands: readonly { readonly command: string; readonly should_escape: boolean }[];
  };
  readonly settings: { readonly interactivity: { readonly request_url: string } };
}

test('YAML and JSON are the same manifest, with the URL for commands and for buttons', async () => {
  const cli = await openCliWorld();
  try {
    const yaml = await cli.muster(['manifest', '--url', url]);
    const json = await cli.muster(['manifest', '--url', url, '--json']);
    expect([yaml.status, json.status]).toEqual([0, 0]);
    const manifest = JSON.parse(json.out) as Manifest;
    expect(parse(yaml.out)).toEqual(manifest);
    expect(manifest.features.slash_commands).toEqual([
      expect.objectContaining({ command: '/dr', url, should_escape: true }),
    ]);
    expect(manifest.settings.interactivity).toEqual({ is_enabled: true, request_url: url });
    const wrong = await cli.muster(['manifest', '--url', 'http://example.com']);
    expect(wrong).toMatchObject({ status: 2, out: '' });
    expect((await cli.muster(['manifest'])).err).toContain('--url is missing');
  } finally {
    await cli.close();
  }
});

test('asks for the scopes that the simulated workspace grants, and no other', () => {
  expect([...SCOPES].sort()).toEqual([...sampleWorkspace().scopes].sort());
});

test('keeps to the lengths that Slack takes', () => {
  const { display_information: shown } = manifestOf(options) as Manifest;
  expect(shown.name.length).toBeLessThanOrEqual(35);
  expect(shown.description.length).toBeLessThanOrEqual(140);
});

describe('refuses what Slack would refuse', () => {
  test.each([
    ['no address', { url: 'abc' }],
    ['http', { url: 'http://abc.example.com/' }],
    ['a password in the address', { url: 'https://me:secret@abc.example.com/' }],
    ['a command without a slash', { command: 'dr' }],
    ['a command with capitals', { command: '/DR' }],
    ['two words', { command: '/dr now' }],
    ['a command of 33 characters', { command: `/${'d'.repeat(32)}` }],
    ['a name of 36 characters', { name: 'm'.repeat(36) }],
    ['no name', { name: ' ' }],
  ])('%s', (_, change) => {
    expect(() => manifestOf({ ...options, ...change })).toThrow(Wrong);
  });

  test('and takes the longest that Slack takes', () => {
    expect(manifestOf({ url, command: `/${'d'.repeat(31)}`, name: 'm'.repeat(35) })).toBeDefined();
  });
});
