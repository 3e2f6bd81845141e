import type { QualityIssue, Run } from '@ronghe/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inventCode } from './testing/fuse-platform.ts';
import { csvOfRows, type IntakeTest, type Row, startIntake } from './testing/intake-platform.ts';

const COUNT = 24;
const map = (from: string, to: string, transform: string, unit: string | null = null) => ({
  ...{ from, to, transform, unit },
  values: {},
});
/** Monthly figures of enterprises; `revenue` tells versions of a delivery apart. */
const monthOf = (period: string, revenue: number): Row[] =>
  Array.from({ length: COUNT }, (_, index) => ({
    信用代码: inventCode(`6000${String(index).padStart(4, '0')}`),
    单位名称: `持件${index}号制造有限公司`,
    区划: '360111',
    行业: '3911',
    报告期: period,
    用工: 100 + index,
    营业收入: revenue + index,
  }));
const SHAPE = {
  target: 'enterprise' as const,
  rowKey: ['信用代码', '报告期'],
  periodField: '报告期',
  mappings: [
    map('信用代码', 'code', 'code'),
    map('单位名称', 'name', 'name'),
    map('区划', 'division', 'division'),
    map('行业', 'industry', 'industry'),
    map('用工', 'employees', 'number'),
    map('营业收入', 'indicator:REVENUE', 'number', 'thousand-yuan'),
  ],
};

let intake: IntakeTest;
let source: string;
let officer: string;
let other: string;
beforeAll(async () => {
  intake = await startIntake();
  officer = await intake.platform.signIn({ organisation: 'jx.nanchang', role: 'officer', kind: 'city' });
  other = await intake.city('ganzhou');
  const first = await intake.table('held', 'held.csv', csvOfRows(monthOf('2026-03', 1000)), SHAPE);
  expect(first.run, JSON.stringify(first.run)).toMatchObject({ state: 'succeeded', rowsLanded: COUNT });
  source = first.source;
}, 120_000);
afterAll(() => intake.stop());

/** Everything readers can ask of the source and its enterprises. */
async function seen() {
  const list = await intake.get<{ items: { id: string }[] }>('/api/fuse/enterprises?limit=500');
  const enterprises: unknown[] = [];
  for (const { id } of list.items.slice(0, 2)) {
    enterprises.push(await intake.get(`/api/fuse/enterprises/${id}`));
    enterprises.push(await intake.get(`/api/fuse/enterprises/${id}/indicators`));
    enterprises.push(await intake.get(`/api/fuse/enterprises/${id}/quality`));
  }
  const { asOf: _moment, ...overview } = await intake.get('/api/fuse/overview');
  return {
    rows: Object.fromEntries(await intake.rows(source)),
    csv: (await intake.call('GET', `/api/fuse/sources/${source}/rows/export`)).text,
    list,
    enterprises,
    overview,
    quality: await intake.get(`/api/fuse/sources/${source}/quality`),
    // the issue of the held run itself tells its owner, not readers
    issues: (await intake.get<{ items: QualityIssue[] }>('/api/fuse/quality/issues?limit=100')).items.filter(
      ({ rule }) => rule !== 'run:held',
    ),
    records: (await intake.get(`/api/fuse/sources/${source}`)).records,
  };
}
const bilingual = (run: Run) => {
  expect(run.heldFor.length).toBeGreaterThan(0);
  for (const { zh, en } of run.heldFor) {
    expect(zh).toMatch(/\p{Script=Han}/u);
    expect(en).toMatch(/[a-z]{3}/);
  }
  return run.heldFor.map(({ en }) => en).join('; ');
};
const broken = (rows: Row[], share: number): Row[] =>
  rows.map((row, index) => (index < rows.length * share ? { ...row, 报告期: '某月' } : row));

describe('a run that must not be published', () => {
  test('over a fifth of the rows rejected: held, readers see what they saw, published with a note it is visible', async () => {
    const before = await seen();
    const run = await intake.renew(source, csvOfRows(broken(monthOf('2026-03', 2000), 0.25)));
    expect(run).toMatchObject({ state: 'held', rowsRejected: 6, rowsIn: COUNT, decision: null });
    expect(bilingual(run)).toMatch(/reject/i);
    expect(await seen()).toEqual(before);
    const published = await intake.decide(run.id, 'publish');
    expect(published).toMatchObject({ status: 200, body: { decision: { by: 'admin', note: '核对过' } } });
    expect(await intake.settled(run.id)).toMatchObject({ state: 'succeeded', stage: 'done', error: null });
    const after = await seen();
    expect(after).not.toEqual(before);
    expect(JSON.stringify(after.rows)).toContain('"2020"');
    const trace = await intake.platform.audit.list(intake.platform.scope(), { limit: 20, search: run.id });
    expect(trace.items.map(({ action }) => action)).toContain('fuse:run:publish');
    expect((await intake.decide(run.id, 'discard')).body).toMatchObject({ error: { code: 'RUN_NOT_HELD' } });
  });

  test('a fifth exactly is not over a fifth', async () => {
    const rows = monthOf('2026-03', 2000).slice(0, 20);
    const few = await intake.table('a-fifth', 'a-fifth.csv', csvOfRows(broken(rows, 0.2)), SHAPE);
    expect(few.run).toMatchObject({ state: 'succeeded', rowsRejected: 4 });
    await intake.call('DELETE', `/api/fuse/sources/${few.source}`);
  });

  test('half of the rows missing: held; discarded it is never seen, not after later runs, not as what was before', async () => {
    const restored = await intake.renew(source, csvOfRows(monthOf('2026-03', 3000)));
    expect(restored.state).toBe('succeeded');
    const before = await seen();
    const run = await intake.renew(
      source,
      csvOfRows(monthOf('2026-03', 6_661_666_000).slice(0, COUNT / 2 - 1)),
    );
    expect(run.state, JSON.stringify(run)).toBe('held');
    expect(bilingual(run)).toMatch(/rows/i);
    expect(await seen()).toEqual(before);
    expect(await intake.decide(run.id, 'discard')).toMatchObject({ body: { state: 'discarded' } });
    expect(await seen()).toEqual(before);
    const later = monthOf('2026-03', 3000).map((row, at) => (at === 0 ? { ...row, 营业收入: 5 } : row));
    const next = await intake.renew(source, csvOfRows(later));
    expect(next).toMatchObject({ state: 'succeeded', rowsChanged: 1, rowsUnchanged: COUNT - 1, rowsGone: 0 });
    expect(JSON.stringify(await seen())).not.toContain('6661666');
    const rows = await intake.get<{ items: { before: Row | null }[] }>(
      `/api/fuse/runs/${next.id}/rows?change=changed`,
    );
    expect(rows, JSON.stringify(rows)).toMatchObject({ total: 1 });
    expect(rows.items[0]?.before).toMatchObject({ 营业收入: '3000' });
    const search = await intake.get<{ total: number }>(`/api/fuse/sources/${source}/rows?search=6661666`);
    expect(search.total).toBe(0);
  });

  test('the delivery of a run that was discarded does not stay on disk', async () => {
    const { readdir } = await import('node:fs/promises');
    const { items } = await intake.get<{ items: Run[] }>('/api/fuse/runs?limit=100');
    const folders = await readdir(await intake.platform.files.folder('fuse', 'runs'));
    const open = items.filter(({ state }) => state === 'held' || state === 'running').map(({ id }) => id);
    expect(folders.filter((id) => !open.includes(id))).toEqual([]);
  });

  test('a column the mapping needs was renamed: held and named; a later good run replaces it', async () => {
    const before = await seen();
    const renamed = monthOf('2026-03', 3000).map(({ 营业收入: revenue, ...row }, at) => ({
      ...row,
      主营业务收入: at === 0 ? 5 : revenue,
    }));
    const run = await intake.renew(source, csvOfRows(renamed));
    expect(run.state, JSON.stringify(run)).toBe('held');
    expect(bilingual(run)).toContain('营业收入');
    expect(run.drift).toEqual(
      expect.arrayContaining([expect.objectContaining({ column: '营业收入', breaks: true })]),
    );
    expect(await seen()).toEqual(before);
    const good = await intake.renew(source, csvOfRows(monthOf('2026-03', 4000)));
    expect(good).toMatchObject({ state: 'succeeded', rowsChanged: COUNT });
    expect(await intake.get(`/api/fuse/runs/${run.id}`)).toMatchObject({
      state: 'discarded',
      decision: { note: expect.stringContaining('取代') },
    });
    const indicators = (await seen()).enterprises as { items?: { value: number }[] }[];
    expect(JSON.stringify(indicators)).toContain('4000');
  });

  test('who may not decide, and who may not even see it', async () => {
    const run = await intake.renew(source, csvOfRows(broken(monthOf('2026-03', 7000), 0.5)));
    expect(run.state).toBe('held');
    expect(await intake.decide(run.id, 'publish', officer)).toMatchObject({
      status: 403,
      body: { error: { code: 'PERMISSION_MISSING' } },
    });
    expect(await intake.decide(run.id, 'publish', other)).toMatchObject({ status: 404 });
    const anonymous = await intake.call('POST', `/api/fuse/runs/${run.id}/decision`, { token: 'rk_wrong' });
    expect(anonymous.status).toBe(401);
    expect(await intake.get(`/api/fuse/runs/${run.id}`)).toMatchObject({ state: 'held' });
    for (const body of [
      { action: 'publish' },
      { action: 'publish', note: '' },
      { action: 'delete', note: 'x' },
    ])
      expect((await intake.call('POST', `/api/fuse/runs/${run.id}/decision`, { payload: body })).status).toBe(
        400,
      );
    const both = await Promise.all([intake.decide(run.id, 'discard'), intake.decide(run.id, 'publish')]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    await intake.settled(run.id);
  });

  test('another place while a run is held does not inherit its bookmark; a removed source leaves no run to decide', async () => {
    const held = await intake.renew(source, csvOfRows(broken(monthOf('2026-03', 8000), 0.5)));
    expect(held.state).toBe('held');
    expect((await intake.call('DELETE', `/api/fuse/sources/${source}`)).status).toBe(204);
    const run = await intake.domain.runs.get(intake.platform.scope(), held.id);
    expect(run.state).toBe('discarded');
    expect((await intake.decide(held.id, 'publish')).status).toBe(404);
  });
});

describe('a source that is pushed to', () => {
  test('refuses more rows while one delivery is held, at once and saying what to do', async () => {
    const { id } = await intake.register({
      key: 'pushed',
      rowKey: ['信用代码', '报告期'],
      ...{ target: 'enterprise', periodField: '报告期', mappings: SHAPE.mappings, mode: 'incremental' },
      connection: { kind: 'push', format: 'rows' },
    });
    expect((await intake.push(id, { rows: monthOf('2026-03', 10) })).state).toBe('succeeded');
    const held = await intake.push(id, { rows: broken(monthOf('2026-03', 6_661_666_000), 0.5) });
    expect(held.state).toBe('held');
    const began = performance.now();
    const refused = await intake.call('POST', `/api/fuse/sources/${id}/rows`, {
      payload: { idempotencyKey: 'while-held', rows: monthOf('2026-03', 20) },
    });
    expect(refused).toMatchObject({ status: 409, body: { error: { code: 'RUN_HELD' } } });
    expect(refused.text).toMatch(/发布|丢弃/);
    expect(performance.now() - began).toBeLessThan(5_000);
    expect((await intake.call('POST', `/api/fuse/sources/${id}/runs`)).body).toMatchObject({
      error: { code: 'SOURCE_KIND_WRONG' },
    });
    expect((await intake.decide(held.id, 'discard')).status).toBe(200);
    const again = await intake.push(id, { rows: monthOf('2026-03', 20) });
    expect(again).toMatchObject({ state: 'succeeded', rowsChanged: COUNT });
    expect(JSON.stringify([...(await intake.rows(id)).values()])).not.toContain('6661666');
  });
});
