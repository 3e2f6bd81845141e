import type { PointGroup } from '#collect';
import { groupOf, type SeriesFields, seriesFields } from './line-points.ts';
import { type Line, type Precision, parseLine } from './line-protocol.ts';
import type { Rest } from './line-scanner.ts';
import { equals, hashOf, type SeriesTable } from './series-table.ts';

/** A plain series whose number fields the table does not know all; plain ones have their names as bytes. */
export type Stranger = {
  /** the series as it stands in the text */
  key: Uint8Array;
  fields: SeriesFields;
  /** null when keys are too long for a group: each field is then a point by itself */
  group: PointGroup | null;
  line: Series;
};
type Series = Pick<Line, 'measurement' | 'tags'>;
type Read = Series & { names: readonly string[] };

/** One stranger for each series among the lines that the scanner left over. */
export function strangersOf(
  body: Uint8Array,
  rest: readonly Rest[],
  { precision, table }: { precision: Precision; table: SeriesTable },
): Stranger[] {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const found = new Map<string, Stranger>();
  const fieldsOf = createFieldMemory();
  for (const { start, end } of rest) {
    const row = text.toString('utf8', start, end);
    const space = row.indexOf(' ');
    if (space <= 0 || row.includes('\\')) continue;
    const series = row.slice(0, space);
    if (found.has(series)) continue;
    const line = readPlain(row, space) ?? readAny(row, precision);
    if (line === null || line.names.length === 0) continue;
    // A copy: the body's memory is used again by another request.
    const key = Uint8Array.prototype.slice.call(body, start, body.indexOf(SPACE, start));
    const fields = fieldsOf(line.names);
    if (isKnown(table, key, fields)) continue;
    found.set(series, { key, fields, group: groupOf(line, fields), line });
  }
  return [...found.values()];
}

const SPACE = 32;
/** What nearly every line is: numbers that `parseLine` reads as well, and a time in digits. */
const PLAIN_REST =
  /^[^,= "]+=-?\d{1,15}(?:i|\.\d{1,15})?(?:,[^,= "]+=-?\d{1,15}(?:i|\.\d{1,15})?)* (?:\d{1,18}|[1-8]\d{18})\r?$/;
const PLAIN_SERIES_CHARACTERS_MAX = 10_000;

/** Reads the names of a plain line in a fraction of the time; null for everything else, which `parseLine` decides. */
function readPlain(row: string, space: number): Read | null {
  const told = row.slice(space + 1);
  const series = row.slice(0, space);
  if (series.length > PLAIN_SERIES_CHARACTERS_MAX || /[\s"]/.test(series) || !PLAIN_REST.test(told))
    return null;
  const [measurement = '', ...parts] = series.split(',');
  if (measurement === '' || measurement.includes('=')) return null;
  const tags = readPlainTags(parts);
  if (tags === null) return null;
  const names = told
    .slice(0, told.lastIndexOf(' '))
    .split(',')
    .map((field) => field.slice(0, field.indexOf('=')));
  return { measurement, tags, names };
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

function readAny(row: string, precision: Precision): Read | null {
  const parsed = parseLine(row.trim(), precision);
  if ('reason' in parsed) return null;
  const numbers = parsed.fields.filter(([, value]) => typeof value === 'number');
  return { ...parsed, names: numbers.map(([name]) => name) };
}

/** Series of a request mostly have the same fields: what is made of their names is made once and shared. */
function createFieldMemory(): (names: readonly string[]) => SeriesFields {
  const known = new Map<string, SeriesFields>();
  return (names) => {
    const text = names.join(',');
    const found = known.get(text) ?? seriesFields(names);
    known.set(text, found);
    return found;
  };
}

function isKnown(table: SeriesTable, key: Uint8Array, { texts }: SeriesFields): boolean {
  const known = table.find(key, 0, key.length, hashOf(key));
  if (known === null) return false;
  return texts.every(({ key: name }) =>
    known.fields.some((field) => equals(field.key, name, 0, name.length)),
  );
}
