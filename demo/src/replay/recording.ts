import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { PointType } from '@ronghe/contracts';
import { parse } from 'csv-parse';
import { parse as parseSync } from 'csv-parse/sync';
import { detectTimeFormat, parseTime, type TimeFormat } from './times.ts';

/** How much of a file is looked at to understand it. */
const SAMPLE_BYTES = 256_000;
const SAMPLE_ROWS_MAX = 2000;
const COLUMNS_MAX = 500;
const ROW_BYTES_MAX = 100_000;
const SEPARATORS = [',', ';', '\t', '|'] as const;
/** Minutes east of UTC of times that do not say so. */
export const CHINA_ZONE_MINUTES = 480;

/** One recorded quantity. */
export type RecordedColumn = {
  key: string;
  name: string;
  index: number;
  type: Extract<PointType, 'number' | 'text'>;
};

/** What was understood of a recording. */
export type Recording = {
  file: string;
  /** name without folder and extension */
  title: string;
  separator: string;
  headed: boolean;
  timeIndex: number;
  timeFormat: TimeFormat;
  columns: readonly RecordedColumn[];
  /** usual time from row to row */
  stepMs: number;
};

/** One row: null values are cells that are empty or no number; a null time is a cell that is no time. */
export type RecordedRow = {
  line: number;
  timeMs: number | null;
  values: readonly (number | string | null)[];
};

/** Understands a recording from its beginning. @throws Error that says what is missing */
export async function inspectRecording(file: string, zoneMinutes = CHINA_ZONE_MINUTES): Promise<Recording> {
  const sample = await readSample(file);
  const separator = detectSeparator(sample);
  const rows: string[][] = parseSync(sample, { ...dialect(separator), to: SAMPLE_ROWS_MAX });
  const [first, ...others] = rows;
  if (!first || others.length === 0) throw new Error(`${file}: 至少需要两行 / needs at least two rows`);
  if (first.length > COLUMNS_MAX)
    throw new Error(`${file}: 超过 ${COLUMNS_MAX} 列 / more than ${COLUMNS_MAX} columns`);
  const headed = !first.some((cell) => isNumber(cell));
  const body = headed ? others : rows;
  const cellsOf = (index: number) => body.map((row) => row[index] ?? '');
  const formats = first.map((_, index) => detectTimeFormat(cellsOf(index)));
  const timeIndex = formats.findIndex((format) => format !== null);
  const timeFormat = formats[timeIndex];
  if (!timeFormat) throw new Error(`${file}: 没有找到时间列 / no time column was found`);
  const names = first.map((cell, index) =>
    headed && cell.trim() !== '' ? cell.trim() : `column-${index + 1}`,
  );
  const times = cellsOf(timeIndex).map((cell) => parseTime(cell, { format: timeFormat, zoneMinutes }));
  return {
    file,
    title: basename(file).replace(/\.[^.]*$/, ''),
    separator,
    headed,
    timeIndex,
    timeFormat,
    columns: describeColumns(names, { timeIndex, cellsOf }),
    stepMs: usualStep(times),
  };
}

/** All rows of a recording in their order, defects included; reads as slowly as it is asked. */
export async function* readRecording(
  recording: Recording,
  zoneMinutes = CHINA_ZONE_MINUTES,
): AsyncGenerator<RecordedRow> {
  const parser = createReadStream(recording.file).pipe(
    parse({ ...dialect(recording.separator), from: recording.headed ? 2 : 1 }),
  );
  let line = recording.headed ? 1 : 0;
  for await (const cells of parser as AsyncIterable<string[]>) {
    line += 1;
    const { timeFormat: format, timeIndex } = recording;
    yield {
      line,
      timeMs: parseTime(cells[timeIndex] ?? '', { format, zoneMinutes }),
      values: recording.columns.map((column) => cellValue(cells[column.index], column.type)),
    };
  }
}

const dialect = (separator: string) => ({
  bom: true,
  delimiter: separator,
  relax_column_count: true,
  relax_quotes: true,
  skip_empty_lines: true,
  max_record_size: ROW_BYTES_MAX,
});

async function readSample(file: string): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(SAMPLE_BYTES), 0, SAMPLE_BYTES, 0);
    const text = buffer.toString('utf8', 0, bytesRead);
    // The last line of a full sample is cut somewhere.
    return bytesRead < SAMPLE_BYTES ? text : text.slice(0, text.lastIndexOf('\n') + 1);
  } finally {
    await handle.close();
  }
}

/** The character that divides the first lines into the same number of parts, most parts first. */
function detectSeparator(sample: string): string {
  const lines = sample.split(/\r?\n/).filter(Boolean).slice(0, 20);
  let best = { separator: ',', score: 0 };
  for (const separator of SEPARATORS) {
    const counts = lines.map((line) => line.split(separator).length - 1);
    const same = counts.filter((count) => count === counts[0]).length / lines.length;
    const score = (counts[0] ?? 0) * same;
    if (score > best.score) best = { separator, score };
  }
  return best.separator;
}

type ColumnContext = { timeIndex: number; cellsOf(index: number): string[] };
function describeColumns(names: readonly string[], { timeIndex, cellsOf }: ColumnContext): RecordedColumn[] {
  const keys = new Set<string>();
  return names.flatMap((name, index) => {
    if (index === timeIndex) return [];
    const base = pointKey(name) || `column-${index + 1}`;
    const key = keys.has(base) ? `${base}-${index + 1}` : base;
    keys.add(key);
    const cells = cellsOf(index).filter((cell) => cell.trim() !== '');
    const numeric = cells.filter((cell) => isNumber(cell)).length >= cells.length / 2;
    return [{ key, name, index, type: numeric ? 'number' : 'text' }];
  });
}

/** What a point key may hold; everything else becomes a dash. */
const pointKey = (name: string): string =>
  name
    .normalize('NFKC')
    .replace(/[^\p{L}\p{N} ._\-/:%#()@,=]/gu, '-')
    .replace(/^[^\p{L}\p{N}]+/u, '')
    .slice(0, 200);

const isNumber = (cell: string): boolean => /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(cell);

function cellValue(cell: string | undefined, type: RecordedColumn['type']): number | string | null {
  if (cell === undefined || cell.trim() === '') return null;
  if (type === 'text') return cell.trim();
  const value = isNumber(cell) ? Number(cell) : Number.NaN;
  return Number.isFinite(value) ? value : null;
}

/** Median of the steps forward; holes and clocks that run backwards do not move it. */
function usualStep(times: readonly (number | null)[]): number {
  const steps: number[] = [];
  for (let index = 1; index < times.length; index += 1) {
    const step = (times[index] ?? Number.NaN) - (times[index - 1] ?? Number.NaN);
    if (step > 0) steps.push(step);
  }
  steps.sort((left, right) => left - right);
  return steps[Math.floor(steps.length / 2)] ?? 1000;
}
