import type { AnswerColumn, DatasetAnswer } from '@ronghe/contracts';
import type { Question } from './draft.ts';

/** More bars than this nobody can tell apart. */
const POINTS_MAX = 60;
/** As many lines as there are colours. */
const LINES_MAX = 5;

export type ChartSeries = { name: string; values: (number | null)[] };
export type ChartData = { kind: 'bar' | 'line'; labels: string[]; series: ChartSeries[]; cut: boolean };
type Shown = {
  measure: string;
  label: (row: DatasetAnswer['rows'][number], names: readonly string[]) => string;
};

/** Columns of a grouped answer that hold numbers to draw. */
export const measuresOf = ({ columns }: DatasetAnswer, { aggregates = [] }: Question): AnswerColumn[] =>
  columns.filter(
    ({ name, type }) => (type === 'number' || type === 'integer') && aggregates.some(({ as }) => as === name),
  );

/**
 * One measure of a grouped answer: over a period as lines, one for each group where there is one group beside it; otherwise as bars.
 * Null when there is nothing to lay out along an axis.
 */
export function chartOf(
  answer: DatasetAnswer,
  question: Question,
  { measure, label }: Shown,
): ChartData | null {
  const { group = [], bucket } = question;
  const period = bucket ? (bucket.as ?? bucket.column) : null;
  const number = (row: DatasetAnswer['rows'][number]) => {
    const value = row[measure];
    return typeof value === 'number' ? value : null;
  };
  if (period === null) {
    if (group.length === 0) return null;
    const rows = answer.rows.slice(0, POINTS_MAX);
    return {
      kind: 'bar',
      labels: rows.map((row) => label(row, group)),
      series: [{ name: measure, values: rows.map(number) }],
      cut: answer.rows.length > rows.length,
    };
  }
  const periods = [...new Set(answer.rows.map((row) => String(row[period] ?? '')))].sort();
  const lines = new Map<string, Map<string, number | null>>();
  for (const row of answer.rows) {
    const name = group.length === 0 ? measure : label(row, group);
    const line = lines.get(name) ?? new Map<string, number | null>();
    line.set(String(row[period] ?? ''), number(row));
    lines.set(name, line);
  }
  const size = (line: Map<string, number | null>) =>
    [...line.values()].reduce<number>((sum, value) => sum + Math.abs(value ?? 0), 0);
  const kept = [...lines].sort(([, a], [, b]) => size(b) - size(a)).slice(0, LINES_MAX);
  return {
    kind: 'line',
    labels: periods,
    series: kept.map(([name, line]) => ({ name, values: periods.map((at) => line.get(at) ?? null) })),
    cut: lines.size > kept.length,
  };
}
