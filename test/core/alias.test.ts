import { expect, test } from 'vitest';
import { addressTypes, aliasName } from '../../core/alias.ts';

const LOAD_BALANCERS = [
  'shop-1234.us-west-2.elb.amazonaws.com',
  'shop-0123456789abcdef.elb.us-west-2.amazonaws.com',
  'shop-1234.cn-north-1.elb.amazonaws.com.cn',
];

test('a load balancer is asked for IPv6 by its name with dualstack., and only then', () => {
  for (const name of LOAD_BALANCERS) {
    expect(aliasName(name, 'A')).toBe(name);
    expect(aliasName(name, 'AAAA')).toBe(`dualstack.${name}`);
    expect(aliasName(`dualstack.${name}`, 'AAAA')).toBe(`dualstack.${name}`);
  }
});

test('another target has one name for both', () => {
  for (const name of ['d111111abcdef8.cloudfront.net', 'elb.amazonaws.com.example.org']) {
    expect(aliasName(name, 'AAAA')).toBe(name);
  }
});

test('there are AAAA records only where muster.yaml says so', () => {
  expect(addressTypes({ ipv6: false })).toEqual(['A']);
  expect(addressTypes({ ipv6: true })).toEqual(['A', 'AAAA']);
});
