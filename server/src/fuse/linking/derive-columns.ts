import type { LinkColumn } from '@ronghe/contracts';
import { ownText } from '../sources/files/own-text.ts';
import { derive, PARTS } from './features.ts';

/** One column of a batch that is to be standardised: which parts of it are wanted, by their places in `PARTS`. */
export type Wanted = { column: Pick<LinkColumn, 'kind' | 'dayFirst'>; parts: readonly number[] };
export type PartValues = string[] | Int32Array | Float64Array;

/** Different values of a column whose parts are remembered, because taking a company name apart costs some 30 µs. */
const REMEMBERED_MAX = 400_000;
/** Kinds whose values come again and cost something. */
const REMEMBERED = new Set<LinkColumn['kind']>(['company', 'address', 'category', 'date', 'person']);

/** Standardises batches of columns, remembering what came before. Values come back column by column, part by part. */
export function createDeriver(wanted: readonly Wanted[]) {
  const memories = wanted.map(() => new Map<string, (string | number)[]>());
  return (raw: readonly (readonly string[])[]): PartValues[] =>
    wanted.flatMap(({ column, parts }, at) =>
      deriveColumn({ column, parts }, raw[at] ?? [], memories[at] ?? new Map()),
    );
}

function deriveColumn(
  { column, parts }: Wanted,
  raw: readonly string[],
  memory: Map<string, (string | number)[]>,
): PartValues[] {
  const words = PARTS[column.kind].findIndex(({ name }) => name === 'words');
  const options = { dayFirst: column.dayFirst, words: parts.includes(words) };
  const remembers = REMEMBERED.has(column.kind);
  const columns = parts.map((part): PartValues => {
    const type = PARTS[column.kind][part]?.type ?? 'String';
    if (type === 'Int32') return new Int32Array(raw.length);
    return type === 'Float64' ? new Float64Array(raw.length) : new Array<string>(raw.length);
  });
  for (let row = 0; row < raw.length; row += 1) {
    const text = raw[row] ?? '';
    let values = remembers ? memory.get(text) : undefined;
    if (values === undefined) {
      values = derive(column.kind, text, options);
      // a cell may be a piece of the page it was read from, and would keep all of it in memory
      if (remembers && memory.size < REMEMBERED_MAX) memory.set(ownText(text), values);
    }
    for (let at = 0; at < parts.length; at += 1) {
      const target = columns[at];
      const value = values[parts[at] ?? 0];
      if (target) (target as (string | number)[])[row] = value ?? '';
    }
  }
  return columns;
}

/** What stands between the values of a column that travels as one text; standardised values have no control characters. */
const BETWEEN = '\u0001';
export type Packed = { text: string; rows: number } | Int32Array | Float64Array;

/** Values as one text: a thread hands over one long text far sooner than many short ones. */
export const packed = (values: PartValues): Packed =>
  Array.isArray(values) ? { text: values.join(BETWEEN), rows: values.length } : values;
export const packedRaw = (values: readonly string[]): Packed => ({
  text: values.map((text) => (text.includes(BETWEEN) ? text.replaceAll(BETWEEN, ' ') : text)).join(BETWEEN),
  rows: values.length,
});
export const unpacked = (values: Packed): PartValues =>
  'text' in values ? (values.rows === 0 ? [] : values.text.split(BETWEEN)) : values;
