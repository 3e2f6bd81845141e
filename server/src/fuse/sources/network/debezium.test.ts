import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readChangeEvents } from './debezium.ts';
import { type ConnectSchema, decimalOf, readConnectValue } from './debezium-values.ts';

const SEED = 20260331;
const KEY = ['id'];
const create = (row: object, op = 'c') => ({ op, before: null, after: row, source: { ts_ms: 1 }, ts_ms: 2 });
const update = (before: object | null, after: object) => ({ op: 'u', before, after });
const remove = (before: object | null) => ({ op: 'd', before, after: null });
/** What a table holds after a batch. */
const apply = (events: readonly unknown[], table: Map<unknown, unknown> = new Map()) => {
  const batch = readChangeEvents(events, KEY);
  if (batch.emptied) table.clear();
  for (const [index, row] of batch.rows.entries())
    if (batch.deleted.has(index)) table.delete(row.id);
    else table.set(row.id, row);
  return { ...batch, table };
};

describe('events become rows', () => {
  test('creates, snapshots and updates are rows, deletes are deletions, in the order of the last events', () => {
    const found = readChangeEvents(
      [
        create({ id: 1 }),
        create({ id: 2 }, 'r'),
        update({ id: 1 }, { id: 1, a: 2 }),
        remove({ id: 2 }),
        null,
      ],
      KEY,
    );
    expect(found).toEqual({
      rows: [{ id: 1, a: 2 }, { id: 2 }],
      deleted: new Set([1]),
      emptied: false,
      rejects: [],
      ignored: 1,
    });
  });

  test('an update that changes the key takes the old row away', () => {
    const found = readChangeEvents([update({ id: 1, a: 1 }, { id: 2, a: 1 })], KEY);
    expect(found.rows).toEqual([
      { id: 1, a: 1 },
      { id: 2, a: 1 },
    ]);
    expect([...found.deleted]).toEqual([0]);
  });

  test('a truncated table is what came after', () => {
    const found = readChangeEvents([create({ id: 1 }), { op: 't' }, create({ id: 2 })], KEY);
    expect(found).toMatchObject({ rows: [{ id: 2 }], emptied: true });
  });

  test('every wrapping holds the same event: schema, record with key, CloudEvent', () => {
    const event = create({ id: 1 });
    const wrapped = [
      event,
      { schema: { type: 'struct' }, payload: event },
      { schema: null, payload: event },
      { key: { id: 1 }, value: event },
      { key: null, value: { payload: event } },
      { specversion: '1.0', id: 'x', source: '/s', type: 't', data: { schema: {}, payload: event } },
      { specversion: '1.0', id: 'x', source: '/s', type: 't', data: event },
    ];
    for (const one of wrapped)
      expect(readChangeEvents([one], KEY).rows, JSON.stringify(one)).toEqual([{ id: 1 }]);
  });

  test('a deletion takes its key from the record when the event does not tell it; a tombstone too', () => {
    const key = { schema: { type: 'struct', fields: [] }, payload: { id: 7 } };
    for (const value of [remove(null), { payload: remove(null) }, null, { payload: null }]) {
      const found = readChangeEvents([create({ id: 7 }), { key, value }], KEY);
      expect(found.rows).toEqual([{ id: 7 }]);
      expect(found.deleted.size).toBe(1);
    }
  });

  test('heartbeats, transactions, messages and statements change nothing', () => {
    const events = [
      { ts_ms: 1 },
      { status: 'BEGIN', id: '571', event_count: null },
      { op: 'm', message: {} },
      { databaseName: 'a', ddl: 'create table b' },
      { key: null, value: null },
      {},
    ];
    expect(readChangeEvents(events, KEY)).toMatchObject({ rows: [], rejects: [], ignored: events.length });
  });

  test('alternatives of the row key name the same row', () => {
    const found = readChangeEvents(
      [create({ code: '', name: 'A' }), create({ code: null, name: 'A', x: 1 })],
      ['code|name'],
    );
    expect(found.rows).toEqual([{ code: null, name: 'A', x: 1 }]);
  });

  test.each([
    [5, 'not an object'],
    [[], 'not an object'],
    [{ id: 1, name: 'x' }, 'no "op"'],
    [{ op: 'x' }, 'unknown op'],
    [{ op: 'c', after: null }, '"after" holds no row'],
    [{ op: 'u', after: null, updateDescription: {} }, 'change_streams_update_full'],
    [{ op: 'c', after: '{broken' }, '"after" holds no row'],
    [create({ name: 'x' }), 'row key id is missing'],
    [create({ id: '' }), 'row key id is missing'],
    [remove(null), 'send the key'],
    [create({ id: 1, text: '__debezium_unavailable_value' }), 'REPLICA IDENTITY FULL'],
  ])('%o is rejected: %s', (event, reason) => {
    const { rows, rejects } = readChangeEvents([create({ id: 9 }), event], KEY);
    expect(rows).toEqual([{ id: 9 }]);
    expect(rejects).toEqual([
      { place: 2, reason: expect.stringContaining(reason), text: JSON.stringify(event) },
    ]);
  });

  test('a value that was left out is taken from the row as it was', () => {
    const event = update({ id: 1, text: 'long' }, { id: 1, text: '__debezium_unavailable_value' });
    expect(readChangeEvents([event], KEY).rows).toEqual([{ id: 1, text: 'long' }]);
  });

  test('a column whose name pgoutput of Debezium 3.0 broke byte by byte has its name again', () => {
    const broken = Array.from(Buffer.from('名称1'), (byte) =>
      String.fromCharCode(byte < 0x80 ? byte : 0xff00 + byte),
    ).join('');
    expect(broken).not.toBe('名称1');
    const [row] = readChangeEvents([create({ id: 1, [broken]: 'x', 名称: 'y', ﾐｱ: 'z' })], KEY).rows;
    expect(row).toEqual({ id: 1, 名称1: 'x', 名称: 'y', ﾐｱ: 'z' });
  });

  test('documents of MongoDB, by text, with keys and numbers of extended JSON', () => {
    const after = {
      _id: { $oid: '6151c1a5e4b0a1a2b3c4d5e6' },
      n: { $numberLong: '9007199254740993' },
      small: { $numberInt: '5' },
      price: { $numberDecimal: '10.50' },
      at: { $date: 1_774_915_200_000 },
      old: { $date: { $numberLong: '0' } },
      in: { list: [{ $numberDouble: 'Infinity' }] },
    };
    const key = { id: '{"$oid":"6151c1a5e4b0a1a2b3c4d5e6"}' };
    const row = {
      _id: '6151c1a5e4b0a1a2b3c4d5e6',
      n: '9007199254740993',
      small: 5,
      price: '10.50',
      at: '2026-03-31T00:00:00.000Z',
      old: '1970-01-01T00:00:00.000Z',
      in: { list: ['Infinity'] },
    };
    const event = { op: 'c', before: null, after: JSON.stringify(after) };
    expect(readChangeEvents([{ key, value: event }], ['_id']).rows).toEqual([row]);
    const gone = readChangeEvents([{ key, value: { op: 'd', before: null, after: null } }], ['_id']);
    expect(gone.rows[0]).toMatchObject({ _id: row._id });
    expect(gone.deleted.size).toBe(1);
  });
});

describe('values by their schema', () => {
  const named = (name: string, parameters?: Record<string, string>): ConnectSchema => ({
    name,
    ...(parameters ? { parameters } : {}),
  });
  const decimal = named('org.apache.kafka.connect.data.Decimal', { scale: '2' });
  test.each<[unknown, ConnectSchema | undefined, unknown]>([
    [20_543, named('io.debezium.time.Date'), '2026-03-31'],
    [-1, named('org.apache.kafka.connect.data.Date'), '1969-12-31'],
    [1_774_915_200_123, named('io.debezium.time.Timestamp'), '2026-03-31 00:00:00.123'],
    [1_774_915_200_000_001, named('io.debezium.time.MicroTimestamp'), '2026-03-31 00:00:00.000001'],
    ['1774915200000000001', named('io.debezium.time.NanoTimestamp'), '2026-03-31 00:00:00.000000001'],
    [-1, named('io.debezium.time.Timestamp'), '1969-12-31 23:59:59.999'],
    [45_296_000, named('io.debezium.time.Time'), '12:34:56'],
    [45_296_500_000, named('io.debezium.time.MicroTime'), '12:34:56.5'],
    ['9223372036854775807', named('io.debezium.time.MicroTimestamp'), '9223372036854775807'],
    [2_147_483_647, named('io.debezium.time.Date'), 2_147_483_647],
    ['2026-03-31T08:00:00Z', named('io.debezium.time.ZonedTimestamp'), '2026-03-31T08:00:00Z'],
    ['AMM=', decimal, '1.95'],
    ['/w==', decimal, '-0.01'],
    ['AA==', decimal, '0.00'],
    ['12.50', decimal, '12.50'],
    [{ scale: 3, value: 'AMM=' }, undefined, '0.195'],
    [{ scale: -2, value: 'BQ==' }, named('io.debezium.data.VariableScaleDecimal'), '500'],
    [
      { scale: 3, value: 'AMM=' },
      { type: 'struct', name: 'mine' },
      { scale: 3, value: 'AMM=' },
    ],
    [[1, 2], { type: 'array', items: named('io.debezium.time.Date') }, ['1970-01-02', '1970-01-03']],
    [{ a: 1 }, { type: 'map', values: named('io.debezium.time.Date') }, { a: '1970-01-02' }],
    [20_543, undefined, 20_543],
    [null, decimal, null],
  ])('%o of %o is %o', (value, schema, read) => expect(readConnectValue(value, schema)).toEqual(read));

  test('fields of a whole event with its schema, as the JSON converter of Kafka Connect writes it', () => {
    const image = (field: string) => ({
      type: 'struct',
      field,
      fields: [
        { field: 'id', type: 'int64' },
        { field: 'amount', type: 'bytes', ...decimal },
        { field: 'day', type: 'int32', name: 'io.debezium.time.Date' },
      ],
    });
    const event = {
      schema: { type: 'struct', fields: [image('before'), image('after')] },
      payload: update({ id: 1, amount: 'AMM=', day: 0 }, { id: 1, amount: 'AMQ=', day: 1 }),
    };
    expect(readChangeEvents([event], KEY).rows).toEqual([{ id: 1, amount: '1.96', day: '1970-01-02' }]);
  });

  test('decimals come back exactly', () => {
    const bytesOf = (value: bigint): string => {
      let length = 1;
      while (BigInt.asIntN(length * 8, value) !== value) length += 1;
      const hex = BigInt.asUintN(length * 8, value)
        .toString(16)
        .padStart(length * 2, '0');
      return Buffer.from(hex, 'hex').toString('base64');
    };
    const big = fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n });
    fc.assert(
      fc.property(big, fc.integer({ min: 0, max: 30 }), (unscaled, scale) => {
        const text = decimalOf(bytesOf(unscaled), scale) ?? '';
        expect(BigInt(text.replace('.', ''))).toBe(unscaled);
        expect((text.split('.')[1] ?? '').length).toBe(scale);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
});

describe('whatever comes', () => {
  const id = fc.integer({ min: 0, max: 4 });
  const row = fc.record({ id, v: fc.integer() });
  const event = fc.oneof(
    row.map((one) => create(one)),
    row.map((one) => update({ id: one.id }, one)),
    fc.tuple(id, row).map(([old, one]) => update({ id: old }, one)),
    id.map((one) => remove({ id: one })),
    fc.constant({ op: 't' }),
    fc.constant(null),
  );

  test('batches applied one after the other leave what single events leave', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), fc.integer({ min: 1, max: 10 }), (events, size) => {
        const [single, batched] = [new Map(), new Map()];
        for (const one of events) apply([one], single);
        for (let at = 0; at < events.length; at += size) apply(events.slice(at, at + size), batched);
        expect(batched).toEqual(single);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  test('a batch applied twice leaves what it left, and names each key once', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        const once = apply(events);
        expect(apply(events, new Map(once.table)).table).toEqual(once.table);
        expect(new Set(once.rows.map((one) => one.id)).size).toBe(once.rows.length);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  test('nothing throws, and every event is a row, a reject or ignored', () => {
    const odd = fc.record(
      {
        op: fc.constantFrom('c', 'u', 'd', 'r', 't', 'm', 'x', 7, null),
        before: fc.jsonValue(),
        after: fc.jsonValue(),
        schema: fc.jsonValue(),
        payload: fc.jsonValue(),
        key: fc.jsonValue(),
        value: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    const wrapped = fc.oneof(odd, fc.record({ schema: fc.jsonValue(), payload: odd }), fc.jsonValue());
    fc.assert(
      fc.property(fc.array(wrapped), (events) => {
        const { rejects, ignored } = readChangeEvents(events, KEY);
        expect(rejects.length + ignored).toBeLessThanOrEqual(events.length);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});
