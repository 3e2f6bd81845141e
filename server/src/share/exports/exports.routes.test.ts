import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import excel from 'exceljs';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { afterAll, beforeAll, expect, test } from 'vitest';
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

test('nobody else fetches an export, and one that was revoked meanwhile is not written', async () => {
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

test.each(FORMULAS)('%j is harmless', (text) => {
  expect(harmless(text)).toBe(`'${text}`);
});

test('plain texts and numbers are left alone', () => {
  expect(['甲', '-12.5', '1e3', 'a=b'].map(harmless)).toEqual(['甲', '-12.5', '1e3', 'a=b']);
  expect(csvLine(['a"b', null, -1, true])).toBe('"a""b",,-1,true\r\n');
});
