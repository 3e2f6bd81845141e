import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sample } from '@ronghe/contracts';
import { systemClock } from '../clock.ts';
import type { Connector, ConnectorContext, Gap, Reading } from '../connector.ts';
import { silentLog } from '../log.ts';
import type { ContractSubject } from './connector-contract.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';
import { until } from './wait.ts';

/** A database with a user `plant` that may write, which `query` is, and a user `reader` with password `secret`. */
export type DatabasePeer = {
  port: number;
  query(text: string, values?: unknown[]): Promise<unknown>;
  /** A second session of `plant`, for transactions beside each other. */
  session(): Promise<{ query(text: string): Promise<unknown>; end(): Promise<void> }>;
  stop(): Promise<void>;
};

/** What is different between the databases. */
export type DatabaseSubject = {
  start(port?: number): Promise<DatabasePeer>;
  endpoint(port: number): string;
  create(config: object, context: Omit<ConnectorContext<never>, 'config'>): Connector;
  /** The type of a time without zone, to the microsecond. */
  wallTime: string;
  /** Makes the table `kinds` with one row, and says what its columns must give. */
  kinds: { create: string[]; points: { column: string; type?: string; expected: unknown[] }[] };
  /** A function `sneak()` that inserts into `written`, made by its statements, and the reason of its refusal. */
  sneak: { create: string[]; reason: string };
  /** A query that takes ten seconds. */
  sleep: string;
  /** A query of three million rows. */
  many: string;
};

/** Queries for the suite that all connectors pass: one value, and a column that is not there, each in its own query. */
export const contractQueries = (valueSql: string) => [
  {
    name: 'state',
    sql: valueSql,
    intervalMs: 50,
    timeoutMs: 1_500,
    points: [{ key: 'contract.value', column: 'value', unit: 'Cel' }],
  },
  {
    name: 'missing',
    sql: 'select missing from state',
    intervalMs: 50,
    timeoutMs: 1_500,
    points: [{ key: 'contract.missing', column: 'missing' }],
  },
];

/** A peer that keeps its one value in a table `state`. */
export const tablePeer = (
  start: (port?: number) => Promise<DatabasePeer>,
  create: string,
): ContractSubject['startPeer'] => {
  return async (port) => {
    const peer = await start(port);
    await peer.query(create);
    await peer.query('insert into state select 0 where not exists (select 1 from state)');
    return {
      port: peer.port,
      set: async (value) => {
        await peer.query(`update state set value = ${value}`);
      },
      stop: peer.stop,
    };
  };
};

/** One connector that reads, and reads on after having been stopped. */
export type Reader = {
  connector: Connector;
  readings: Reading[];
  gaps: Gap[];
  samples(key: string): Sample[];
  /** Values and what comes behind them, without times. */
  values(key: string): unknown[];
};

/** What a test opens, closed again in reverse. */
export type Scene = {
  peer: DatabasePeer;
  proxy: TcpProxy;
  folder: string;
  read(queries: object[], more?: { username?: string; timeZone?: string }): Promise<Reader>;
  close(): Promise<void>;
};

export async function openScene(subject: DatabaseSubject, peer: DatabasePeer): Promise<Scene> {
  const undo: (() => Promise<unknown>)[] = [];
  const folder = await mkdtemp(join(tmpdir(), 'ronghe-sql-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  const proxy = await startTcpProxy(peer.port);
  undo.push(() => proxy.close());
  return {
    peer,
    proxy,
    folder,
    async read(queries, more = {}) {
      const readings: Reading[] = [];
      const gaps: Gap[] = [];
      const config = {
        name: 'mes',
        protocol: 'sql',
        endpoint: subject.endpoint(proxy.port),
        username: 'reader',
        password: 'secret',
        ...more,
        queries: queries.map((query) => ({ intervalMs: 50, timeoutMs: 3_000, ...query })),
      };
      const connector = subject.create(config, {
        emit: (some) => readings.push(...some),
        gap: (gap) => gaps.push(gap),
        log: silentLog(),
        clock: systemClock,
        folder,
      });
      await connector.start();
      undo.push(() => connector.stop());
      const samples = (key: string) =>
        readings.filter(({ point }) => point.key === key).map(({ sample }) => sample);
      return { connector, readings, gaps, samples, values: (key) => samples(key).map(([, value]) => value) };
    },
    async close() {
      for (const work of undo.reverse()) await work();
    },
  };
}

const HISTORY = {
  name: 'history',
  sql: 'select at, tag, value from history where at >= :watermark order by at',
  watermark: { column: 'at', type: 'time', start: '2026-01-01T00:00:00+08:00' },
  time: { column: 'at' },
  long: { keyColumn: 'tag', valueColumn: 'value' },
};
async function freshHistory(peer: DatabasePeer, { wallTime }: DatabaseSubject): Promise<void> {
  await peer.query('drop table if exists history');
  await peer.query(
    `create table history (at ${wallTime} null, tag char(10), value double precision, code int)`,
  );
}
const insert = (peer: { query(text: string): Promise<unknown> }, ...rows: [string, string, number][]) =>
  peer.query(
    `insert into history (at, tag, value) values ${rows.map(([at, tag, value]) => `('${at}', '${tag}', ${value})`).join(', ')}`,
  );
/** Two polls that begin after now, so that whatever a poll would do wrong has been done. */
async function pollTwice(reader: Reader): Promise<void> {
  const marks = reader.samples('beat').length;
  await until('two more polls', () => reader.samples('beat').length >= marks + 2);
}
const BEAT = { name: 'beat', sql: 'select 1 as one', points: [{ key: 'beat', column: 'one' }] };

export type SuiteCase = { title: string; run: (scene: Scene, subject: DatabaseSubject) => Promise<void> };

/** What holds for every database; each sentence has its own scene. */
export const DATABASE_SUITE: readonly SuiteCase[] = [
  { title: 'every kind of column arrives as what it is', run: readsKinds },
  { title: 'rows with the time of the last one are neither lost nor doubled', run: keepsTies },
  { title: 'a number counts as watermark too', run: countsNumbers },
  { title: 'a transaction that commits late is found within the overlap', run: findsLateCommits },
  { title: 'more rows than one poll takes come in order and once, even unordered ones', run: pages },
  { title: 'what came while the link was cut is read afterwards and told as filled', run: fillsGaps },
  {
    title: 'one query gives points of many machines, and a missing column fails alone',
    run: readsMachines,
  },
  { title: 'a quality column, listed tags and empty values', run: judgesQuality },
  {
    title: 'a function that writes is refused by the transaction',
    run: refusesWrites,
  },
  { title: 'a slow query is ended, and others go on', run: endsSlowQueries },
  { title: 'a huge result does not fill the memory', run: staysSmall },
];

async function readsKinds(scene: Scene, { kinds }: DatabaseSubject): Promise<void> {
  for (const text of kinds.create) await scene.peer.query(text);
  const reader = await scene.read([
    {
      name: 'kinds',
      sql: 'select * from kinds',
      points: kinds.points.map(({ column, type }) => ({ key: column, column, ...(type ? { type } : {}) })),
    },
  ]);
  await until('a row', () => reader.readings.length >= kinds.points.length);
  const seen = kinds.points.map(({ column }) => [column, ...(reader.samples(column)[0]?.slice(1) ?? [])]);
  assert.deepEqual(
    seen,
    kinds.points.map(({ column, expected }) => [column, ...expected]),
  );
}

async function keepsTies(scene: Scene, subject: DatabaseSubject): Promise<void> {
  const { peer } = scene;
  await freshHistory(peer, subject);
  await insert(peer, ['2026-03-01 08:00:00.000001', 'a', 1], ['2026-03-01 08:00:00.000002', 'a', 2]);
  const first = await scene.read([HISTORY, BEAT]);
  await until('both rows', () => first.values('a').length === 2);
  assert.equal(first.samples('a')[0]?.[0], Date.parse('2026-03-01T08:00:00+08:00') + 0.001);
  await insert(peer, ['2026-03-01 08:00:00.000002', 'a', 3]);
  await until('the row of the same microsecond', () => first.values('a').length === 3);
  await pollTwice(first);
  assert.deepEqual(first.values('a'), [1, 2, 3]);
  await first.connector.stop();
  await insert(peer, ['2026-03-01 08:00:00.000002', 'a', 4], ['2026-03-01 08:00:00.000003', 'a', 5]);
  const second = await scene.read([HISTORY, BEAT]);
  await until('what came meanwhile', () => second.values('a').length === 2);
  await pollTwice(second);
  assert.deepEqual(second.values('a'), [4, 5]);
}

async function countsNumbers(scene: Scene): Promise<void> {
  const { peer } = scene;
  await peer.query('drop table if exists lots');
  await peer.query('create table lots (id bigint, grade decimal(10,2))');
  // Beyond 2^53, as identifiers that carry a time are: as doubles these three would be equal.
  const ids = ['1850000000000000001', '1850000000000000002', '1850000000000000003'];
  await peer.query(`insert into lots values (${ids[0]}, 1.25), (${ids[1]}, 2.5)`);
  const query = {
    name: 'lots',
    sql: 'select id, grade from lots where id >= :watermark order by id',
    watermark: { column: 'id', type: 'number', start: 5 },
    points: [{ key: 'grade', column: 'grade' }],
  };
  const first = await scene.read([query, BEAT]);
  await until('two rows', () => first.values('grade').length === 2);
  await first.connector.stop();
  await peer.query(`insert into lots values (${ids[2]}, 3.75), (4, 100)`);
  const second = await scene.read([query, BEAT]);
  await until('the new row', () => second.values('grade').length === 1);
  await pollTwice(second);
  assert.deepEqual([first.values('grade'), second.values('grade')], [[1.25, 2.5], [3.75]]);
}

async function findsLateCommits(scene: Scene, subject: DatabaseSubject): Promise<void> {
  const { peer } = scene;
  await freshHistory(peer, subject);
  const late = await peer.session();
  try {
    await late.query('begin');
    await insert(late, ['2026-03-01 08:00:00', 'late', 1]);
    await insert(peer, ['2026-03-01 08:00:30', 'soon', 2]);
    const watermark = { ...HISTORY.watermark, overlapSeconds: 60 };
    const reader = await scene.read([{ ...HISTORY, watermark }, BEAT]);
    await until('the later row', () => reader.values('soon').length === 1);
    await late.query('commit');
    await until('the row that became visible late', () => reader.values('late').length === 1);
    await insert(peer, ['2026-03-01 08:01:00', 'soon', 3]);
    await until('the next row', () => reader.values('soon').length === 2);
    await pollTwice(reader);
    assert.deepEqual([reader.values('late'), reader.values('soon')], [[1], [2, 3]]);
  } finally {
    await late.end();
  }
}

async function pages(scene: Scene, subject: DatabaseSubject): Promise<void> {
  const { peer } = scene;
  await freshHistory(peer, subject);
  const rows = Array.from({ length: 1_234 }, (_, value): [string, string, number] => [
    `2026-03-01 08:00:${String(Math.trunc(value / 50)).padStart(2, '0')}`,
    'a',
    value,
  ]);
  await insert(peer, ...rows);
  const ordered = await scene.read([{ ...HISTORY, rowsMax: 100 }, BEAT]);
  await until('all rows', () => ordered.values('a').length >= rows.length, 20_000);
  await pollTwice(ordered);
  assert.deepEqual(
    ordered
      .values('a')
      .map(Number)
      .sort((left, right) => left - right),
    rows.map(([, , value]) => value),
  );
  await ordered.connector.stop();
  const sql = 'select at, tag, value from history where at >= :watermark order by value desc';
  const wild = await scene.read([{ ...HISTORY, name: 'wild', sql, rowsMax: 100 }, BEAT]);
  await until('all rows', () => wild.values('a').length >= rows.length, 20_000);
  await pollTwice(wild);
  assert.equal(new Set(wild.values('a')).size, rows.length);
  assert.equal(wild.values('a').length, rows.length);
}

async function fillsGaps(scene: Scene, subject: DatabaseSubject): Promise<void> {
  const { peer, proxy } = scene;
  await freshHistory(peer, subject);
  const now = () => new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 23).replace('T', ' ');
  await insert(peer, [now(), 'a', 1]);
  const reader = await scene.read([HISTORY]);
  await until('the first row', () => reader.values('a').length === 1);
  await proxy.cut();
  await until('stale', () => reader.samples('a').some((sample) => sample[3] === 'stale'));
  await insert(peer, [now(), 'a', 2], [now(), 'a', 3]);
  await proxy.mend();
  const gap = await until('the gap is told', () => reader.gaps[0], 20_000);
  assert.equal(gap.filled, 2);
  assert.ok(gap.toMs > gap.fromMs);
  assert.deepEqual(reader.values('a').slice(0, 4), [1, null, 2, 3]);
  await proxy.cut();
  await until(
    'stale again',
    () => reader.samples('a').filter((sample) => sample[3] === 'stale').length === 2,
  );
  await proxy.mend();
  // Nothing new, so what was last is stated again, as what it is.
  const last = await until('stated again', () => reader.samples('a')[5], 20_000);
  assert.deepEqual(last.slice(1), [3, 'uncertain', 'restated']);
}

async function readsMachines(scene: Scene): Promise<void> {
  const { peer } = scene;
  await peer.query('drop table if exists furnace');
  await peer.query(
    'create table furnace (line char(4), no int, at timestamp null, temp real, pressure real)',
  );
  await peer.query(
    "insert into furnace values ('A', 1, '2026-03-01 08:00:00', 1200.5, 0.1), ('A', 2, '2026-03-01 08:00:00', 1190, null), (null, 3, '2026-03-01 08:00:00', 1, 1)",
  );
  const reader = await scene.read([
    {
      name: 'furnaces',
      sql: 'select * from furnace where at >= :watermark',
      watermark: { column: 'at', type: 'time', start: '2026-01-01T00:00:00Z' },
      time: { column: 'at', zone: 'UTC' },
      keyColumns: ['line', 'no'],
      points: [
        { key: 'line-{line}.furnace-{no}.temperature', column: 'temp', unit: 'Cel', equipment: '{line}{no}' },
        { key: 'line-{line}.furnace-{no}.pressure', column: 'pressure', unit: 'MPa' },
        { key: 'line-{line}.furnace-{no}.level', column: 'level' },
      ],
    },
  ]);
  const key = (no: number, name: string) => `line-A.furnace-${no}.${name}`;
  await until('both machines', () => reader.samples(key(2, 'temperature')).length === 1);
  assert.deepEqual(reader.samples(key(1, 'temperature')), [
    [Date.parse('2026-03-01T08:00:00Z'), 1200.5, 'good'],
  ]);
  assert.deepEqual(reader.samples(key(1, 'pressure'))[0]?.slice(1), [0.1, 'good']);
  assert.deepEqual(reader.samples(key(2, 'pressure'))[0]?.slice(1), [null, 'bad', 'null']);
  assert.deepEqual(reader.samples(key(1, 'level'))[0]?.slice(1), [null, 'bad', 'missing-column']);
  assert.equal(reader.readings[0]?.point.equipment, 'A1');
  await until('counted', () => reader.connector.state().points === 6);
  assert.equal(reader.connector.state().pointsFailed, 2);
}

async function judgesQuality(scene: Scene, subject: DatabaseSubject): Promise<void> {
  const { peer } = scene;
  await freshHistory(peer, subject);
  await peer.query(
    "insert into history values ('2026-03-01 08:00:00', 'TI1', 1, 192), ('2026-03-01 08:00:01', 'TI1', 2, 64), ('2026-03-01 08:00:02', 'TI1', 3, 8), ('2026-03-01 08:00:03', 'TI1', null, 192), ('2026-03-01 08:00:04', 'XX', 5, 192)",
  );
  const reader = await scene.read([
    {
      ...HISTORY,
      sql: 'select at, tag, value, code from history where at >= :watermark order by at',
      quality: { column: 'code', good: [192], uncertain: [64] },
      long: {
        keyColumn: 'tag',
        valueColumn: 'value',
        tags: [{ tag: 'TI1', key: 'kiln.temperature', unit: 'Cel', name: '窑温' }],
      },
    },
  ]);
  await until('four rows', () => reader.samples('kiln.temperature').length === 4);
  assert.deepEqual(
    reader.samples('kiln.temperature').map((sample) => sample.slice(1)),
    [
      [1, 'good'],
      [2, 'uncertain', 'quality-64'],
      [null, 'bad', 'quality-8'],
      [null, 'bad', 'null'],
    ],
  );
  assert.equal(reader.readings.length, 4);
}

async function refusesWrites(scene: Scene, { sneak }: DatabaseSubject): Promise<void> {
  for (const text of sneak.create) await scene.peer.query(text);
  const query = {
    name: 'sneak',
    sql: 'select sneak() as value',
    points: [{ key: 'sneak', column: 'value' }],
  };
  const reader = await scene.read([query, BEAT], { username: 'plant' });
  const refused = await until('the refusal', () => reader.samples('sneak')[0]);
  assert.deepEqual(refused.slice(1), [null, 'bad', sneak.reason]);
  await pollTwice(reader);
  const rows = JSON.stringify(await scene.peer.query('select count(*) as n from written'));
  assert.match(rows, /"n":"?0"?/);
}

async function endsSlowQueries(scene: Scene, { sleep }: DatabaseSubject): Promise<void> {
  const query = { name: 'slow', sql: sleep, timeoutMs: 300, points: [{ key: 'slow', column: 'value' }] };
  const reader = await scene.read([query, BEAT]);
  const sample = await until('it is ended', () => reader.samples('slow')[0]);
  assert.deepEqual(sample.slice(1), [null, 'bad', 'query-timeout']);
  await pollTwice(reader);
  assert.equal(reader.connector.state().state, 'connected');
  assert.equal(reader.connector.state().pointsFailed, 1);
}

async function staysSmall(scene: Scene, { many }: DatabaseSubject): Promise<void> {
  const before = process.memoryUsage.rss();
  const query = {
    name: 'many',
    sql: many,
    rowsMax: 1_000,
    timeoutMs: 20_000,
    points: [{ key: 'n', column: 'n' }],
  };
  const reader = await scene.read([query]);
  await until('a page', () => reader.values('n').length >= 1_000, 30_000);
  await reader.connector.stop();
  const grown = (process.memoryUsage.rss() - before) / 1e6;
  assert.ok(grown < 80, `the process grew by ${grown} MB`);
}
