import { expect, test } from 'vitest';
import { countPoints, diffConfigurations, isSame } from './config-diff.ts';
import { rebase } from './config-rebase.ts';

const modbus = (more: object = {}) => ({
  name: 'press',
  protocol: 'modbus',
  endpoint: 'tcp://10.0.0.1:502',
  points: [
    { key: 'a', address: 'holding:0', unit: 'Cel' },
    { key: 'b', address: 'holding:1' },
  ],
  ...more,
});
const PROTOCOLS = {
  modbus: {},
  http: {
    oneOf: [
      {
        type: 'object',
        properties: { mode: { const: 'poll' }, body: { type: 'string', secret: true }, endpoint: {} },
      },
    ],
  },
};

test('the same configuration in another order is the same', () => {
  const [first, second] = modbus().points;
  expect(isSame(diffConfigurations([modbus()], [modbus({ points: [second, first] })]))).toBe(true);
});

test('points are told by key: added, removed, changed with old and new', () => {
  const after = modbus({
    points: [
      { key: 'a', address: 'holding:0', unit: 'K' },
      { key: 'c', address: 'holding:2' },
    ],
  });
  const { connections, counts } = diffConfigurations([modbus()], [after]);
  expect(counts).toEqual({
    connections: { added: 0, removed: 0, changed: 1 },
    points: { added: 1, removed: 1, changed: 1 },
  });
  expect(connections[0]?.fields).toEqual([]);
  expect(connections[0]?.pointChanges.map(({ kind, key }) => [kind, key])).toEqual([
    ['changed', 'a'],
    ['added', 'c'],
    ['removed', 'b'],
  ]);
  expect(connections[0]?.pointChanges[0]?.fields).toEqual([
    { path: 'unit', before: 'Cel', after: 'K', secret: false },
  ]);
});

test('fields of a connection are told with their place, also inside groups', () => {
  const before = modbus({ security: { mode: 'None' } });
  const after = modbus({ security: { mode: 'Sign' }, unitId: 3 });
  expect(diffConfigurations([before], [after]).connections[0]?.fields).toEqual([
    { path: 'security.mode', before: 'None', after: 'Sign', secret: false },
    { path: 'unitId', before: undefined, after: 3, secret: false },
  ]);
});

test('a connection that is new, gone, or only renamed', () => {
  const other = { name: 'meter', protocol: 'dlt645', points: [{ key: 'x' }] };
  expect(diffConfigurations([modbus()], [other]).connections.map(({ kind, name }) => [kind, name])).toEqual([
    ['added', 'meter'],
    ['removed', 'press'],
  ]);
  const renamed = diffConfigurations([modbus()], [modbus({ name: 'press-2' })]);
  expect(renamed.connections.map(({ kind, fields }) => [kind, fields])).toEqual([
    ['changed', [{ path: 'name', before: 'press', after: 'press-2', secret: false }]],
  ]);
});

test('no text of a secret is in the difference, whether sealed, marked or named like one', () => {
  const before = [
    { name: 'one', protocol: 'http', mode: 'poll', body: 'sealed:AAA', password: 'old-word' },
    { name: 'two', protocol: 'http', mode: 'poll' },
  ];
  const after = [
    { name: 'one', protocol: 'http', mode: 'poll', body: 'user=me&word=plain', password: 'sealed:BBB' },
    { name: 'two', protocol: 'http', mode: 'poll', body: 'word=plain' },
  ];
  const diff = diffConfigurations(before, after, PROTOCOLS);
  expect(JSON.stringify(diff)).not.toMatch(/AAA|BBB|plain|old-word/);
  expect(diff.connections.flatMap(({ fields }) => fields.map(({ path, secret }) => [path, secret]))).toEqual([
    ['body', true],
    ['password', true],
    ['body', true],
  ]);
});

test('points of a query are points, and other entries of lists are compared by their names', () => {
  const sql = (column: string, statement: string) => ({
    name: 'mes',
    protocol: 'sql',
    queries: [{ name: 'shift', sql: statement, points: [{ key: 'p', column }] }],
  });
  const { connections, counts } = diffConfigurations([sql('a', 'SELECT 1')], [sql('b', 'SELECT 2')]);
  expect(counts.points.changed).toBe(1);
  expect(connections[0]?.fields.map(({ path }) => path)).toEqual(['queries[0].sql']);
  expect(countPoints(sql('a', ''))).toBe(1);
});

test('entries without names are compared as a whole', () => {
  const list = (...codes: number[]) => modbus({ codes });
  expect(diffConfigurations([list(1, 2)], [list(2)]).connections[0]?.fields).toEqual([
    { path: 'codes', before: [1, 2], after: [2], secret: false },
  ]);
});

test('rebasing keeps what each of two people changed, and tells where both did', () => {
  const base = [modbus(), { name: 'old', protocol: 's7' }];
  const mine = [
    modbus({ unitId: 5, points: [{ key: 'a', address: 'holding:9', unit: 'Cel' }, modbus().points[1]] }),
    { name: 'mine', protocol: 'mqtt' },
  ];
  const theirs = [
    modbus({ intervalMs: 500, unitId: 7, points: [...modbus().points, { key: 'c', address: 'coil:0' }] }),
    { name: 'old', protocol: 's7' },
    { name: 'theirs', protocol: 'mqtt' },
  ];
  const { connections, both } = rebase(base, mine, theirs);
  expect(connections).toEqual([
    modbus({
      intervalMs: 500,
      unitId: 5,
      points: [
        { key: 'a', address: 'holding:9', unit: 'Cel' },
        { key: 'b', address: 'holding:1' },
        { key: 'c', address: 'coil:0' },
      ],
    }),
    { name: 'theirs', protocol: 'mqtt' },
    { name: 'mine', protocol: 'mqtt' },
  ]);
  expect(both).toEqual(['press.unitId']);
});

test('what one deleted and the other changed is told', () => {
  const changed = { name: 'press', protocol: 'modbus', unitId: 2 };
  const base = [{ name: 'press', protocol: 'modbus' }];
  expect(rebase(base, [], [changed])).toEqual({ connections: [], both: ['press'] });
  expect(rebase(base, [changed], [])).toEqual({ connections: [changed], both: ['press'] });
});
