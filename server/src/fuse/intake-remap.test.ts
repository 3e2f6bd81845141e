import type { FieldMapping, MappingSaved, NewSource, Run, Source } from '@ronghe/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { json, startServer, type TestServer } from './sources/network/network.fixture.ts';
import { type IntakeTest, type Row, startIntake } from './testing/intake-platform.ts';

const map = (from: string, to: string, transform: string): FieldMapping => ({
  ...{ from, to, transform, unit: null },
  values: {},
});
const OLDER = [map('name', 'column:name', 'text')];
const NEWER = [...OLDER, map('amount', 'column:amount', 'number')];
const PUSH = { kind: 'push', format: 'rows' };

let intake: IntakeTest;
let server: TestServer;
let list: Row[] = [];
const asked: (string | null)[] = [];
beforeAll(async () => {
  server = await startServer((request, response) => {
    const since = new URL(request.url ?? '', 'http://a').searchParams.get('since');
    asked.push(since);
    const rows = list.filter(({ at }) => since === null || String(at) >= since);
    json(response, { code: 0, data: { total: rows.length, list: rows } });
  });
  intake = await startIntake({ fuseSourceHosts: [server.host] });
}, 120_000);
afterAll(async () => {
  await intake?.stop();
  await server?.stop();
});

type Shown = { rowKey: string; values: Record<string, string> };
/** Standardised values as readers see them, by row key. */
async function valuesOf(source: string): Promise<Record<string, Record<string, string>>> {
  const { items } = await intake.get<{ items: Shown[] }>(`/api/fuse/sources/${source}/rows?limit=500`);
  return Object.fromEntries(items.map(({ rowKey, values }) => [rowKey, values]));
}

async function remap(source: string): Promise<Run> {
  const started = await intake.call<{ run: string }>('POST', `/api/fuse/sources/${source}/runs`, {
    payload: { from: 'landed' },
  });
  expect(started.status, started.text).toBe(202);
  return intake.settled(started.body.run);
}

async function saveMapping(source: string, content: Partial<NewSource>): Promise<MappingSaved> {
  const { mapping, rowKey, periodField } = await intake.get<Source>(`/api/fuse/sources/${source}`);
  const answer = await intake.call<MappingSaved>('POST', `/api/fuse/sources/${source}/mappings`, {
    payload: { rowKey, periodField, mappings: OLDER, tests: [], ...content, basedOn: mapping },
  });
  expect(answer.status, answer.text).toBe(201);
  return answer.body;
}

/** Raw rows as they stand in the landing table: never touched by a run that reads them again. */
const landing = (source: string) =>
  intake.platform.analytics.query(
    `select row_key, number, row_hash, change, file, place, toString(received_at) as at, row from fuse.landing
     where source = {source:String} order by row_key, number`,
    { params: { source } },
  );
const older = async (source: string) => (await intake.get<Source>(`/api/fuse/sources/${source}`)).rowsOlder;

test('an incremental source: what nobody sends again gets the newest form; bookmark and raw rows stay', async () => {
  const reading = { sinceParameter: 'since', pageSize: 50 };
  const { id } = await intake.register({
    ...{ key: 'fetched', mode: 'incremental', watermarkField: 'at', mappings: OLDER },
    connection: { kind: 'http-json', url: server.url, tokenPath: '', listPath: '/list', reading },
  });
  list = [
    { id: 'a', name: 'a1', amount: '1,200', at: '2026-03-01' },
    { id: 'b', name: 'b1', amount: '7', at: '2026-03-02' },
  ];
  await intake.run(id);
  list.push({ id: 'b', name: 'b2', amount: '8', at: '2026-03-03' });
  await intake.run(id);
  expect(await older(id)).toBe(0);
  const raw = await landing(id);
  const saved = await saveMapping(id, { mappings: NEWER });
  expect(saved).toMatchObject({ version: 2, rowsOlder: 2 });
  expect(await older(id)).toBe(2);
  // a fetch brings what is new in the newest form and leaves the rest
  list.push({ id: 'c', name: 'c1', amount: '9', at: '2026-03-04' });
  expect(await intake.run(id)).toMatchObject({ from: 'source', rowsNew: 1 });
  expect(await older(id)).toBe(1);
  expect((await valuesOf(id)).a).toEqual({ 'column:name': 'a1' });

  const questions = asked.length;
  const run = await remap(id);
  expect(run).toMatchObject({
    ...{ state: 'succeeded', from: 'landed', mode: 'incremental', mapping: 2, drift: [] },
    ...{ rowsIn: 3, rowsLanded: 3, rowsUnchanged: 3, rowsNew: 0, rowsChanged: 0, rowsGone: 0 },
  });
  expect(asked).toHaveLength(questions);
  expect(await valuesOf(id)).toEqual({
    a: { 'column:name': 'a1', 'column:amount': '1200' },
    b: { 'column:name': 'b2', 'column:amount': '8' },
    c: { 'column:name': 'c1', 'column:amount': '9' },
  });
  expect(await older(id)).toBe(0);
  expect((await landing(id)).filter((row) => (row as Row).row_key !== 'c')).toEqual(raw);
  await intake.run(id);
  expect(asked.at(-1)).toBe('2026-03-04');
  // once more changes nothing
  expect(await remap(id)).toMatchObject({ state: 'succeeded', rowsUnchanged: 3, valuesChanged: 0 });
});

describe('a source to which systems push', () => {
  test('removed rows stay removed, refused ones come good, nothing is asked of the sender', async () => {
    const { id } = await intake.register({
      ...{ key: 'pushed', mode: 'incremental', connection: PUSH, mappings: OLDER },
      ...{ rowKey: ['id', 'month'], periodField: 'month' },
    });
    const month = '2026-05';
    await intake.push(id, {
      rows: ['a', 'b', 'c'].map((key) => ({ id: key, month, name: key, amount: '1', 月份: month })),
    });
    await intake.push(id, { deleted: [{ id: 'c', month }] });
    const refused = await intake.push(id, {
      rows: [{ id: 'd', month: '五月', name: 'd', amount: '4', 月份: '2026-05' }],
    });
    expect(refused.rowsRejected).toBe(1);
    if (refused.state === 'held') await intake.decide(refused.id, 'publish');
    expect((await intake.settled(refused.id)).state).toBe('succeeded');
    await saveMapping(id, { mappings: NEWER, rowKey: ['id', '月份'], periodField: '月份' });
    const run = await remap(id);
    // rows are named as before, so none is new but the one that was refused
    expect(run).toMatchObject({ state: 'succeeded', rowsIn: 3, rowsNew: 1, rowsUnchanged: 2, rowsGone: 0 });
    expect(await valuesOf(id)).toEqual(
      Object.fromEntries(
        ['a', 'b', 'd'].map((key) => [
          `${key}|${month}`,
          { 'column:name': key, 'column:amount': key === 'd' ? '4' : '1' },
        ]),
      ),
    );
  });

  test('another row key: the older names go, two rows that become one are the newer', async () => {
    const { id } = await intake.register({
      key: 'renamed',
      mode: 'incremental',
      connection: PUSH,
      mappings: OLDER,
    });
    await intake.push(id, {
      rows: [
        { id: 'z', code: 'one', name: 'old' },
        { id: 'y', code: 'two', name: 'two' },
      ],
    });
    await intake.push(id, { rows: [{ id: 'a', code: 'one', name: 'new' }] });
    const before = (await landing(id)) as { row_key: string; file: string; place: number }[];
    await saveMapping(id, { rowKey: ['code'] });
    const run = await remap(id);
    expect(run).toMatchObject({ state: 'succeeded', rowsIn: 3, rowsRejected: 0, rowsNew: 2, rowsGone: 3 });
    expect(await valuesOf(id)).toEqual({ one: { 'column:name': 'new' }, two: { 'column:name': 'two' } });
    const after = (await landing(id)) as typeof before;
    const placeOf = (rows: typeof before, key: string) => rows.find(({ row_key }) => row_key === key);
    expect(placeOf(after, 'two')).toMatchObject({
      file: placeOf(before, 'y')?.file,
      place: placeOf(before, 'y')?.place,
    });
  });

  test('rows that keep their name but stand behind another enterprise are not there twice, nor their months', async () => {
    const mappings = [map('name', 'name', 'name')];
    const monthly = [...mappings, map('assets', 'indicator:ASSETS', 'number')];
    const { id } = await intake.register({
      ...{ key: 'moved-rows', mode: 'incremental', target: 'enterprise', connection: PUSH, mappings },
      ...{ rowKey: ['id', 'month'], periodField: null },
    });
    const rows = ['2026-03', '2026-04'].map((month) => ({
      id: 'm',
      name: '搬迁制造有限公司',
      month,
      assets: 5,
    }));
    const first = await intake.push(id, { rows });
    if (first.state === 'held') await intake.decide(first.id, 'publish');
    expect((await intake.settled(first.id)).state).toBe('succeeded');
    await saveMapping(id, { mappings: monthly, periodField: 'month' });
    const run = await remap(id);
    if (run.state === 'held') await intake.decide(run.id, 'publish');
    expect(await intake.settled(run.id)).toMatchObject({ state: 'succeeded', rowsUnchanged: 2, rowsGone: 0 });
    expect(Object.keys(await valuesOf(id))).toEqual(['m|2026-03', 'm|2026-04']);
    expect(await intake.get(`/api/fuse/sources/${id}`)).toMatchObject({ records: 2, rowsOlder: 0 });
    const months = await intake.platform.analytics.query(
      `select entity_key, period from (
         select * from fuse.indicator_version where source = {source:String}
         order by version desc limit 1 by entity_key, code, period, row_key
       ) where gone = 0 order by period`,
      { params: { source: id } },
    );
    expect(months).toMatchObject(['2026-03', '2026-04'].map((period) => ({ entity_key: 'm', period })));
    // found again by their names: nothing is new or gone
    expect(await remap(id)).toMatchObject({ rowsUnchanged: 2, rowsNew: 0, rowsGone: 0 });
    const again = await intake.push(id, { rows });
    expect(await intake.settled(again.id)).toMatchObject({ rowsUnchanged: 2, rowsNew: 0 });
  });

  test('it is held like any run: readers keep the older form until somebody decides', async () => {
    const { id } = await intake.register({
      key: 'gated',
      mode: 'incremental',
      connection: PUSH,
      mappings: OLDER,
    });
    await intake.push(id, {
      rows: Array.from({ length: 5 }, (_, at) => ({ id: `${at}`, name: 'n', when: 'never' })),
    });
    await saveMapping(id, { rowKey: ['id'], periodField: 'when' });
    const held = await remap(id);
    expect(held).toMatchObject({ state: 'held', rowsRejected: 5, rowsGone: 0 });
    expect(await valuesOf(id)).toMatchObject({ 0: { 'column:name': 'n' } });
    expect((await intake.decide(held.id, 'discard')).status).toBe(200);
    expect(await older(id)).toBe(5);
    const fixed = await saveMapping(id, { mappings: NEWER });
    expect(fixed.version).toBe(3);
    await saveMapping(id, { mappings: NEWER, periodField: null });
    expect(await remap(id)).toMatchObject({ state: 'succeeded', rowsUnchanged: 5 });
    expect(await older(id)).toBe(0);
  });
});

test('a run asks the source unless it is told otherwise, and a pushed source is never asked', async () => {
  const { id } = await intake.register({ key: 'plain', mode: 'incremental', connection: PUSH, mappings: [] });
  const start = (payload?: unknown) => intake.call('POST', `/api/fuse/sources/${id}/runs`, { payload });
  for (const payload of [undefined, {}, { from: 'source' }]) {
    const { status, text } = await start(payload);
    expect([status, text.includes('SOURCE_KIND_WRONG')], text).toEqual([409, true]);
  }
  expect((await start({ from: 'elsewhere' })).status).toBe(400);
  // nothing landed yet: nothing to do, and no error
  expect(await remap(id)).toMatchObject({ state: 'succeeded', rowsIn: 0, rowsGone: 0 });
});
