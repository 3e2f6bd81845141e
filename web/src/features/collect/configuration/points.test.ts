import { PointKey } from '@ronghe/contracts';
import { expect, test } from 'vitest';
import type { JsonSchema } from '../form/json-schema.ts';
import { pointsOf } from './browse-drawer.tsx';
import { inGroups } from './certificate-card.tsx';
import { usualTarget, withImported } from './import-merge.ts';
import { newConnection } from './new-connection.ts';
import { cellFields, ownColumns, pointMatches } from './point-columns.ts';
import { suggestKey } from './point-key.ts';
import { readPasted } from './point-paste.ts';

const ITEM: JsonSchema = {
  type: 'object',
  required: ['key', 'address'],
  properties: {
    key: { type: 'string' },
    name: { type: 'string' },
    unit: { type: 'string' },
    deadband: { type: 'object', properties: { absolute: { type: 'number' } } },
    encoding: { type: 'string', enum: ['int16', 'float32'] },
    address: { type: 'string' },
    scale: { type: 'number', default: 1 },
    signed: { type: 'boolean' },
    type: { type: 'string', enum: ['number', 'boolean', 'text'], default: 'number' },
  },
};
const SCHEMA: JsonSchema = { type: 'array', items: ITEM };

test.each([
  [['press', '主轴 温度'], 'press.主轴-温度'],
  [['窑头', '/A/B'], '窑头.A-B'],
  [['a', '', '  '], 'a'],
  [['…'], 'point'],
  [['x'.repeat(400)], 'x'.repeat(256)],
  [['Übertemperatur', '№ 1'], 'Übertemperatur.1'],
])('suggests a key of %j', (names, expected) => {
  const key = suggestKey(names, new Set());
  expect(key).toBe(expected);
  expect(PointKey.safeParse(key).success).toBe(true);
});

test('a suggested key is free', () => {
  expect(suggestKey(['a'], new Set(['a', 'a-2']))).toBe('a-3');
  expect(suggestKey(['x'.repeat(300)], new Set(['x'.repeat(256)]))).toHaveLength(256);
});

test('what was browsed becomes points, each under a key of its own', () => {
  const found = ['1', '2'].map((id) => ({
    names: ['Boiler', 'Temp'],
    item: {
      id: `ns=2;i=${id}`,
      name: 'Temp',
      kind: 'point' as const,
      type: id === '1' ? ('number' as const) : ('boolean' as const),
      unit: 'Cel',
      description: null,
    },
  }));
  expect(pointsOf(found, { schema: SCHEMA, points: [{ key: 'ua.Boiler.Temp' }], prefix: 'ua' })).toEqual([
    { key: 'ua.Boiler.Temp-2', name: 'Temp', unit: 'Cel', address: 'ns=2;i=1' },
    { key: 'ua.Boiler.Temp-3', name: 'Temp', unit: 'Cel', type: 'boolean', address: 'ns=2;i=2' },
  ]);
});

test('columns: the needed ones of the protocol come first', () => {
  expect(ownColumns(ITEM, 'modbus')).toEqual(['address', 'encoding']);
  expect(cellFields(ITEM)).toEqual(['key', 'address', 'name', 'unit', 'type', 'encoding', 'scale', 'signed']);
});

test('a table with titles in any language, units and quoted cells is read', () => {
  const titles = new Map([
    ['点位键', 'key'],
    ['寄存器地址', 'address'],
    ['倍率', 'scale'],
  ]);
  const text =
    '点位键\t寄存器地址\t倍率\tsigned\t编码\n"a\n""1"""\tholding:0\t0.1\t是\tint16\r\nb\tholding:1\t\t\t\n';
  const pasted = readPasted(text, ITEM, [], titles);
  expect(pasted.columns.map(({ field }) => field)).toEqual(['key', 'address', 'scale', 'signed', null]);
  expect(pasted.rows).toEqual([
    { key: 'a\n"1"', address: 'holding:0', scale: 0.1, signed: true },
    { key: 'b', address: 'holding:1' },
  ]);
});

test('a table without titles is read in the order of the fields', () => {
  const pasted = readPasted('a\tFLOAT32\t窑头', ITEM, ['key', 'encoding', 'name'], new Map());
  expect(pasted.headed).toBe(false);
  expect(pasted.rows).toEqual([{ key: 'a', encoding: 'float32', name: '窑头' }]);
});

test('a search finds words in any order', () => {
  const point = { key: 'kiln.temp', name: '窑头温度', address: 'holding:3' };
  expect(['holding kiln', '窑头 TEMP', ''].map((text) => pointMatches(point, text))).toEqual([
    true,
    true,
    true,
  ]);
  expect(pointMatches(point, 'kiln pressure')).toBe(false);
});

test('imported points go into the connection of the same name and protocol, by key', () => {
  const connections = [{ name: 'plc', protocol: 'modbus', unitId: 4, points: [{ key: 'a', unit: 'K' }] }];
  const imported = {
    name: 'plc',
    protocol: 'modbus',
    config: { name: 'plc', protocol: 'modbus', unitId: 1, points: [{ key: 'a', scale: 2 }, { key: 'b' }] },
  };
  const target = usualTarget(imported, connections);
  expect(target).toEqual({ kind: 'into', connection: 0 });
  expect(withImported(connections, [{ connection: imported, target }])).toEqual([
    { ...connections[0], points: [{ key: 'a', unit: 'K', scale: 2 }, { key: 'b' }] },
  ]);
  const asNew = withImported(connections, [{ connection: imported, target: { kind: 'new' } }]);
  expect(asNew.map(({ name }) => name)).toEqual(['plc', 'plc-1']);
  expect(withImported(connections, [{ connection: imported, target: { kind: 'skip' } }])).toEqual(
    connections,
  );
});

test('a new connection has what its schema demands and a free name', () => {
  const schema: JsonSchema = {
    type: 'object',
    required: ['name', 'protocol', 'endpoint', 'points'],
    properties: { name: {}, protocol: { const: 's7' }, endpoint: { type: 'string' }, points: SCHEMA },
  };
  expect(newConnection('s7', schema, [{ name: 's7-1' }])).toEqual({
    name: 's7-2',
    protocol: 's7',
    points: [],
  });
});

test('a fingerprint is told in groups of four', () => {
  expect(inGroups('ab:cd:ef:01:23')).toBe('ABCD EF01 23');
});
