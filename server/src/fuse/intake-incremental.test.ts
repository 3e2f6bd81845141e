import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import type { FieldMapping, NewSource } from '@ronghe/contracts';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type {} from '#platform/testing/global-setup.ts';
import { json, startServer, type TestServer } from './sources/network/network.fixture.ts';
import { type IntakeTest, type Row, startIntake } from './testing/intake-platform.ts';

const map = (from: string, to: string, transform: string): FieldMapping => ({
  ...{ from, to, transform, unit: null },
  values: {},
});
const SHAPE: Partial<NewSource> = { mappings: [map('name', 'column:name', 'text')], mode: 'incremental' };

let intake: IntakeTest;
let server: TestServer;
let relay: { port: number; stop(): void };
let database: pg.Client;
let list: Row[] = [];
beforeAll(async () => {
  server = await startServer((request, response) => {
    const query = new URL(request.url ?? '', 'http://a').searchParams;
    const since = query.get('since');
    const [page, size] = [Number(query.get('pageNo')), Number(query.get('pageSize'))];
    const rows = list.filter(({ at }) => since === null || String(at) >= since);
    json(response, {
      code: 0,
      data: { total: rows.length, list: rows.slice((page - 1) * size, page * size) },
    });
  });
  relay = await relayTo(inject('postgresUrl'));
  intake = await startIntake({ fuseSourceHosts: [server.host, `127.0.0.1:${relay.port}`] });
  database = new pg.Client({ connectionString: intake.platform.config.postgresUrl });
  await database.connect();
}, 120_000);
afterAll(async () => {
  await database?.end();
  await intake?.stop();
  relay?.stop();
  await server?.stop();
});

/** A port on the loopback that leads to the test's PostgreSQL, which listens on a socket in a folder. */
async function relayTo(url: string) {
  const { searchParams, hostname, port: there } = new URL(url);
  const folder = searchParams.get('host');
  const relayed = createServer((near) => {
    const far = folder ? connect(join(folder, '.s.PGSQL.5432')) : connect(Number(there || 5432), hostname);
    near.on('error', () => far.destroy()).on('close', () => far.destroy());
    far.on('error', () => near.destroy()).on('close', () => near.destroy());
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => relayed.listen(0, '127.0.0.1', resolve));
  const address = relayed.address();
  return { port: typeof address === 'object' && address ? address.port : 0, stop: () => relayed.close() };
}

const counts = (rowsNew: number, rowsChanged: number, rowsUnchanged: number, rowsGone: number) => ({
  ...{ rowsNew, rowsChanged, rowsUnchanged, rowsGone },
  state: 'succeeded',
});
const namesOf = async (source: string) =>
  Object.fromEntries([...(await intake.rows(source))].map(([key, row]) => [key, row.name]));
/** Makes the next run be held: a rule that nothing passes. */
async function hold(source: string): Promise<() => Promise<void>> {
  const rule = await intake.call<{ id: string }>('POST', '/api/fuse/quality/rules', {
    payload: {
      ...{ key: `hold-${source.slice(0, 8)}`, source, name: { zh: '拦截', en: 'Hold' } },
      ...{
        remedy: { zh: '无', en: 'none' },
        dimension: 'accuracy',
        severity: 'hold',
        tolerance: 0,
        weight: 1,
      },
      ...{ check: { kind: 'pattern', field: 'column:name', pattern: 'never' }, active: true },
    },
  });
  expect(rule.status, rule.text).toBe(201);
  return async () => {
    await intake.call('DELETE', `/api/fuse/quality/rules/${rule.body.id}`);
  };
}

/** Two rows, a change, a discarded run, a published one: the same for every source that is asked. */
async function follows(source: string, put: (rows: Row[]) => Promise<void>): Promise<void> {
  await put([
    { id: 'a', name: 'a1', at: '2026-03-01 08:00:00' },
    { id: 'b', name: 'b1', at: '2026-03-02 08:00:00' },
    { id: 'c', name: 'c1', at: '2026-03-03 08:00:00' },
  ]);
  expect(await intake.run(source)).toMatchObject({ ...counts(3, 0, 0, 0), mode: 'full' });
  await put([
    { id: 'b', name: 'b2', at: '2026-03-04 08:00:00' },
    { id: 'd', name: 'd1', at: '2026-03-05 08:00:00' },
  ]);
  const unhold = await hold(source);
  const held = await intake.run(source);
  expect(held, JSON.stringify(held)).toMatchObject({ state: 'held', mode: 'incremental' });
  expect(await namesOf(source)).toEqual({ a: 'a1', b: 'b1', c: 'c1' });
  expect((await intake.decide(held.id, 'discard')).status).toBe(200);
  await unhold();
  const fetched = await intake.run(source);
  expect(fetched).toMatchObject({ state: 'succeeded', rowsNew: 1, rowsChanged: 1, rowsGone: 0 });
  expect(await namesOf(source)).toEqual({ a: 'a1', b: 'b2', c: 'c1', d: 'd1' });
  const nothing = await intake.run(source);
  expect(nothing).toMatchObject({ state: 'succeeded', rowsNew: 0, rowsChanged: 0, rowsGone: 0 });
  await put([{ id: 'e', name: 'e1', at: '2026-03-06 08:00:00' }]);
  expect(await intake.run(source)).toMatchObject({
    state: 'succeeded',
    rowsNew: 1,
    rowsChanged: 0,
    rowsGone: 0,
  });
  expect(Object.keys(await namesOf(source))).toHaveLength(5);
}

describe('what changed since the last published run', () => {
  test('an HTTP list', async () => {
    const reading = { sinceParameter: 'since', pageSize: 2 };
    const { id } = await intake.register({
      ...{ key: 'http', ...SHAPE, watermarkField: 'at' },
      connection: { kind: 'http-json', url: server.url, tokenPath: '', listPath: '/list', reading },
    });
    const rows = new Map<unknown, Row>();
    await follows(id, async (more) => {
      for (const row of more) rows.set(row.id, row);
      list = [...rows.values()];
    });
    // nothing changed and the system answers with nothing at all: everything stays, the bookmark too
    list = [];
    expect(await intake.run(id)).toMatchObject({ ...counts(0, 0, 0, 0), rowsIn: 0 });
    expect(await intake.run(id)).toMatchObject({ mode: 'incremental', rowsGone: 0 });
    expect(Object.keys(await namesOf(id))).toHaveLength(5);
  });

  test('a table of PostgreSQL', async () => {
    await database.query('create table feed (id text primary key, name text, at timestamp)');
    const { username, pathname } = new URL(intake.platform.config.postgresUrl ?? '');
    const { id } = await intake.register({
      ...{ key: 'database', ...SHAPE, watermarkField: 'at' },
      connection: {
        ...{ kind: 'database', engine: 'postgresql', host: '127.0.0.1', port: relay.port, table: 'feed' },
        ...{ database: pathname.slice(1), username, password: 'geheim-密码' },
      },
    });
    await follows(id, async (rows) => {
      for (const { id: key, name, at } of rows)
        await database.query(
          'insert into feed values ($1, $2, $3) on conflict (id) do update set name = excluded.name, at = excluded.at',
          [key, name, at],
        );
    });
  });

  test('a bookmark of one place is not used for another, also not by a run that was held meanwhile', async () => {
    const reading = { sinceParameter: 'since', pageSize: 50 };
    const connection = { kind: 'http-json', url: server.url, tokenPath: '', listPath: '/first', reading };
    const { id } = await intake.register({ key: 'moved', ...SHAPE, watermarkField: 'at', connection });
    list = [{ id: 'a', name: 'a1', at: '2026-05-01 08:00:00' }];
    expect(await intake.run(id)).toMatchObject(counts(1, 0, 0, 0));
    const unhold = await hold(id);
    list = [{ id: 'b', name: 'b1', at: '2026-06-01 08:00:00' }];
    const held = await intake.run(id);
    expect(held.state).toBe('held');
    const change = await intake.call('PATCH', `/api/fuse/sources/${id}`, {
      payload: { connection: { ...connection, listPath: '/second' } },
    });
    expect(change.status, change.text).toBe(200);
    await intake.decide(held.id, 'publish');
    expect((await intake.settled(held.id)).state).toBe('succeeded');
    await unhold();
    list = [
      { id: 'a', name: 'a1', at: '2026-05-01 08:00:00' },
      { id: 'b', name: 'b1', at: '2026-04-01 08:00:00' },
    ];
    expect(await intake.run(id)).toMatchObject({ state: 'succeeded', mode: 'full', rowsIn: 2 });
  });
});

describe('pushed rows', () => {
  let source: string;
  beforeAll(async () => {
    const connection = { kind: 'push', format: 'rows' };
    source = (await intake.register({ key: 'pushed', ...SHAPE, connection })).id;
  });
  const row = (id: string, name: string) => ({ id, name });

  test('new, changed, unchanged and told gone; what is not told stays; the last word on a key counts', async () => {
    expect(await intake.push(source, { rows: [row('a', '1'), row('b', '1'), row('c', '1')] })).toMatchObject(
      counts(3, 0, 0, 0),
    );
    expect(
      await intake.push(source, {
        rows: [row('a', '1'), row('b', '2'), row('d', '1'), row('d', '2')],
        deleted: [{ id: 'c' }, { id: 'unknown' }],
      }),
    ).toMatchObject({ state: 'succeeded', rowsNew: 1, rowsChanged: 1, rowsGone: 1, rowsRejected: 0 });
    expect(await namesOf(source)).toEqual({ a: '1', b: '2', d: '2' });
  });

  test('a row and its deletion in one delivery: it is gone, also when the delivery is complete', async () => {
    await intake.push(source, { rows: [row('e', '1')], deleted: [{ id: 'e' }] });
    expect(Object.keys(await namesOf(source))).not.toContain('e');
    const run = await intake.push(source, {
      rows: [row('a', '1'), row('b', '2'), row('f', '1')],
      deleted: [{ id: 'f' }],
      complete: true,
    });
    expect(run).toMatchObject({ state: 'succeeded', rowsGone: 1 });
    expect(await namesOf(source)).toEqual({ a: '1', b: '2' });
  });

  test('what was accepted outlives a run that fails: its job, retried, lands it', async () => {
    const { analytics, jobs } = intake.platform;
    const { exportRows } = analytics;
    analytics.exportRows = () => Promise.reject(new Error('the disk is away'));
    const failed = await intake.push(source, { rows: [row('kept', '1')] });
    analytics.exportRows = exportRows;
    expect(failed).toMatchObject({ state: 'failed', stage: 'land' });
    expect(Object.keys(await namesOf(source))).not.toContain('kept');
    const scope = intake.platform.scope();
    await jobs.wait(scope, failed.job ?? '', { timeoutMs: 60_000 });
    await jobs.wait(scope, await jobs.retry(scope, failed.job ?? ''), { timeoutMs: 60_000 });
    expect(await intake.get(`/api/fuse/runs/${failed.id}`)).toMatchObject({ state: 'succeeded', rowsNew: 1 });
    expect(await namesOf(source)).toMatchObject({ kept: '1' });
    await intake.push(source, { deleted: [{ id: 'kept' }] });
  });

  test('a gone row comes back as new', async () => {
    expect(await intake.push(source, { rows: [row('c', '1')] })).toMatchObject(counts(1, 0, 0, 0));
    expect(await namesOf(source)).toEqual({ a: '1', b: '2', c: '1' });
  });

  test('a row that is refused takes nothing away: one too large, one without its key', async () => {
    const run = await intake.push(source, {
      rows: [row('a', 'x'.repeat(100_000)), row('b', '2'), row('c', '1'), { name: 'no key' }],
      complete: true,
    });
    expect(run).toMatchObject({ rowsIn: 4, rowsRejected: 2, rowsGone: 0, state: 'held' });
    expect((await intake.decide(run.id, 'publish')).status).toBe(200);
    await intake.settled(run.id);
    expect(await namesOf(source)).toEqual({ a: '1', b: '2', c: '1' });
    const { items } = await intake.get<{ items: { rule: string; field: string | null }[] }>(
      `/api/fuse/runs/${run.id}/findings`,
    );
    expect(items.map(({ rule }) => rule).sort()).toEqual(['row-key-missing', 'row-too-large']);
  });

  test('that everything is gone is believed only when a person says so: an empty complete delivery is held', async () => {
    const run = await intake.push(source, { rows: [], complete: true });
    expect(run).toMatchObject({ state: 'held', rowsIn: 0, rowsGone: 3 });
    expect(await namesOf(source)).toEqual({ a: '1', b: '2', c: '1' });
  });
});

describe('change events of Debezium', () => {
  let source: string;
  const event = (op: string, after: Row | null, before: Row | null = null) => ({
    op,
    before,
    after,
    ts_ms: 1,
  });
  const send = async (...events: unknown[]) => {
    const answer = await intake.call<{ run: string }>('POST', `/api/fuse/sources/${source}/events`, {
      payload: events.map((one) => JSON.stringify(one)).join('\n'),
      headers: { 'content-type': 'application/x-ndjson' },
    });
    expect(answer.status, answer.text).toBe(202);
    return intake.settled(answer.body.run);
  };

  test('create, update, delete, snapshot, truncate: the last word on a key counts', async () => {
    const connection = { kind: 'push', format: 'debezium' };
    source = (await intake.register({ key: 'events', ...SHAPE, connection })).id;
    expect(
      await send(
        ...[event('r', { id: 'a', name: '1' }), event('c', { id: 'b', name: '1' })],
        ...[event('u', { id: 'b', name: '2' }), event('c', { id: 'c', name: '1' })],
        event('d', null, { id: 'c', name: '1' }),
      ),
    ).toMatchObject({ state: 'succeeded', rowsNew: 2, rowsGone: 0 });
    expect(await namesOf(source)).toEqual({ a: '1', b: '2' });
    expect(await send(event('d', null, { id: 'a' }), event('c', { id: 'a', name: '3' }))).toMatchObject(
      counts(0, 1, 0, 0),
    );
    expect(await send(event('d', null, { id: 'b', name: '2' }))).toMatchObject({ rowsGone: 1 });
    const emptied = await send(
      ...[event('t', null), event('c', { id: 'x', name: '1' }), event('u', { id: 'x', name: '2' })],
      ...[event('c', { id: 'y', name: '1' }), event('d', null, { id: 'y', name: '1' })],
    );
    expect(emptied, JSON.stringify(emptied)).toMatchObject({ rowsNew: 1, rowsGone: 1, mode: 'full' });
    if (emptied.state === 'held') await intake.decide(emptied.id, 'publish');
    await intake.settled(emptied.id);
    expect(await namesOf(source)).toEqual({ x: '2' });
  });
});

test('a schedule does not start a source that was removed; its rows are not read, what it brought stays known', async () => {
  const reading = { pageSize: 50 };
  const connection = { kind: 'http-json', url: server.url, tokenPath: '', listPath: '/list', reading };
  list = [{ id: 'a', name: 'a1' }];
  const { id } = await intake.register({
    ...{ key: 'clock', connection, mappings: [] },
    schedule: '* * * * *',
  });
  const run = await intake.run(id);
  const asked = server.asked.length;
  expect((await intake.call('DELETE', `/api/fuse/sources/${id}`)).status).toBe(204);
  const due = await database.query(
    'select next_run_at, schedule, secrets_sealed from fuse.source where id = $1',
    [id],
  );
  expect(due.rows).toEqual([{ next_run_at: null, schedule: null, secrets_sealed: null }]);
  for (const path of ['', '/rows', '/rows/export', '/profile', '/mappings', '/quality'])
    expect((await intake.call('GET', `/api/fuse/sources/${id}${path}`)).status, path).toBe(404);
  for (const path of ['runs', 'rows', 'upload'])
    expect((await intake.call('POST', `/api/fuse/sources/${id}/${path}`, { payload: {} })).status).not.toBe(
      202,
    );
  expect(await intake.get(`/api/fuse/runs/${run.id}`)).toMatchObject({ state: 'succeeded' });
  const again = await intake.register({ key: 'clock', connection, mappings: [] });
  expect(again.id).not.toBe(id);
  expect(server.asked).toHaveLength(asked);
});
