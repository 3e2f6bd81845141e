import { afterAll, beforeAll, expect, test } from 'vitest';
import { csvOfRows, type IntakeTest, type Row, startIntake } from './testing/intake-platform.ts';

const map = (from: string) => ({ from, to: `column:${from}`, transform: 'text', unit: null, values: {} });
const SHAPE = { mappings: [map('name')] };
const COUNT = 30;
const rows = (without: readonly number[] = []): Row[] =>
  Array.from({ length: COUNT }, (_, at) => ({ id: String(at), name: `n${at}` })).filter(
    (_row, at) => !without.includes(at),
  );
const TOTALS = { id: '', name: '合计' };
const keyless = (at: number): Row => ({ id: '', name: `n${at}` });

let intake: IntakeTest;
beforeAll(async () => {
  intake = await startIntake();
}, 120_000);
afterAll(() => intake?.stop());

test('a row whose key cannot be read takes nothing away; a line of totals that was always there means nothing', async () => {
  const { source, run } = await intake.table('untold', 'a.csv', csvOfRows([...rows(), TOTALS]), SHAPE);
  expect(run).toMatchObject({ state: 'succeeded', rowsRejected: 1, rowsUntold: 0 });
  const renew = (table: Row[]) => intake.renew(source, csvOfRows(table));
  const keys = async () => [...(await intake.rows(source)).keys()].length;

  // the totals are there as before, so who is missing is gone
  expect(await renew([...rows([7]), TOTALS])).toMatchObject({ rowsGone: 1, rowsUntold: 0 });
  expect(await keys()).toBe(COUNT - 1);
  // one more without its key: 3 and 4 are not there, and one of them may be it
  const unsure = [...rows([3, 4, 7]), keyless(3), TOTALS];
  for (const _again of [1, 2]) {
    // also the second time: what was unsure is no measure for what comes later
    expect(await renew(unsure)).toMatchObject({
      state: 'succeeded',
      rowsGone: 0,
      rowsUntold: 2,
      rowsRejected: 2,
    });
    expect(await keys()).toBe(COUNT - 1);
  }
  const [issue] = (
    await intake.get<{ items: { rule: string; rows: number }[] }>(
      `/api/fuse/quality/issues?source=${source}&state=open`,
    )
  ).items.filter(({ rule }) => rule === 'row-key-missing');
  expect(issue).toMatchObject({ rows: 2 });
  // put right: 4 was gone
  expect(await renew([...rows([4, 7]), TOTALS])).toMatchObject({ rowsGone: 1, rowsUntold: 0 });
  expect(await keys()).toBe(COUNT - 2);
});

test('nor does a month that cannot be read, or a line that is no JSON', async () => {
  const shape = { ...SHAPE, rowKey: ['id', 'month'], periodField: 'month' };
  const months = (broken: number | null) =>
    csvOfRows(rows().map((row, at) => ({ ...row, month: at === broken ? '某月' : '2026-03' })));
  const { source } = await intake.table('months', 'a.csv', months(null), shape);
  expect(await intake.renew(source, months(5))).toMatchObject({
    rowsRejected: 1,
    rowsGone: 0,
    rowsUntold: 1,
  });
  expect(await intake.renew(source, months(null))).toMatchObject({
    rowsRejected: 0,
    rowsGone: 0,
    rowsUntold: 0,
  });

  const lines = (broken: number | null) =>
    rows()
      .map((row, at) => (at === broken ? `{"id": "${at}", "name": n}` : JSON.stringify(row)))
      .join('\n');
  const json = await intake.table('lines', 'a.jsonl', lines(null), SHAPE);
  expect(await intake.renew(json.source, lines(5), 'b.jsonl')).toMatchObject({
    ...{ state: 'succeeded', rowsRejected: 1, rowsGone: 0, rowsUntold: 1 },
  });
  expect((await intake.rows(json.source)).size).toBe(COUNT);
});

test('what the sender itself calls deleted goes all the same', async () => {
  const connection = { kind: 'push', format: 'rows' };
  const { id } = await intake.register({ key: 'pushed', ...SHAPE, connection });
  await intake.push(id, { rows: rows(), complete: true });
  const run = await intake.push(id, {
    ...{ rows: [...rows([1, 2]), { name: 'n2' }], deleted: [{ id: '1' }], complete: true },
  });
  expect(run).toMatchObject({ state: 'succeeded', rowsGone: 1, rowsUntold: 1 });
  const left = [...(await intake.rows(id)).keys()];
  expect([left.includes('1'), left.includes('2')]).toEqual([false, true]);
});
