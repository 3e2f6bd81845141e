import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dangerOf, normalHost } from '#platform/network/addresses.ts';
import type { LookupAll } from '#platform/network/target-guard.ts';
import { createTargetGuard } from './targets.service.ts';
import { targetOfConnection, targetOfUrl } from './targets.ts';

const SEED = 20260331;
const leadsTo =
  (...addresses: string[]): LookupAll =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
const guardOf = (allowedHosts: readonly string[], lookup: LookupAll = leadsTo('10.1.2.3')) =>
  createTargetGuard({ allowedHosts, lookup });
const refused = (target: string) => ({ code: 'SOURCE_TARGET_REFUSED', values: { target } });

describe('one spelling for each host', () => {
  test.each([
    ['127.0.0.1', '127.0.0.1'],
    ['127.1', '127.0.0.1'],
    ['2130706433', '127.0.0.1'],
    ['0x7f.0.0.1', '127.0.0.1'],
    ['0x7f000001', '127.0.0.1'],
    ['0177.0.0.01', '127.0.0.1'],
    ['127.0.0.1.', '127.0.0.1'],
    ['１２７.0.0.1', '127.0.0.1'],
    ['::ffff:127.0.0.1', '127.0.0.1'],
    ['[::FFFF:7f00:1]', '127.0.0.1'],
    ['0:0:0:0:0:0:0:1', '[::1]'],
    ['fe80::1%eth0', '[fe80::1]'],
    ['Data.Example.CN.', 'data.example.cn'],
    ['数据.例子.cn', 'xn--8nqz0a.xn--fsqu00a.cn'],
    ['a_b', 'a_b'],
  ])('%s is %s', (written, normal) => {
    const expected = written.startsWith('数据') ? new URL(`http://${written}`).hostname : normal;
    expect(normalHost(written)).toBe(expected);
  });

  test.each(['', ' ', 'a/b', 'a@b', 'a?b', 'a#b', 'a\\b', 'a b', '[::1', '256.1.1.1', '1.2.3.4.5', '::g'])(
    '"%s" is no host',
    (written) => expect(normalHost(written)).toBeNull(),
  );

  test('every way to write an IPv4 address comes to the same', () => {
    const byte = fc.integer({ min: 0, max: 255 });
    const written = fc.tuple(byte, byte, byte, byte).chain(([a, b, c, d]) => {
      const [hex, octal] = [
        (part: number) => `0x${part.toString(16)}`,
        (part: number) => `0${part.toString(8)}`,
      ];
      const parts = [a, b, c, d];
      return fc.tuple(
        fc.constant(parts.join('.')),
        fc.constantFrom(
          parts.map(hex).join('.'),
          parts.map(octal).join('.'),
          String(((a * 256 + b) * 256 + c) * 256 + d),
          `${a}.${b}.${c * 256 + d}`,
          `::ffff:${parts.join('.')}`,
          `[::FFFF:${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}]`,
          `${parts.join('.')}.`,
        ),
      );
    });
    fc.assert(
      fc.property(written, ([plain, odd]) => normalHost(odd) === plain),
      { seed: SEED, numRuns: 300 },
    );
  });

  test('normalising is done once and for all', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()), (host) => {
        const once = normalHost(host);
        return once !== null && normalHost(once) === once;
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
});

test.each([
  ['127.8.8.8', 'loopback'],
  ['[::1]', 'loopback'],
  ['0.0.0.0', 'unspecified'],
  ['[::]', 'unspecified'],
  ['169.254.169.254', 'link-local'],
  ['[fe80::1]', 'link-local'],
  ['[febf::1]', 'link-local'],
  ['224.0.0.1', 'multicast'],
  ['[ff02::1]', 'multicast'],
  ['255.255.255.255', 'reserved'],
  ['100.100.100.200', 'metadata'],
  ['[fd00:ec2::254]', 'metadata'],
  ['[64:ff9b::a9fe:a9fe]', 'link-local'],
  ['[2002:7f00:1::]', 'loopback'],
  ['[::7f00:1]', 'loopback'],
  ['[64:ff9b::6464:64c8]', 'metadata'],
  ['[2001:0:7f00:1::]', 'loopback'],
  ['10.0.0.1', null],
  ['172.16.0.1', null],
  ['192.168.1.1', null],
  ['100.64.0.1', null],
  ['[fd12:3456::1]', null],
  ['8.8.8.8', null],
  ['[2400:3200::1]', null],
])('the danger of %s is %s', (address, danger) => expect(dangerOf(normalHost(address) ?? '')).toBe(danger));

describe('the allow-list', () => {
  test('lets exactly the listed host and port through, in any spelling', async () => {
    const guard = guardOf(['Data.JX.example:8443', '[::1]:80', '192.168.5.5:5432', '数据.例子:80']);
    expect(await guard.demand('data.jx.example.', 8443)).toMatchObject({ address: '10.1.2.3' });
    expect(await guard.demand('0:0::1', 80)).toMatchObject({ address: '::1' });
    expect(await guard.demand('0xc0.0xa8.5.5', 5432)).toMatchObject({ address: '192.168.5.5' });
    expect(await guard.demand(new URL('http://数据.例子').hostname, 80)).toMatchObject({
      address: '10.1.2.3',
    });
    for (const [host, port] of [
      ['data.jx.example', 443],
      ['x.data.jx.example', 8443],
      ['data.jx.example.evil.com', 8443],
      ['192.168.5.6', 5432],
      ['::1', 81],
    ] as const)
      await expect(guard.demand(host, port)).rejects.toMatchObject({ code: 'SOURCE_TARGET_REFUSED' });
  });

  test('an entry that is none allows nothing, an empty list neither', async () => {
    const guard = guardOf(['*:80', 'host', '10.0.0.0/8:80', ':80', 'http://a:80', 'a:80:80', '::1:80', '']);
    for (const host of ['*', 'host', '10.0.0.1', 'a', '::1', '', 'http'])
      await expect(guard.demand(host, 80)).rejects.toMatchObject({ code: 'SOURCE_TARGET_REFUSED' });
    expect(() => guardOf([]).demandListed({ host: 'a', port: 80 })).toThrow(/a:80/);
  });

  test('an address is refused unless it is listed literally, however it is written', async () => {
    const guard = guardOf(['data:80', '169.254.169.254:8080']);
    for (const host of ['169.254.169.254', '2852039166', '0xa9fea9fe', '::ffff:a9fe:a9fe', '127.0.0.1', '0'])
      await expect(guard.demand(host, 80)).rejects.toMatchObject({ code: 'SOURCE_TARGET_REFUSED' });
    expect(await guard.demand('169.254.169.254', 8080)).toMatchObject({ address: '169.254.169.254' });
  });

  test('a listed name that leads to a dangerous address is refused by its own name only', async () => {
    for (const address of [
      '127.0.0.1',
      '169.254.169.254',
      '::1',
      'fe80::1%eth0',
      '::ffff:127.0.0.1',
      '0.0.0.0',
      '100.100.100.200',
      '239.1.1.1',
      'rubbish//',
    ]) {
      const error = await guardOf(['Data:80'], leadsTo('10.0.0.1', address))
        .demand('Data', 80)
        .catch((e) => e);
      expect(error, address).toMatchObject(refused('Data:80'));
      expect(`${error.message} ${error.cause ?? ''}`).not.toContain(address);
    }
    const both = guardOf(['data:80', '127.0.0.1:80'], leadsTo('127.0.0.1'));
    expect(await both.demand('data', 80)).toMatchObject({ address: '127.0.0.1' });
    const otherPort = guardOf(['data:80', '127.0.0.1:81'], leadsTo('127.0.0.1'));
    await expect(otherPort.demand('data', 80)).rejects.toMatchObject(refused('data:80'));
  });

  test('localhost may be the loopback and nothing else dangerous; private ranges are ordinary', async () => {
    expect(
      await guardOf(['localhost:80'], leadsTo('127.0.0.1', '::1')).demand('LOCALHOST', 80),
    ).toMatchObject({
      address: '127.0.0.1',
    });
    await expect(
      guardOf(['localhost:80'], leadsTo('169.254.1.1')).demand('localhost', 80),
    ).rejects.toMatchObject(refused('localhost:80'));
    await expect(
      guardOf(['a.localhost:80'], leadsTo('127.0.0.1')).demand('a.localhost', 80),
    ).rejects.toMatchObject(refused('a.localhost:80'));
    for (const address of ['10.9.9.9', '172.31.0.1', '192.168.0.1', 'fd12::1'])
      expect(await guardOf(['data:80'], leadsTo(address)).demand('data', 80)).toMatchObject({ address });
  });

  test('a name that leads nowhere cannot be reached', async () => {
    await expect(guardOf(['data:80'], leadsTo()).demand('data', 80)).rejects.toMatchObject({
      code: 'SOURCE_UNREACHABLE',
    });
    const fails = () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' }));
    await expect(guardOf(['data:80'], fails).demand('data', 80)).rejects.toThrow(/ENOTFOUND/);
    const many = leadsTo(...Array.from({ length: 65 }, (_, index) => `10.0.0.${index}`));
    await expect(guardOf(['data:80'], many).demand('data', 80)).rejects.toThrow(/64/);
  });
});

test('targets of connections, ports always told', () => {
  expect(targetOfUrl('https://Data.Example/x?y')).toEqual({ host: 'data.example', port: 443 });
  expect(targetOfUrl('http://[::1]:8080')).toEqual({ host: '[::1]', port: 8080 });
  for (const url of ['ftp://a/', 'file:///etc/passwd', 'http://u:p@a/', 'gopher://a:80/'])
    expect(() => targetOfUrl(url)).toThrow(expect.objectContaining({ code: 'SOURCE_TARGET_REFUSED' }));
  const database = { engine: 'postgresql' as const, database: 'a', table: 'b', username: 'c', fields: [] };
  expect(targetOfConnection({ kind: 'database', host: 'db', port: 5432, ...database })).toEqual({
    host: 'db',
    port: 5432,
  });
  expect(targetOfConnection({ kind: 'folder', folder: 'a', options: {} })).toBeNull();
});
