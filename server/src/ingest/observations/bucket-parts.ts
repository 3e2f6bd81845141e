import type { Aggregate } from '@ronghe/contracts';

/** What the engine computes for a bucket; `n` counts the good samples and `x` the others, everything else is of good ones. */
export type Part = 'n' | 'x' | 'lo' | 'hi' | 'total' | 'head' | 'tail' | 'deviation';

const OF_AGGREGATE: Readonly<Record<Aggregate, readonly Part[]>> = {
  count: [],
  bad: ['x'],
  min: ['lo'],
  max: ['hi'],
  mean: ['total'],
  sum: ['total'],
  first: ['head'],
  last: ['tail'],
  range: ['lo', 'hi'],
  stddev: ['deviation'],
};

/** The parts that answer the aggregates, each once; `n` is always among them, because a bucket without it says nothing. */
export const partsOf = (aggregates: readonly Aggregate[]): readonly Part[] => [
  ...new Set<Part>(['n', ...aggregates.flatMap((aggregate) => OF_AGGREGATE[aggregate])]),
];

const FROM_ROWS: Readonly<Record<Part, string>> = {
  n: 'countIf(quality = 0)',
  x: 'countIf(quality != 0)',
  lo: 'minIf(value, quality = 0)',
  hi: 'maxIf(value, quality = 0)',
  total: 'sumIf(value, quality = 0)',
  head: 'argMinIf(value, time, quality = 0)',
  tail: 'argMaxIf(value, time, quality = 0)',
  deviation: 'stddevPopIf(value, quality = 0)',
};
/** Columns of the rollups; a standard deviation cannot be had from them. */
const FROM_ROLLUP: Readonly<Record<Part, string>> = {
  n: 'count',
  x: 'bad',
  lo: 'min',
  hi: 'max',
  total: 'sum',
  head: 'first',
  tail: 'last',
  deviation: 'nan',
};

/** Columns over rows that are grouped. */
export const fromRows = (parts: readonly Part[]): string =>
  parts.map((part) => `${FROM_ROWS[part]} as ${part}`).join(', ');

/** Columns of one row of a rollup, of the types that `fromRows` gives. */
export const fromRollup = (parts: readonly Part[]): string =>
  parts
    .map((part) => (part === 'n' || part === 'x' ? `toUInt64(${FROM_ROLLUP[part]})` : FROM_ROLLUP[part]))
    .map((column, index) => `${column} as ${parts[index]}`)
    .join(', ');

/** Columns over units that are grouped to buckets: rows of a rollup, or of the sub-query `of` that names them by part. */
export function merged(parts: readonly Part[], { time, of }: { time: string; of?: string }): string {
  const column = (part: Part) => (of === undefined ? FROM_ROLLUP[part] : `${of}.${part}`);
  const isGood = `${column('n')} > 0`;
  const texts: Readonly<Record<Part, string>> = {
    n: `sum(${column('n')})`,
    x: `sum(${column('x')})`,
    lo: `minIf(${column('lo')}, ${isGood})`,
    hi: `maxIf(${column('hi')}, ${isGood})`,
    total: `sumIf(${column('total')}, ${isGood})`,
    head: `argMinIf(${column('head')}, ${time}, ${isGood})`,
    tail: `argMaxIf(${column('tail')}, ${time}, ${isGood})`,
    deviation: '0',
  };
  return parts.map((part) => `${texts[part]} as ${part}`).join(', ');
}
