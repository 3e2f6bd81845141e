import { expect, test } from 'vitest';
import { createLinkHealth, familyOf } from './link-health.ts';

test.each([
  ['10.0.0.1', 'IPv4'],
  ['::ffff:10.0.0.1', 'IPv4'],
  ['::FFFF:10.0.0.1', 'IPv4'],
  ['::1', 'IPv6'],
  ['fe80::1%eth0', 'IPv6'],
  ['2001:db8::ffff:10.0.0.1', 'IPv6'],
  ['plc-1.plant', null],
  ['', null],
])('%s is of family %s', (address, family) => {
  expect(familyOf(address)).toBe(family);
});

test('the first round trip counts as it is, each later one by an eighth; nothing is known of a link that is lost', () => {
  const health = createLinkHealth();
  expect(health.state()).toBeNull();
  health.reached({ address: '::1' });
  expect(health.state()).toEqual({ family: 'IPv6', latencyMs: null });
  health.reached({ latencyMs: 8 });
  expect(health.state()).toEqual({ family: 'IPv6', latencyMs: 8 });
  health.reached({ address: '10.0.0.1', latencyMs: 16 });
  expect(health.state()).toEqual({ family: 'IPv4', latencyMs: 9 });
  health.reached({ address: undefined, latencyMs: 9 });
  expect(health.state()).toEqual({ family: 'IPv4', latencyMs: 9 });
  health.forget();
  expect(health.state()).toBeNull();
});
