import type { PointType, Quality, Sample, SampleValue } from '@ronghe/contracts';
import type { PointDescriptor } from '../../connector.ts';
import type { Column, FileConfig, FilePoint } from './file.config.ts';
import { fillTemplate, type NameParts } from './file.names.ts';
import { type Cell, type Row, UnreadableFile } from './file.rows.ts';
import { createTimeReader } from './file.time.ts';

/** Cells that say that there is no value, in lower case. */
const NO_VALUES = new Set([
  'nan',
  'null',
  'none',
  'na',
  'n/a',
  '#n/a',
  '#value!',
  '#div/0!',
  '-',
  '--',
  '---',
]);
const TRUE_WORDS = new Set(['true', '1', 'on', 'yes', 't', 'y', '是', '开']);
const FALSE_WORDS = new Set(['false', '0', 'off', 'no', 'f', 'n', '否', '关']);
/** Names of columns that an error shows. */
const NAMES_SHOWN = 12;

/** What is known of a point before its descriptor is made. */
export type PointSource = { key: string; type: PointType; point: FilePoint | null };
export type Mapped = { source: PointSource; sample: Sample };

/** Turns rows of one file into samples. */
export type Mapper = {
  /** The samples of a row, or the reason why the row as a whole cannot be read. */
  map(row: Row): Mapped[] | string;
  /** Points whose column the file has not. */
  missing: readonly PointSource[];
};

/** Numbers from 0 of the columns that the configuration names, as far as the header has them. */
export function columnsOf(config: FileConfig, header: readonly string[] | null): number[] {
  const named = [
    ...(config.time.columns ?? []),
    config.keyColumn,
    config.valueColumn,
    config.qualityColumn,
    ...(config.keyColumn === undefined ? config.points.map((point) => point.column ?? point.key) : []),
  ];
  return named.flatMap((column) => (column === undefined ? [] : (columnAt(column, header) ?? [])));
}

function columnAt(column: Column, header: readonly string[] | null): number | null {
  if (typeof column === 'number') return column - 1;
  const at = header?.indexOf(column) ?? -1;
  return at < 0 ? null : at;
}

/** What a file is called and when it was written last. */
export type FileFacts = { name: string; parts: NameParts; modifiedMs: number };

/**
 * Prepares reading rows under a header. Throws UnreadableFile when the columns of time, key or value are not there, or
 * when no point is.
 */
export function createMapper(config: FileConfig, header: readonly string[] | null, facts: FileFacts): Mapper {
  const find = (column: Column): number | null => columnAt(column, header);
  const need = (column: Column, what: string): number => {
    const at = find(column);
    if (at !== null) return at;
    const names =
      header === null ? 'there is no header' : `there are ${header.slice(0, NAMES_SHOWN).join(', ')}`;
    throw new UnreadableFile(`the column ${column} of the ${what} is missing; ${names}`);
  };
  const timeOf = createRowTime(config, facts, (column) => need(column, 'time'));
  const quality = config.qualityColumn === undefined ? null : need(config.qualityColumn, 'quality');
  const qualityOf = createQuality(config);
  const cellOf = createCellReader(config);
  const sampleOf = (timeMs: number, source: PointSource, cell: Cell, row: Row): Sample | null => {
    const read = cellOf(cell, source);
    if (read === null) return null;
    return withQuality(timeMs, read, quality === null ? null : qualityOf(row.cells[quality] ?? null));
  };
  const common = { config, facts, timeOf, sampleOf };
  if (config.keyColumn !== undefined && config.valueColumn !== undefined)
    return longMapper(common, need(config.keyColumn, 'key'), need(config.valueColumn, 'value'));
  return wideMapper(common, find, header !== null);
}

type Common = {
  config: FileConfig;
  facts: FileFacts;
  timeOf: (row: Row) => number | null;
  sampleOf: (timeMs: number, source: PointSource, cell: Cell, row: Row) => Sample | null;
};

const keyOf = ({ config, facts }: Common, key: string): string =>
  config.keyTemplate === '{key}'
    ? key
    : fillTemplate(config.keyTemplate, { ...facts.parts, file: facts.name, key });

function wideMapper(common: Common, find: (column: Column) => number | null, named: boolean): Mapper {
  const missing: PointSource[] = [];
  const columns: { at: number; source: PointSource }[] = [];
  let least = 0;
  for (const point of common.config.points) {
    const at = find(point.column ?? point.key);
    const source = { key: keyOf(common, point.key), type: point.type, point };
    if (at === null) missing.push(source);
    else columns.push({ at, source });
    least = at === null ? least : Math.max(least, at + 1);
  }
  if (columns.length === 0) throw new UnreadableFile('none of the points has its column in this file');
  // Without a header only the rows tell how wide they are, and a column by number may be beyond all of them.
  let widest = named ? least : 0;
  return {
    missing,
    map(row) {
      const timeMs = common.timeOf(row);
      if (timeMs === null) return 'time-unreadable';
      widest = Math.max(widest, row.cells.length);
      if (row.cells.length < Math.min(least, widest)) return 'too-few-columns';
      const samples: Mapped[] = [];
      for (const { at, source } of columns) {
        const sample = common.sampleOf(timeMs, source, row.cells[at] ?? null, row);
        if (sample !== null) samples.push({ source, sample });
      }
      return samples;
    },
  };
}

function longMapper(common: Common, keyAt: number, valueAt: number): Mapper {
  const listed = new Map(common.config.points.map((point) => [point.key, point]));
  return {
    missing: [],
    map(row) {
      const timeMs = common.timeOf(row);
      if (timeMs === null) return 'time-unreadable';
      if (row.cells.length <= Math.max(keyAt, valueAt)) return 'too-few-columns';
      const written = textOf(row.cells[keyAt] ?? null).trim();
      if (written === '') return 'key-empty';
      const point = listed.get(written) ?? null;
      const source = {
        key: keyOf(common, written),
        type: point?.type ?? common.config.valueType,
        point,
      };
      const sample = common.sampleOf(timeMs, source, row.cells[valueAt] ?? null, row);
      return sample === null ? [] : [{ source, sample }];
    },
  };
}

/** The time of a row: from its columns, or counted from a start. */
function createRowTime(
  config: FileConfig,
  facts: FileFacts,
  need: (column: Column) => number,
): (row: Row) => number | null {
  const { time } = config;
  const read = createTimeReader(time);
  if (time.columns === undefined) {
    const start = time.start ?? 'modified';
    const text = fillTemplate(start, { ...facts.parts, file: facts.name });
    const startMs = start === 'modified' ? facts.modifiedMs : read(text);
    if (startMs === null)
      throw new UnreadableFile(`the start "${text}" is not a time of format ${time.format}`);
    const stepMs = time.stepMs ?? 0;
    return (row) => startMs + row.index * stepMs;
  }
  const places = time.columns.map(need);
  const [only, ...more] = places;
  if (only !== undefined && more.length === 0) return (row) => read(row.cells[only] ?? null);
  return (row) => read(places.map((at) => textOfTime(row.cells[at] ?? null)).join(' '));
}

/** Date and time in columns of their own are joined as text; Excel keeps a time as a part of a day. */
function textOfTime(cell: Cell): string {
  if (typeof cell === 'number' && cell >= 0 && cell < 1) return clockText(Math.round(cell * 86_400_000));
  if (cell === null || typeof cell !== 'object' || 'atMs' in cell) return textOf(cell).trim();
  const iso = new Date(cell.wallMs).toISOString();
  if (cell.wallMs < Date.UTC(1900, 0, 1)) return iso.slice(11, 23);
  return iso.endsWith('T00:00:00.000Z') ? iso.slice(0, 10) : iso.slice(0, 23).replace('T', ' ');
}

const clockText = (ofDayMs: number): string => new Date(ofDayMs).toISOString().slice(11, 23);

/** Any cell as text; times as ISO 8601, a wall clock without zone. */
export function textOf(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell !== 'object') return String(cell);
  const local = 'wallMs' in cell;
  const date = new Date(local ? cell.wallMs : cell.atMs);
  if (!Number.isFinite(date.getTime())) return '';
  return local ? date.toISOString().slice(0, -1) : date.toISOString();
}

type Read = { value: SampleValue; quality: Quality; reason?: string };
const bad = (reason: string): Read => ({ value: null, quality: 'bad', reason });

/** Makes the function from cell to value; null is no sample at all. */
function createCellReader(config: FileConfig): (cell: Cell, source: PointSource) => Read | null {
  const number = createNumberReader(config.csv);
  return (cell, { type, point }) => {
    const text = typeof cell === 'string' ? cell.trim() : cell;
    if (text === null || text === '') return config.empty === 'bad' ? bad('no-value') : null;
    if (type === 'text') return { value: typeof cell === 'string' ? cell : textOf(cell), quality: 'good' };
    if (typeof text === 'string' && NO_VALUES.has(text.toLowerCase())) return bad('no-value');
    if (type === 'boolean') {
      const word = textOf(text).toLowerCase();
      if (TRUE_WORDS.has(word)) return { value: true, quality: 'good' };
      return FALSE_WORDS.has(word) ? { value: false, quality: 'good' } : bad('not-a-boolean');
    }
    if (Number.isNaN(text)) return bad('no-value');
    const raw = number(text);
    if (raw === null) return bad('not-a-number');
    const value = point === null ? raw : raw * point.scale + point.offset;
    if (!Number.isFinite(value)) return bad('not-finite');
    if (typeof text === 'bigint' && !Number.isSafeInteger(raw))
      return { value, quality: 'uncertain', reason: 'number-rounded' };
    return { value, quality: 'good' };
  };
}

const PLAIN = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?$/;
const GROUPED = /^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?$/;

/** Reads numbers strictly: what is not wholly a number gives null, never a part of it. */
function createNumberReader(csv: FileConfig['csv']): (cell: Exclude<Cell, null>) => number | null {
  return (cell) => {
    if (typeof cell === 'number') return cell;
    if (typeof cell === 'bigint') return Number(cell);
    if (typeof cell === 'boolean') return cell ? 1 : 0;
    if (typeof cell !== 'string') return null;
    // With a decimal comma point and comma change places.
    const text = csv.decimal === ',' ? cell.replace(/[.,]/g, (mark) => (mark === ',' ? '.' : ',')) : cell;
    if (PLAIN.test(text)) return Number(text);
    return csv.thousands && GROUPED.test(text) ? Number(text.replaceAll(',', '')) : null;
  };
}

/** Quality words; numbers as in OPC DA 3.0, 6.8: bits 6 and 7 are 3 for good, 1 for uncertain, 0 for bad. */
function createQuality(config: FileConfig): (cell: Cell) => { quality: Quality; reason?: string } {
  const words = new Map(
    Object.entries(config.qualityMap).map(([word, quality]) => [word.toLowerCase(), quality]),
  );
  return (cell) => {
    const word = textOf(cell).trim().toLowerCase();
    const told = words.get(word);
    if (told !== undefined) return { quality: told };
    if (word === 'good' || word === 'uncertain' || word === 'bad') return { quality: word };
    const code = /^\d{1,5}(?:\.0+)?$/.test(word) ? Number(word) & 0xc0 : null;
    if (code === 0xc0) return { quality: 'good' };
    if (code === 0x40) return { quality: 'uncertain' };
    if (code === 0) return { quality: 'bad' };
    return { quality: 'uncertain', reason: 'quality-unknown' };
  };
}

/** The worse of both qualities; a `bad` value is kept, for the peer sent it, but is marked. */
function withQuality(timeMs: number, read: Read, told: { quality: Quality; reason?: string } | null): Sample {
  if (told === null || told.quality === 'good' || read.quality === 'bad')
    return read.reason === undefined
      ? [timeMs, read.value, read.quality]
      : [timeMs, read.value, read.quality, read.reason];
  return [timeMs, read.value, told.quality, told.reason ?? 'told-by-file'];
}

/** What the platform is told about a point. */
export function descriptorOf(connection: string, source: PointSource): PointDescriptor {
  const { key, type, point } = source;
  return {
    key,
    type,
    connection,
    ...(point?.name === undefined ? {} : { name: point.name }),
    ...(point?.unit === undefined ? {} : { unit: point.unit }),
    ...(point?.equipment === undefined ? {} : { equipment: point.equipment }),
  };
}
