import type { ConnectionDocument } from '@ronghe/contracts';
import { describe, expect, it } from 'vitest';
import { changeTexts, pointsOf, purposeOf } from './secrets.ts';

const schema = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    security: {
      type: 'object',
      properties: { user: { type: 'string' }, pin: { anyOf: [{ type: 'string', secret: true }] } },
    },
    headers: { type: 'object', additionalProperties: { type: 'string' }, secret: true },
    codes: { type: 'array', prefixItems: [{ type: 'string' }, { type: 'string', secret: true }] },
    login: { $ref: '#/$defs/Login' },
    mode: { oneOf: [{ properties: { body: { type: 'string', secret: true } } }, {}] },
  },
  $defs: { Login: { properties: { word: { type: 'string', secret: true } } } },
};

async function secretsOf(connection: ConnectionDocument, of: object = schema) {
  const found: string[] = [];
  const copy = await changeTexts(connection, of as never, async ({ path, value, secret }) => {
    if (secret) found.push(path);
    return value;
  });
  expect(copy).toEqual(connection);
  return found;
}
const connection = (more: object): ConnectionDocument => ({ name: 'a', protocol: 'p', ...more });

describe('secrets of a connection', () => {
  it.each([
    ['a marked text behind a choice', { security: { user: 'u', pin: '1' } }, ['security.pin']],
    [
      'every value of a marked record',
      { headers: { 'X-Key': 'k', Accept: 'j' } },
      ['headers.X-Key', 'headers.Accept'],
    ],
    ['a place of a tuple', { codes: ['open', 'shut', 'more'] }, ['codes[1]']],
    ['what a reference leads to', { login: { word: 'w', user: 'u' } }, ['login.word']],
    ['an alternative', { mode: { body: 'b' } }, ['mode.body']],
    [
      'what is named like one, mark or not',
      { other: { password: 'x', token: 'y' } },
      ['other.password', 'other.token'],
    ],
    ['no key of a point', { points: [{ key: 'p.1', address: 'holding:1' }] }, []],
  ])('are found: %s', async (_what, more, expected) => {
    expect(await secretsOf(connection(more))).toEqual(expected);
  });

  it('are found by name without a schema', async () => {
    expect(await secretsOf(connection({ security: { pin: '1', password: 'x' } }), {})).toEqual([
      'security.password',
    ]);
  });

  it('do not hide in a depth that nobody looks into', async () => {
    let deep: object = { text: 'hidden' };
    for (let level = 0; level < 30; level += 1) deep = { in: deep };
    expect(await secretsOf(connection({ deep }))).toHaveLength(1);
  });

  it('a number in the place of a secret is one', async () => {
    const changed = await changeTexts(
      connection({ login: { word: 1234 } }),
      schema,
      async ({ secret, value }) => (secret ? 'sealed' : value),
    );
    expect(changed).toEqual(connection({ login: { word: 'sealed' } }));
  });
});

describe('what a secret is bound to', () => {
  const plain = connection({ endpoint: 'tcp://a:1', interval: 5, points: [{ address: '1' }] });
  it('does not change with intervals and points', () => {
    expect(purposeOf('c', { ...plain, interval: 6, points: [{ address: '2' }] })).toBe(purposeOf('c', plain));
  });
  it.each([
    ['another collector', 'd', plain],
    ['another connection', 'c', { ...plain, name: 'b' }],
    ['another protocol', 'c', { ...plain, protocol: 'q' }],
    ['another address', 'c', { ...plain, endpoint: 'tcp://evil:1' }],
    ['an address more', 'c', { ...plain, login: { url: 'http://evil' } }],
    ['an address in a list', 'c', { ...plain, servers: [{ host: 'evil' }] }],
  ])('changes with %s', (_what, collector, changed) => {
    expect(purposeOf(collector, changed)).not.toBe(purposeOf('c', plain));
  });
});

it('points are counted wherever a protocol lists them', () => {
  expect(pointsOf(connection({ points: [{}, {}], stations: [{ points: [{}] }, { points: [] }] }))).toBe(3);
});
