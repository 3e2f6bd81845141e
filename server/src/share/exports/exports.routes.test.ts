import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatasetExportStarted } from '@ronghe/contracts';
import { parse } from 'csv-parse/sync';
import excel from 'exceljs';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type ShareTest, startShare } from '../share.fixture.ts';
import { csvLine, harmless } from './cells.ts';

const FORMULAS = [
  '=1+1',
  '+1+1',
  '-2+3',
  '@SUM(A1)',
  '\t=1',
  '\r=1',
  ' =1+1',
  '＝1+1',
  '=HYPERLINK("http://a","b")',
];
let share: ShareTest;
let nanchang: string;
let ganzhou: string;
const folder = mkdtempSync(join(tmpdir(), 'ronghe-export-'));
beforeAll(async () => {
  share = await startShare();
  nanchang = (await share.key('jx', ['share:dataset:read'])).token;
  await share.platform.signIn({ organisation: 'jx.ganzhou', role: 'officer', kind: 'city' });
  nanchang = await share.platform.signIn({ organisation: 'jx.nanchang', role: 'officer', kind: 'city' });
  ganzhou = await share.platform.signIn({ organisation: 'jx.ganzhou', role: 'officer', kind: 'city' });
  await share.invent([
    ...FORMULAS.map((name, index) => ({
      name,
      organisation: 'jx.nanchang',
      revenue: index === 0 ? null : -index,
    })),
    { name: '逗号,引号"', organisation: 'jx.nanchang', revenue: 1.5 },
    { name: '别处', organisation: 'jx.ganzhou', revenue: 7 },
  ]);
}, 120_000);
afterAll(async () => {
  await share?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function exported(format: string, more: object = {}, token = nanchang) {
  const started = await share.call<{ id: string; job: string; file: string }>(
    'POST',
    '/api/share/datasets/enterprises/export',
    { payload: { select: ['name', 'revenue', 'organisation'], format, ...more }, token },
  );
  expect(started.status, started.text).toBe(202);
  await share.platform.jobs.wait(share.platform.scope(), started.body.job, { timeoutMs: 30_000 });
  const state = await share.call<{ state: string; rows: number }>(
    'GET',
    `/api/share/exports/${started.body.id}`,
    { token },
  );
  const answer = await share.http.inject({
    method: 'GET',
    url: started.body.file,
    headers: { authorization: `Bearer ${token}` },
  });
  return {
    ...started.body,
    state: state.body,
    content: answer.rawPayload,
    status: answer.statusCode,
    headers: answer.headers,
  };
}

test('CSV: what looks like a formula is a text, numbers stay numbers', async () => {
  const { content, state, headers } = await exported('csv');
  expect(state).toMatchObject({ state: 'ready', rows: 10 });
  expect(headers['content-disposition']).toContain('enterprises.csv');
  const text = content.toString('utf8');
  expect(text.startsWith('\uFEFFname,revenue,organisation\r\n')).toBe(true);
  expect(text).toContain("'=1+1,,jx.nanchang");
  expect(text).toContain(',-1,');
  expect(text).toContain('"逗号,引号""",1.5');
  const cells = (parse(text, { bom: true }) as string[][]).slice(1).map(([name]) => name);
  expect(cells).toEqual([...FORMULAS.map((formula) => `'${formula}`), '逗号,引号"']);
  expect(text).not.toContain('别处');
});

test('Excel: cells are texts and numbers, never formulas', async () => {
  const { content, state } = await exported('xlsx');
  expect(state).toMatchObject({ state: 'ready', rows: 10 });
  const workbook = new excel.Workbook();
  await workbook.xlsx.load(content as never);
  const cells = workbook.worksheets[0]?.getColumn(1).values ?? [];
  expect(cells).toContain('=1+1');
  workbook.worksheets[0]?.eachRow((row) => row.eachCell((cell) => expect(cell.formula).toBeUndefined()));
});

test('Parquet and JSON lines hold the same rows', async () => {
  const parquet = await exported('parquet');
  const file = join(folder, randomUUID());
  writeFileSync(file, parquet.content);
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(file), compressors });
  expect(rows.map((row) => row.name).sort()).toEqual([...FORMULAS, '逗号,引号"'].sort());
  const { content } = await exported('json', { filter: { column: 'revenue', op: 'gt', value: 0 } });
  expect(JSON.parse(content.toString('utf8'))).toEqual({
    name: '逗号,引号"',
    revenue: 1.5,
    organisation: 'jx.nanchang',
  });
});

test('nobody else fetches an export, and what is not seen or not allowed is not written', async () => {
  const { id, file } = await exported('csv');
  for (const token of [ganzhou, share.admin])
    for (const path of [`/api/share/exports/${id}`, file])
      expect((await share.call('GET', path, { token })).status).toBe(404);
  const hidden = await share.call('POST', '/api/share/datasets/enterprises/export', {
    payload: { select: ['name', 'secret'], format: 'csv' },
    token: nanchang,
  });
  expect(hidden.status).toBe(400);
  const key = await share.key('jx.nanchang', ['share:dataset:read']);
  const refused = await share.call('POST', '/api/share/datasets/enterprises/export', {
    payload: { format: 'csv' },
    token: key.token,
  });
  expect(refused.status).toBe(403);
});

describe('what is revoked while it is written', () => {
  const rights = ['share:dataset:read', 'share:dataset:export'] as const;
  const start = async (token: string) => {
    const started = await share.call<DatasetExportStarted>('POST', '/api/share/datasets/enterprises/export', {
      ...{ payload: { format: 'xlsx' }, token },
    });
    expect(started.status, started.text).toBe(202);
    return started.body.id;
  };
  const partOf = async (id: string) =>
    join(await share.platform.files.folder('share', 'exports'), `${id}.xlsx.part`);
  /** until rows are being written */
  const underWay = async (id: string) => {
    const part = await partOf(id);
    await expect.poll(() => existsSync(part), { timeout: 20_000, interval: 10 }).toBe(true);
  };
  const ended = async (id: string) => {
    const find = () =>
      share.db.selectFrom('share.export').select(['state', 'reason']).where('id', '=', id).executeTakeFirst();
    await expect
      .poll(async () => (await find())?.state, { timeout: 40_000, interval: 50 })
      .not.toBe('waiting');
    return find();
  };
  beforeAll(async () => {
    await sql`insert into fuse.enterprise (id, name, organisation, home_organisation, state, code, code_valid, city, division, sources,
        findings, search, created_at, updated_at)
      select gen_random_uuid(), '企业' || n, 'jx.ganzhou', 'jx.ganzhou', 'active', null, false, '360700', '360702', 1, 0, '', now(), now()
      from generate_series(1, 30000) as n`.execute(share.db);
    await sql`update fuse.enterprise set findings = 0 where organisation = 'jx.ganzhou'`.execute(share.db);
    const copied = async () => {
      const [row] = (await share.ask({ aggregates: [{ fn: 'count', as: 'n' }] })).body.rows;
      expect(Number(row?.n)).toBeGreaterThan(30_000);
    };
    await vi.waitFor(copied, { timeout: 60_000, interval: 200 });
  }, 90_000);

  test('a key ends its export, and nothing of the file stays', async () => {
    const key = await share.key('jx.ganzhou', rights);
    const id = await start(key.token);
    await underWay(id);
    expect((await share.call('DELETE', `/api/auth/keys/${key.id}`)).status).toBeLessThan(300);
    expect(await ended(id)).toEqual({ state: 'failed', reason: 'EXPORT_STOPPED' });
    expect(existsSync(await partOf(id))).toBe(false);
    expect(existsSync((await partOf(id)).replace('.part', ''))).toBe(false);
  });

  test('so does a policy, and whoever ordered it is told why; a grant that comes meanwhile ends nothing', async () => {
    const key = await share.key('jx.nanchang', rights, 'app');
    const grant = async (columns: string[]) =>
      (
        await share.call<{ id: string }>('POST', '/api/share/policies', {
          payload: {
            ...{ name: '授权', effect: 'grant', dataset: 'enterprises', organisation: 'jx.ganzhou', columns },
            subject: { kind: 'key', id: key.id },
          },
        })
      ).body.id;
    const policy = await grant(['id', 'name']);
    const kept = await start(key.token);
    await underWay(kept);
    await grant(['id', 'city']);
    expect(await ended(kept)).toMatchObject({ state: 'ready' });
    const id = await start(key.token);
    await underWay(id);
    await share.call('POST', `/api/share/policies/${policy}/revoke`, { payload: { reason: '项目结束' } });
    expect(await ended(id)).toEqual({ state: 'failed', reason: 'EXPORT_STOPPED' });
    const told = await share.call('GET', `/api/share/exports/${id}`, { token: key.token });
    expect(told.body).toMatchObject({ state: 'failed', reason: 'EXPORT_STOPPED' });
    expect((await share.call('GET', `/api/share/exports/${id}/file`, { token: key.token })).status).toBe(409);
  });
});

test.each(FORMULAS)('%j is harmless', (text) => {
  expect(harmless(text)).toBe(`'${text}`);
});

test('plain texts and numbers are left alone', () => {
  expect(['甲', '-12.5', '1e3', 'a=b'].map(harmless)).toEqual(['甲', '-12.5', '1e3', 'a=b']);
  expect(csvLine(['a"b', null, -1, true])).toBe('"a""b",,-1,true\r\n');
});
