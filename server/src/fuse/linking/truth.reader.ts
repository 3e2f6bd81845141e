import { basename } from 'node:path';
import { openTableFile } from '../sources/files/open.reader.ts';
import { rawText } from '../standards/text.ts';
import { keyOf, type Truth } from './evaluate.ts';
import { refuse } from './failure.ts';
import type { Loaded } from './inputs.reader.ts';

type Rows = string[][];
const LABEL = /label|score|match|same|truth|gold|result|is_/i;

/**
 * True pairs from a file: two columns of ids, whichever they are and whichever input each belongs to, and perhaps one of 0 and 1 (or a score
 * up to 1, same from 0.5 on). Where ids of both inputs look alike, so that the columns fit either way, the way that agrees with `links` more is taken.
 * @throws AppError LINK_INPUT_INVALID when no two columns hold ids
 */
export async function readTruthPairs(
  path: string,
  loaded: Loaded,
  links: ReadonlySet<number>,
): Promise<Truth> {
  const { columns, rows } = await readRows(path);
  const inputs = Math.max(0, ...loaded.sources.map(({ input }) => input)) + 1;
  const records = Array.from({ length: inputs }, () => new Map<string, number>());
  for (const [record, id] of loaded.ids.entries())
    records[loaded.sources[loaded.sourceOf[record] ?? 0]?.input ?? 0]?.set(id, record);
  const ways = waysOf(columns, rows, records).map((way) => {
    const pairs = pairsBy(way, rows, records);
    const agreeing = pairs.filter(({ key }) => links.has(key)).length;
    return { ...way, pairs, agreeing };
  });
  const best = ways.sort((one, two) => two.pairs.length - one.pairs.length || two.agreeing - one.agreeing)[0];
  if (!best || best.pairs.length === 0)
    throw refuse(
      [
        `真值文件 ${basename(path)} 中没有两列是输入的标识；它的列是：${columns.join('、')}`,
        `no two columns of the truth ${basename(path)} hold ids of the inputs; its columns are: ${columns.join(', ')}`,
      ],
      ['真值须有两列标识，与 --id 的值一致', 'The truth needs two columns of ids as in --id'],
    );
  const label = labelColumn(columns, rows, best);
  const same = new Set<number>();
  const different = new Set<number>();
  for (const { key, row } of best.pairs)
    (label < 0 || Number(rows[row]?.[label]) >= 0.5 ? same : different).add(key);
  return { kind: 'pairs', same, different: different.size > 0 ? different : null };
}

async function readRows(path: string): Promise<{ columns: readonly string[]; rows: Rows }> {
  const table = await openTableFile({ path, name: basename(path), options: {} });
  try {
    const rows: Rows = [];
    for await (const page of table.pages(new AbortController().signal))
      for (const row of page.rows) rows.push(row.map((cell) => rawText(cell).trim()));
    return { columns: table.columns, rows };
  } finally {
    await table.close();
  }
}

type Way = { left: number; right: number; leftInput: number; rightInput: number };
const SAMPLE = 500;

/** Columns and inputs whose ids they hold, those that most of the first rows fit. */
function waysOf(columns: readonly string[], rows: Rows, records: readonly Map<string, number>[]): Way[] {
  const sample = rows.slice(0, SAMPLE);
  const fits = (column: number, input: number) =>
    sample.filter((row) => records[input]?.has(row[column] ?? '')).length / Math.max(1, sample.length);
  const ways: (Way & { fit: number })[] = [];
  for (let left = 0; left < columns.length; left += 1)
    for (let right = left + 1; right < columns.length; right += 1)
      for (let one = 0; one < records.length; one += 1)
        for (let two = 0; two < records.length; two += 1) {
          if (records.length > 1 && one === two) continue;
          const fit = Math.min(fits(left, one), fits(right, two));
          if (fit > 0) ways.push({ left, right, leftInput: one, rightInput: two, fit });
        }
  const most = Math.max(0, ...ways.map(({ fit }) => fit));
  return ways.filter(({ fit }) => fit >= most - 0.05);
}

function pairsBy(
  { left, right, leftInput, rightInput }: Way,
  rows: Rows,
  records: readonly Map<string, number>[],
): { key: number; row: number }[] {
  return rows.flatMap((cells, row) => {
    const a = records[leftInput]?.get(cells[left] ?? '');
    const b = records[rightInput]?.get(cells[right] ?? '');
    return a === undefined || b === undefined || a === b ? [] : [{ key: keyOf(a, b), row }];
  });
}

/** A column beside the ids whose values are all between 0 and 1, named as labels are or the only one. */
function labelColumn(columns: readonly string[], rows: Rows, { left, right }: Way): number {
  const fitting = columns.flatMap((_name, at) =>
    at !== left && at !== right && rows.every((row) => /^(?:[01](?:\.\d+)?|0?\.\d+)$/.test(row[at] ?? ''))
      ? [at]
      : [],
  );
  return (
    fitting.find((at) => LABEL.test(columns[at] ?? '')) ?? (columns.length === 3 ? (fitting[0] ?? -1) : -1)
  );
}
