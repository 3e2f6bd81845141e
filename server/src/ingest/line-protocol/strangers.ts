import type { PointGroup } from '#collect';
import { groupOf, type SeriesFields, seriesFields } from './line-points.ts';
import { type Line, type Precision, parseLine } from './line-protocol.ts';
import type { Rest } from './line-scanner.ts';
import { hashOf, placeOf, type SeriesTable, type Text, textOf } from './series-table.ts';

/** A plain series whose number fields the table does not know all; plain ones have their names as bytes. */
export type Stranger = {
  /** the series as it stands in the text */
  series: Text;
  fields: SeriesFields;
  /** all fields together; where keys are too long for that, each field is a point of this series by itself */
  told: { group: PointGroup } | { group: null; line: Series };
};
type Series = Pick<Line, 'measurement' | 'tags'>;
type Read = Series & { fields: SeriesFields };
type FieldMemory = ReturnType<typeof createFieldMemory>;

/** One stranger for each series among the lines that the scanner left over. */
export function strangersOf(
  body: Uint8Array,
  rest: readonly Rest[],
  { precision, table }: { precision: Precision; table: SeriesTable },
): Stranger[] {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const met = new Set<string>();
  const found: Stranger[] = [];
  const memory = createFieldMemory();
  const keep = createKeeper(body);
  for (const { start, end } of rest) {
    const row = text.toString('utf8', start, end);
    const space = row.indexOf(' ');
    if (space <= 0 || row.includes('\\')) continue;
    const name = row.slice(0, space);
    if (met.has(name)) continue;
    const line = readPlain(row, space, memory) ?? readAny(row, precision, memory);
    if (line === null) continue;
    const { fields } = line;
    const stop = text.indexOf(SPACE, start);
    if (fields.names.length === 0 || isKnown(table, text.subarray(start, stop), fields)) continue;
    met.add(name);
    const group = groupOf(line, fields);
    found.push({ series: keep(start, stop), fields, told: group ? { group } : { group, line } });
  }
  return found;
}

/** Copies, because the body's memory is used again by another request; next to each other, because there are many. */
function createKeeper(body: Uint8Array): (start: number, end: number) => Text {
  let memory = new Uint8Array(0);
  let used = 0;
  return (start, end) => {
    const length = end - start;
    if (used + length > memory.length) {
      memory = new Uint8Array(Math.max(length, KEPT_BYTES));
      used = 0;
    }
    for (let at = 0; at < length; at += 1) memory[used + at] = body[start + at] as number;
    const key = new Uint8Array(memory.buffer, used, length);
    used += Math.ceil(length / 4) * 4;
    return textOf(key);
  };
}
const KEPT_BYTES = 65_536;

const SPACE = 32;
/** What nearly every line is: numbers that `parseLine` reads as well, and a time in digits. */
const PLAIN_REST =
  /^[^,= "]+=-?\d{1,15}(?:i|\.\d{1,15})?(?:,[^,= "]+=-?\d{1,15}(?:i|\.\d{1,15})?)* (?:\d{1,18}|[1-8]\d{18})\r?$/;
const PLAIN_SERIES_CHARACTERS_MAX = 10_000;

/** Reads the names of a plain line in a fraction of the time; null for everything else, which `parseLine` decides. */
function readPlain(row: string, space: number, memory: FieldMemory): Read | null {
  const told = row.slice(space + 1);
  const series = row.slice(0, space);
  if (series.length > PLAIN_SERIES_CHARACTERS_MAX || /[\s"]/.test(series) || !PLAIN_REST.test(told))
    return null;
  const [measurement = '', ...parts] = series.split(',');
  if (measurement === '' || measurement.includes('=')) return null;
  const tags = readPlainTags(parts);
  return tags === null ? null : { measurement, tags, fields: memory.ofPlain(told) };
}

function readPlainTags(parts: readonly string[]): [string, string][] | null {
  const tags: [string, string][] = [];
  for (const part of parts) {
    const equals = part.indexOf('=');
    if (equals <= 0 || equals === part.length - 1 || part.indexOf('=', equals + 1) >= 0) return null;
    tags.push([part.slice(0, equals), part.slice(equals + 1)]);
  }
  tags.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return tags.some(([name], at) => name === tags[at - 1]?.[0]) ? null : tags;
}

function readAny(row: string, precision: Precision, memory: FieldMemory): Read | null {
  const parsed = parseLine(row.trim(), precision);
  if ('reason' in parsed) return null;
  const numbers = parsed.fields.filter(([, value]) => typeof value === 'number');
  return { ...parsed, fields: memory.of(numbers.map(([name]) => name)) };
}

/** Series of a request mostly have the same fields: what is made of their names is made once and shared. */
function createFieldMemory() {
  const known = new Map<string, SeriesFields>();
  let last: SeriesFields | null = null;
  const of = (names: readonly string[]): SeriesFields => {
    const text = names.join(',');
    const found = known.get(text) ?? seriesFields(names);
    known.set(text, found);
    return found;
  };
  return {
    of,
    /** of the part of a plain line behind the series */
    ofPlain(told: string): SeriesFields {
      if (last !== null && hasNames(told, last.names)) return last;
      const fields = told.slice(0, told.indexOf(' ')).split(',');
      last = of(fields.map((field) => field.slice(0, field.indexOf('='))));
      return last;
    },
  };
}

/** Whether the fields have these names in this order, and no others. */
function hasNames(told: string, names: readonly string[]): boolean {
  let at = 0;
  for (const name of names) {
    if (at < 0 || !told.startsWith(name, at) || told[at + name.length] !== '=') return false;
    at = told.indexOf(',', at + name.length) + 1 || -1;
  }
  return at < 0;
}

function isKnown(table: SeriesTable, key: Uint8Array, { texts }: SeriesFields): boolean {
  const known = table.find(key, 0, key.length, hashOf(key));
  return known !== null && texts.every((text) => placeOf(known, text.key) >= 0);
}
