import type { KeptRow } from '../sources/records.ts';

/** One present row of a source that speaks for an enterprise, with what its columns became. */
export type Fact = {
  source: string;
  priority: number;
  run: string;
  rowKey: string;
  values: ReadonlyMap<string, FactValue>;
};
export type FactValue = { value: string; raw: string; field: string; valid: boolean };

/** The newest row of a record as a fact. */
export function factOf(
  { number, rowKey, values }: KeptRow,
  { source, priority, runOf }: { source: string; priority: number; runOf: (number: number) => string },
): Fact {
  return {
    ...{ source, priority, run: runOf(number), rowKey },
    values: new Map(
      values.map(([to, text, raw, field, valid]) => [
        to,
        { value: text, raw: raw || text, field, valid: valid === 1 },
      ]),
    ),
  };
}

/** The most trusted source first; the order does not depend on that of the rows. */
export const byTrust = (a: Fact, b: Fact): number =>
  b.priority - a.priority || compareTexts(a.source, b.source) || compareTexts(a.rowKey, b.rowKey);
const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
