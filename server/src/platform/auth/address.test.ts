import { describe, expect, it } from 'vitest';
import { addressRule, plainAddress } from '#platform/auth/address.ts';

describe('the addresses a key may be used from', () => {
  it.each<[string[], string | null, boolean]>([
    [[], null, true],
    [[], 'unknown', true],
    [['10.0.0.1'], '10.0.0.1', true],
    [['10.0.0.1'], '10.0.0.10', false],
    [['10.0.0.1'], '::ffff:10.0.0.1', true],
    [['::ffff:10.0.0.1'], '10.0.0.1', true],
    [['10.0.0.1'], null, false],
    [['10.0.0.1'], 'unknown', false],
    [['10.0.0.1'], '', false],
    [['10.0.0.1'], '10.0.0.1, 10.0.0.2', false],
    [['10.1.0.0/16'], '10.1.255.255', true],
    [['10.1.0.0/16'], '10.2.0.0', false],
    [['10.1.2.3/16'], '10.1.0.1', true],
    [['192.168.0.0/24', '10.0.0.0/8'], '10.9.9.9', true],
    [['0.0.0.0/0'], '203.0.113.9', true],
    [['0.0.0.0/0'], '2001:db8::1', false],
    [['::/0'], '2001:db8::1', true],
    [['2001:db8::/32'], '2001:db8:ffff::1', true],
    [['2001:db8::/32'], '2001:db9::1', false],
    [['2001:DB8::1'], '2001:db8:0:0:0:0:0:1', true],
    [['fe80::1'], 'fe80::1%eth0', true],
    [['127.0.0.1'], '::1', false],
  ])('%j and %s: %s', (allowed, address, expected) => {
    expect(addressRule(allowed)(address)).toBe(expected);
  });

  it('are shown plainly', () => {
    expect(plainAddress('::ffff:10.0.0.1')).toBe('10.0.0.1');
    expect(plainAddress('fe80::1%eth0')).toBe('fe80::1');
  });
});
