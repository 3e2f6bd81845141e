import type { Enterprise, FieldMapping, IndicatorSeries, Run } from '@ronghe/contracts';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { inventCode } from '../testing/fuse-platform.ts';
import { csvOfRows, type IntakeTest, type Row, startIntake } from '../testing/intake-platform.ts';

// each run is a whole one: landed, audited, published, fused
vi.setConfig({ testTimeout: 120_000 });

const map = (from: string, to: string, transform: string): FieldMapping => ({
  ...{ from, to, transform, unit: null },
  values: {},
});
const SHAPE = {
  ...{ target: 'enterprise' as const, rowKey: ['code', 'month'], periodField: 'month' },
  mappings: [
    ...[map('code', 'code', 'code'), map('name', 'name', 'name'), map('division', 'division', 'division')],
    map('power', 'indicator:ELECTRICITY', 'number'),
  ],
};
const CODES = [0, 1, 2].map((index) => inventCode(`6200000${index}`));
const rowOf = (index: number, month: string, power: number, name = `江西第${index}号陶瓷有限公司`): Row => ({
  ...{ code: CODES[index], name, division: '360111', month, power },
});
const FIRST = [rowOf(0, '2026-03', 10), rowOf(0, '2026-04', 11), rowOf(1, '2026-04', 20)];
/** Another name and value, a month and an enterprise more, one less. */
const SECOND = [
  ...[rowOf(0, '2026-03', 10), rowOf(0, '2026-04', 99, '江西零号陶瓷集团有限公司'), rowOf(0, '2026-05', 12)],
  rowOf(2, '2026-04', 30),
];

let intake: IntakeTest;
let source: string;
let firstRun: Run;
beforeAll(async () => {
  intake = await startIntake();
  const made = await intake.table('monthly', 'a.csv', csvOfRows(FIRST), SHAPE);
  [source, firstRun] = [made.source, made.run];
  expect(firstRun.state, firstRun.error ?? '').toBe('succeeded');
}, 120_000);
afterAll(() => intake?.stop());

const withdraw = (run: string) =>
  intake.call<{ run: string }>('POST', `/api/fuse/runs/${run}/withdrawal`, { payload: { note: '数据有误' } });

/** What readers see: rows, golden values with their source, months. */
async function seen() {
  const list = await intake.get<{ items: { id: string; name: string }[] }>('/api/fuse/enterprises?limit=100');
  const enterprises: unknown[] = [];
  for (const { id } of list.items.sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const { values } = await intake.get<Enterprise>(`/api/fuse/enterprises/${id}`);
    const series = await intake.get<{ items: IndicatorSeries[] }>(`/api/fuse/enterprises/${id}/indicators`);
    enterprises.push({
      ...{ id, values: values.map(({ attribute, value, run }) => [attribute, value, run]) },
      months: series.items.map(({ items }) => items.map(({ period, value }) => [period, value])),
    });
  }
  return { enterprises, rows: [...(await intake.rows(source))].sort() };
}

test('the newest published run is taken back: readers see what they saw before it, in rows, values and months', async () => {
  const before = await seen();
  const second = await intake.renew(source, csvOfRows(SECOND));
  expect(second, second.error ?? JSON.stringify(second.heldFor)).toMatchObject({
    state: 'succeeded',
    rowsGone: 1,
  });
  expect(await seen()).not.toEqual(before);
  expect(await withdraw(firstRun.id)).toMatchObject({
    status: 409,
    body: { error: { code: 'RUN_NOT_WITHDRAWABLE' } },
  });
  const started = await withdraw(second.id);
  expect(started.status, started.text).toBe(202);
  const withdrawal = await intake.settled(started.body.run);
  expect(withdrawal, withdrawal.error ?? '').toMatchObject({
    ...{
      state: 'succeeded',
      from: 'withdrawal',
      withdraws: second.id,
      decision: { by: 'admin', note: '数据有误' },
    },
  });
  expect(await intake.get<Run>(`/api/fuse/runs/${second.id}`)).toMatchObject({ state: 'withdrawn' });
  expect(await seen()).toEqual(before);
  expect((await withdraw(second.id)).status).toBe(409);
  expect((await withdraw(withdrawal.id)).status).toBe(409);
  const { items } = await intake.platform.audit.list(intake.platform.scope(), {
    limit: 20,
    search: 'fuse:run:withdraw',
  });
  expect(items[0]).toMatchObject({ target: `run:${second.id}`, after: { note: '数据有误' } });
});

test('the next run brings the same again, against what readers see now', async () => {
  const again = await intake.renew(source, csvOfRows(SECOND));
  expect(again).toMatchObject({
    state: 'succeeded',
    rowsNew: 2,
    rowsChanged: 1,
    rowsGone: 1,
    rowsUnchanged: 1,
  });
  expect((await withdraw(again.id)).status).toBe(202);
});

test('the first run of a source leaves nothing behind that readers see', async () => {
  await vi.waitFor(
    async () => {
      const started = await withdraw(firstRun.id);
      expect(started.status, started.text).toBe(202);
      expect((await intake.settled(started.body.run)).state).toBe('succeeded');
    },
    { timeout: 60_000, interval: 200 },
  );
  expect(await seen()).toEqual({ enterprises: [], rows: [] });
});
