import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';
import { describe, expect, test } from 'vitest';
import { forwarding, observed } from '../../../lambdas/adapters/listener.ts';
import { decideListener, switchListener } from '../../../lambdas/steps/switch-listener.ts';
import { config, planned, shop } from '../../core/fixture.ts';
import { changesOf, contextOf, remembered } from './fixture.ts';

const elb = 'arn:aws:elasticloadbalancing:us-west-2:111122223333';
const listener = { arn: `${elb}:listener/app/shop/0/1`, activeTargetGroupArn: `${elb}:targetgroup/web/1` };
const active = listener.activeTargetGroupArn;
const maintenance = `${elb}:targetgroup/maintenance/2`;
const at = (events = {}) => contextOf('switch-listener', 101, events);

describe('what a listener does by default', () => {
  const weights = (one: number, two: number): Action => ({
    Type: 'forward',
    ForwardConfig: {
      TargetGroups: [
        { TargetGroupArn: maintenance, Weight: one },
        { TargetGroupArn: active, Weight: two },
      ],
    },
  });
  test.each<[string, Action[], string | undefined]>([
    ['forwards', [{ Type: 'forward', TargetGroupArn: active }], active],
    ['forwards by weight, all to one', [weights(0, 1)], active],
    ['forwards by weight, all to the other', [weights(1, 0)], maintenance],
    ['forwards by weight, to both', [weights(1, 1)], undefined],
    ['answers by itself', [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '503' } }], undefined],
    ['redirects', [{ Type: 'redirect', RedirectConfig: { StatusCode: 'HTTP_302', Host: 'x.example.com' } }], undefined],
    ['has nothing', [], undefined],
    [
      'authenticates and forwards, in whatever order it is told',
      [
        { Type: 'forward', Order: 2, TargetGroupArn: active },
        { Type: 'authenticate-cognito', Order: 1 },
      ],
      active,
    ],
  ])('%s', (_, actions, found) => expect(observed(actions).targetGroupArn).toBe(found));
  test('is said in words, weights too', () => {
    expect(observed([{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '503' } }]).leads).toBe(
      'fixed-response 503',
    );
    expect(observed([weights(1, 0)]).leads).toContain(`${active} (weight 0)`);
  });
});

describe('forwarding', () => {
  test('replaces a maintenance page', () => {
    const was: Action[] = [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '503' } }];
    expect(forwarding(was, active)).toEqual([{ Type: 'forward', TargetGroupArn: active }]);
  });
  test('keeps who is authenticated before, and the secret that AWS does not tell', () => {
    const oidc = { Issuer: 'i', AuthorizationEndpoint: 'a', TokenEndpoint: 't', UserInfoEndpoint: 'u', ClientId: 'c' };
    const was: Action[] = [
      { Type: 'authenticate-oidc', Order: 1, AuthenticateOidcConfig: oidc },
      { Type: 'forward', Order: 2, TargetGroupArn: maintenance },
    ];
    expect(forwarding(was, active)).toEqual([
      { Type: 'authenticate-oidc', Order: 1, AuthenticateOidcConfig: { ...oidc, UseExistingClientSecret: true } },
      { Type: 'forward', Order: 2, TargetGroupArn: active },
    ]);
  });
  test('twice gives the same as once', () => {
    const once = forwarding(
      [
        { Type: 'authenticate-cognito', Order: 1 },
        { Type: 'redirect', Order: 2 },
      ],
      active,
    );
    expect(forwarding(once, active)).toEqual(once);
  });
});

describe('the step', () => {
  test('has nothing to do without a listener', () => {
    const without = shop(
      config((raw) => {
        delete raw.applications.shop['listener'];
      }),
    );
    expect(switchListener.definition.describe(planned().plan, without)).toEqual({
      applies: false,
      why: 'no listener is configured',
    });
  });
  const first = decideListener({ leads: 'fixed-response 503', targetGroupArn: undefined }, listener, at());
  test('sets it, with what was there before', () => {
    expect(changesOf(first)).toEqual([
      {
        action: { arn: listener.arn, targetGroupArn: active },
        says: `make listener ${listener.arn} forward to ${active}`,
        change: {
          resource: `listener ${listener.arn}`,
          region: 'us-west-2',
          before: 'fixed-response 503',
          after: `forward to ${active}`,
        },
      },
    ]);
  });
  test('is done when it is observed, by its own doing or by another', () => {
    const there = { leads: `forward to ${active}`, targetGroupArn: active };
    const events = remembered('switch-listener', first, 100);
    expect(decideListener(there, listener, at({ events }))).toMatchObject({ do: 'done', outcome: 'done' });
    expect(decideListener(there, listener, at())).toMatchObject({ do: 'done', outcome: 'adopted' });
  });
});
