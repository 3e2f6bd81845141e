import { expect, test } from 'vitest';
import { checkValue } from './check-value.ts';
import { emptyOf, type JsonSchema, kindOf, readScalar, toVariant } from './json-schema.ts';
import { isSecretAt, withoutSecrets } from './secrets.ts';
import { issuesBelow, issuesByPath, joined, pathOf, replacedAt, stepsOf } from './value-path.ts';

const POINT: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['key'],
  properties: {
    key: { type: 'string', minLength: 1, pattern: '^[\\p{L}\\p{N}][\\p{L}\\p{N}._-]*$' },
    scale: { type: 'number', default: 1 },
    range: { type: 'array', prefixItems: [{ type: 'number' }, { type: 'number' }], minItems: 2, maxItems: 2 },
    column: {
      anyOf: [
        { type: 'string', minLength: 1 },
        { type: 'integer', minimum: 1 },
      ],
    },
  },
};
const SCHEMA: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'points'],
  properties: {
    name: { type: 'string', maxLength: 5 },
    unitId: { type: 'integer', minimum: 0, maximum: 255 },
    mode: { type: 'string', enum: ['a', 'b'] },
    password: { type: 'string', minLength: 4 },
    headers: { type: 'object', secret: true, additionalProperties: { type: 'string' } },
    points: { type: 'array', minItems: 1, items: POINT },
  },
};
const faults = (value: unknown) => checkValue(SCHEMA, value).map(({ path, fault }) => `${path} ${fault}`);
const good = { name: 'a', points: [{ key: '窑头.温度' }] };

test.each([
  ['nothing wrong', good, []],
  ['what is missing', {}, ['name missing', 'points missing']],
  ['an empty text for a needed one', { ...good, name: '' }, ['name missing']],
  ['bounds', { ...good, unitId: 256 }, ['unitId tooLarge']],
  ['whole numbers', { ...good, unitId: 1.5 }, ['unitId notWhole']],
  ['a list of choices', { ...good, mode: 'c' }, ['mode notAllowed']],
  ['length', { ...good, name: 'abcdef' }, ['name tooLong']],
  ['a key that nobody knows', { ...good, unit: 1 }, ['unit unknownKey']],
  ['a pattern, at its row', { ...good, points: [{ key: 'x' }, { key: ' x' }] }, ['points[1].key pattern']],
  ['a key used twice', { ...good, points: [{ key: 'x' }, { key: 'x' }] }, ['points[1].key twice']],
  ['a pair', { ...good, points: [{ key: 'x', range: [1, null] }] }, ['points[0].range[1] notNumber']],
  ['text or number', { ...good, points: [{ key: 'x', column: 0 }] }, ['points[0].column tooSmall']],
  ['a sealed secret', { ...good, password: 'sealed:x' }, []],
  ['too few entries', { ...good, points: [] }, ['points tooFew']],
])('checks %s', (_, value, expected) => {
  expect(faults(value)).toEqual(expected);
});

test('a list is checked again only where a point changed', () => {
  const points = Array.from({ length: 5_000 }, (_, at) => ({ key: `p${at}` }));
  checkValue(SCHEMA, { name: 'a', points });
  const first = checkValue(POINT, points[7]);
  expect(checkValue(POINT, points[7])).toBe(first);
  expect(faults({ name: 'a', points: points.map((each, at) => (at === 7 ? { key: '' } : each)) })).toEqual([
    'points[7].key missing',
  ]);
});

test('kinds, beginnings and typed values', () => {
  expect(kindOf(SCHEMA.properties?.headers ?? {})).toBe('record');
  expect(kindOf(SCHEMA.properties?.points ?? {})).toBe('rows');
  expect(kindOf(POINT.properties?.range ?? {})).toBe('tuple');
  expect(emptyOf(SCHEMA)).toEqual({ points: [] });
  const column = POINT.properties?.column ?? {};
  expect(['3', ' x', '', '3a'].map((text) => readScalar(column, text))).toEqual([3, ' x', undefined, '3a']);
});

test('another kind keeps what it knows and drops the rest', () => {
  const schema: JsonSchema = {
    oneOf: [
      {
        type: 'object',
        required: ['mode', 'endpoint'],
        properties: { mode: { const: 'poll' }, endpoint: { type: 'string' }, points: { type: 'array' } },
      },
      {
        type: 'object',
        required: ['mode', 'listen'],
        properties: { mode: { const: 'push' }, listen: { type: 'string' }, points: { type: 'array' } },
      },
    ],
  };
  expect(toVariant(schema, { mode: 'poll', endpoint: 'http://x', points: [1] }, 'push')).toEqual({
    mode: 'push',
    points: [1],
  });
  expect(checkValue(schema, { mode: 'push' }).map(({ path }) => path)).toEqual(['listen']);
});

test('secrets are found by mark, above it, and by name; sealed ones may stay', () => {
  expect(isSecretAt(SCHEMA, ['headers', 'x-key'])).toBe(true);
  expect(isSecretAt(SCHEMA, ['name'])).toBe(false);
  const value = { name: 'a', password: 'word', headers: { 'x-key': 'abc', old: 'sealed:1' }, points: [] };
  expect(withoutSecrets(SCHEMA, value)).toEqual({
    value: { name: 'a', headers: { old: 'sealed:1' }, points: [] },
    removed: ['password', 'headers.x-key'],
  });
  // A protocol that told no schema: names alone.
  expect(withoutSecrets(undefined, { a: { token: 'x' } }).removed).toEqual(['a.token']);
});

test('places are read, written and followed', () => {
  expect(stepsOf('connections[0].points[3].deadband.range[1]')).toEqual([
    'connections',
    0,
    'points',
    3,
    'deadband',
    'range',
    1,
  ]);
  expect(pathOf(stepsOf('a[0].b'))).toBe('a[0].b');
  expect([joined('a', 'b'), joined('a', '[0]'), joined('', 'b')]).toEqual(['a.b', 'a[0]', 'b']);
  expect(replacedAt({ a: [{ b: 1 }, { b: 2 }] }, ['a', 1, 'b'], 3)).toEqual({ a: [{ b: 1 }, { b: 3 }] });
  const issues = issuesByPath([
    { path: 'connections[1].name', message: 'x' },
    { path: 'connections[10].name', message: 'y' },
  ]);
  expect([...issuesBelow(issues, 'connections[1]')]).toEqual([['name', ['x']]]);
});
