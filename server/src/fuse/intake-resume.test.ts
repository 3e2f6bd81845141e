import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Run } from '@ronghe/contracts';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { ConfigSchema } from '#platform/config/config.ts';
import { openAnalytics } from '#platform/db/analytics-open.ts';
import { silentLog } from '#platform/log/log.ts';
import { asAdministrator, databaseUrl } from '#platform/testing/engines.ts';
import type {} from '#platform/testing/global-setup.ts';
import { formOf } from './testing/intake-platform.ts';

/** Enough that landing takes a process of its own, several chunks and some seconds. */
const ROWS = 110_000;
/** Rows that the first chunk has, see `landing/chunk-tables.ts`: the engine has them when the process dies. */
const CHUNK_ROWS = 100_000;
const FILLING = 'x'.repeat(20);
const START_MS_MAX = 60_000;
const RUN_MS_MAX = 120_000;
const PASSWORD = 'correct-horse-battery';
const PROGRAM = join(import.meta.dirname, 'testing/intake-server.ts');

type Server = { child: ChildProcess; url: string; token: string };
type Page = { total: number; items: { row: { version: string } }[] };

let folder: string;
let database: string;
let url: string;
let client: pg.Client;
let server: Server;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ronghe-resume-'));
  database = `resume_${randomBytes(6).toString('hex')}`;
  url = databaseUrl(inject('postgresUrl'), database);
  await asAdministrator(inject('postgresUrl'), (admin) => admin.query(`create database ${database}`));
  client = new pg.Client({ connectionString: url });
  await client.connect();
  server = await start();
}, 120_000);
afterAll(async () => {
  server?.child.kill('SIGKILL');
  await client?.end();
  await asAdministrator(inject('postgresUrl'), (admin) =>
    admin.query(`drop database ${database} with (force)`),
  );
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<Server> {
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, folder, url, PASSWORD], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(child.stdout, 'data', { signal: AbortSignal.timeout(START_MS_MAX) })) as [
    Buffer,
  ];
  const address = said.toString().trim();
  const login = await fetch(`${address}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: PASSWORD }),
  });
  const { token } = (await login.json()) as { token: string };
  return { child, url: address, token };
}

/** Ends the process as a power cut would, and starts another on the same folders. */
async function killAndStart(): Promise<void> {
  server.child.kill('SIGKILL');
  await once(server.child, 'exit');
  server = await start();
}

async function call<Body>(method: string, path: string, body?: unknown, type = 'application/json') {
  const answer = await fetch(server.url + path, {
    method,
    headers: {
      authorization: `Bearer ${server.token}`,
      ...(body === undefined ? {} : { 'content-type': type }),
    },
    ...(body === undefined
      ? {}
      : { body: (Buffer.isBuffer(body) ? body : JSON.stringify(body)) as BodyInit }),
  });
  const text = await answer.text();
  expect(answer.ok, text).toBe(true);
  return JSON.parse(text) as Body;
}

async function upload(version: string): Promise<string> {
  const lines = ['id,code,version,filling'];
  for (let row = 0; row < ROWS; row += 1) lines.push(`${row},K${row % 997}-${row},${version},${FILLING}`);
  const { payload, type } = formOf('rows.csv', lines.join('\n'));
  return (await call<{ id: string }>('POST', '/api/fuse/uploads', payload, type)).id;
}

/** Looks at the ledger until the run is where it shall be, faster than HTTP would tell. */
async function until(run: string, reached: (row: { stage: string; state: string; rows: number }) => boolean) {
  const end = performance.now() + RUN_MS_MAX;
  for (;;) {
    const { rows } = await client.query(
      'select stage, state, rows_in::int as rows, error from fuse.run where id = $1',
      [run],
    );
    if (rows[0] && reached(rows[0])) return;
    if (performance.now() > end || rows[0]?.state === 'failed')
      throw new Error(`the run stays at ${JSON.stringify(rows[0])}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** What a reader sees: how many rows, and of which deliveries. */
async function seen(source: string) {
  const page = await call<Page>('GET', `/api/fuse/sources/${source}/rows?limit=50`);
  return { total: page.total, versions: [...new Set(page.items.map(({ row }) => row.version))] };
}
const countOf = async (source: string, search: string) =>
  (await call<Page>('GET', `/api/fuse/sources/${source}/rows?limit=1&search=${search}`)).total;

/** Reads until the run has ended; every look must be whole. */
async function watch(source: string, run: string, whole: unknown[]): Promise<Run> {
  const end = performance.now() + RUN_MS_MAX;
  for (;;) {
    expect(whole).toContainEqual(await seen(source));
    const now = await call<Run>('GET', `/api/fuse/runs/${run}`);
    if (now.state !== 'running') return now;
    if (performance.now() > end) throw new Error(`the run is still at ${now.stage}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const OLD = { total: ROWS, versions: ['old'] };
const NEW = { total: ROWS, versions: ['new'] };

test('a process killed while it lands and again while it publishes, then while it maps anew: the run goes on by itself, whole and once', async () => {
  const source = await call<{ id: string }>('POST', '/api/fuse/sources', {
    ...{ key: 'resumed', name: 'resumed', owner: 'test', organisation: 'jx', rowKey: ['id'], tests: [] },
    ...{ periodField: null, target: 'dataset', mode: 'full', watermarkField: null, priority: 50 },
    ...{
      schedule: null,
      mappings: [{ from: 'code', to: 'column:code', transform: 'text', unit: null, values: {} }],
    },
    connection: { kind: 'upload', upload: await upload('old'), options: {} },
  });
  const first = await call<{ run: string }>('POST', `/api/fuse/sources/${source.id}/runs`, {});
  await until(first.run, ({ stage, rows }) => (stage === 'land' ? rows >= CHUNK_ROWS : stage !== 'deliver'));
  await killAndStart();
  const landed = await watch(source.id, first.run, [{ total: 0, versions: [] }, OLD]);
  expect(landed).toMatchObject({
    ...{ state: 'succeeded', error: null, rowsIn: ROWS, rowsLanded: ROWS, rowsNew: ROWS },
    ...{ rowsRejected: 0, rowsChanged: 0, rowsUnchanged: 0, rowsGone: 0 },
  });
  expect(await seen(source.id)).toEqual(OLD);

  const second = await call<{ run: string }>('POST', `/api/fuse/sources/${source.id}/upload`, {
    upload: await upload('new'),
  });
  await until(second.run, ({ stage, state }) => stage === 'publish' || state !== 'running');
  await killAndStart();
  const published = await watch(source.id, second.run, [OLD, NEW]);
  expect(published).toMatchObject({
    ...{ state: 'succeeded', error: null, rowsIn: ROWS, rowsLanded: ROWS, rowsNew: 0 },
    ...{ rowsRejected: 0, rowsChanged: ROWS, rowsUnchanged: 0, rowsGone: 0 },
  });
  expect(await seen(source.id)).toEqual(NEW);
  expect(await countOf(source.id, 'old')).toBe(0);
  const changed = await call<Page>('GET', `/api/fuse/runs/${second.run}/rows?limit=1&change=changed`);
  expect(changed.total).toBe(ROWS);
  // the newest mapping over what is here, killed while it lands
  await call('POST', `/api/fuse/sources/${source.id}/mappings`, {
    ...{ rowKey: ['id'], periodField: null, tests: [], basedOn: 1 },
    mappings: ['code', 'version'].map((name) => ({
      ...{ from: name, to: `column:${name}`, transform: 'text', unit: null, values: {} },
    })),
  });
  const third = await call<{ run: string }>('POST', `/api/fuse/sources/${source.id}/runs`, {
    from: 'landed',
  });
  await until(third.run, ({ stage, rows }) => (stage === 'land' ? rows >= CHUNK_ROWS : stage !== 'deliver'));
  await killAndStart();
  expect(await watch(source.id, third.run, [NEW])).toMatchObject({
    ...{ state: 'succeeded', from: 'landed', error: null, rowsIn: ROWS, rowsUnchanged: ROWS, rowsGone: 0 },
  });
  expect(await seen(source.id)).toEqual(NEW);
  expect(await call('GET', `/api/fuse/sources/${source.id}`)).toMatchObject({ records: ROWS, rowsOlder: 0 });
  expect(readdirSync(join(folder, 'fuse', 'runs'))).toEqual([]);
  const { rows } = await client.query('select count(*)::int as runs from fuse.run where source = $1', [
    source.id,
  ]);
  expect(rows).toEqual([{ runs: 3 }]);
  server.child.kill('SIGKILL');
  await once(server.child, 'exit');
  const analytics = await openAnalytics(ConfigSchema.parse({ data: folder, postgresUrl: url }), silentLog());
  try {
    // a chunk that was written before the kill was taken out before it was written again
    for (const table of ['fuse.landing', 'fuse.record']) {
      const raw = await analytics.query(
        `select number, count() as rows, uniqExact(row_key) as keys from ${table} group by number order by number`,
      );
      const once = { rows: String(ROWS), keys: String(ROWS) };
      const runs = table === 'fuse.landing' ? 2 : 3;
      expect([table, raw]).toEqual([
        table,
        Array.from({ length: runs }, () => expect.objectContaining(once)),
      ]);
    }
  } finally {
    await analytics.stop();
  }
}, 180_000);
