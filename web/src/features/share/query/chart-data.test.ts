import type { DatasetAnswer } from '@ronghe/contracts';
import { expect, it } from 'vitest';
import { chartOf, measuresOf } from './chart-data.ts';

const column = (name: string, type: 'text' | 'integer') => ({
  ...{ name, type, unit: null, title: null, grade: null, level: null, personal: false, masks: [] },
});
const answer = (rows: DatasetAnswer['rows']): DatasetAnswer => ({
  columns: [column('city', 'text'), column('month', 'text'), column('n', 'integer')],
  ...{ rows, next: null, grade: 1, level: 'general', rowsRead: 4, elapsedMs: 1 },
});
const QUESTION = { aggregates: [{ fn: 'count' as const, as: 'n' }], limit: 100 };
const label = (row: DatasetAnswer['rows'][number], names: readonly string[]) =>
  names.map((name) => String(row[name])).join(' · ');
const ROWS = [
  { city: 'A', month: '2026-02', n: 2 },
  { city: 'A', month: '2026-01', n: 1 },
  { city: 'B', month: '2026-02', n: 5 },
];

it('a period is drawn as lines in its order, one for each group, with gaps where nothing is known', () => {
  const question = { ...QUESTION, group: ['city'], bucket: { column: 'month', every: 'month' as const } };
  expect(chartOf(answer(ROWS), question, { measure: 'n', label })).toEqual({
    ...{ kind: 'line', labels: ['2026-01', '2026-02'], cut: false },
    series: [
      { name: 'B', values: [null, 5] },
      { name: 'A', values: [1, 2] },
    ],
  });
});

it('groups are drawn as bars in the order of the answer; a single sum is not drawn', () => {
  const question = { ...QUESTION, group: ['city', 'month'] };
  const chart = chartOf(answer(ROWS), question, { measure: 'n', label });
  expect(chart?.kind).toBe('bar');
  expect(chart?.labels).toEqual(['A · 2026-02', 'A · 2026-01', 'B · 2026-02']);
  expect(chartOf(answer([{ n: 8 }]), QUESTION, { measure: 'n', label })).toBeNull();
  expect(measuresOf(answer(ROWS), QUESTION).map(({ name }) => name)).toEqual(['n']);
});

it('says when it leaves something out', () => {
  const many = Array.from({ length: 70 }, (_, index) => ({ city: `C${index}`, month: '2026-01', n: index }));
  const bars = chartOf(answer(many), { ...QUESTION, group: ['city'] }, { measure: 'n', label });
  expect(bars?.labels).toHaveLength(60);
  expect(bars?.cut).toBe(true);
});
