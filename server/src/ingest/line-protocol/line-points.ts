import { createHash } from 'node:crypto';
import type { PointType } from '@ronghe/contracts';
import { LABEL, type PointGroup } from '#collect';
import type { FieldValue, Line } from './line-protocol.ts';
import { type Text, textOf } from './series-table.ts';

const KEY_CHARACTERS_MAX = 256;
const KEY_KEPT_CHARACTERS = 220;
/** What a point's key may hold besides letters and digits; everything else is written as `%XX` of its UTF-8 bytes. */
const PLAIN = /^[\p{L}\p{N} ._\-/:()@]$/u;
const ALL_PLAIN = /^[\p{L}\p{N} ._\-/:()@]*$/u;
/** The same without the tables of Unicode, which takes a tenth of the time. */
const ALL_ASCII_PLAIN = /^[A-Za-z0-9 ._\-/:()@]*$/;

/**
 * Key of the point that one field of one series is: `measurement,tag=value.field`, tags sorted. Two different series or
 * fields never get the same key: separators inside names are percent-encoded (the dot only in field names, so that the
 * last dot is always the one before the field). Keys over 256 characters end in a SHA-256 of the whole.
 */
export function keyOf(line: Pick<Line, 'measurement' | 'tags'>, field: string): string {
  const key = startWithLetter(`${seriesKey(line)}.${encodeField(field)}`);
  if (key.length <= KEY_CHARACTERS_MAX) return key;
  const digest = createHash('sha256').update(key).digest('hex').slice(0, 32);
  return `${key.slice(0, KEY_KEPT_CHARACTERS).replace(/[\uD800-\uDBFF]$/, '')}#${digest}`;
}

/** Fields of a series as they are told: what their keys end in, what people read, and as they stand in the text. */
export type SeriesFields = PointGroup['fields'] & {
  names: readonly string[];
  texts: readonly Text[];
  keyCharactersMost: number;
};

/** Of the numeric fields of a line, each named once. */
export function seriesFields(names: readonly string[]): SeriesFields {
  const unique = [...new Set(names)];
  const keys = unique.map(encodeField);
  return {
    names: unique,
    keys,
    labels: unique.map(clean),
    texts: unique.map((name) => textOf(new TextEncoder().encode(name))),
    keyCharactersMost: Math.max(...keys.map(({ length }) => length)),
  };
}

/** All fields of a series at once: the same keys and names as `keyOf` and `nameOf` give. Null when a key is too long. */
export function groupOf(line: Pick<Line, 'measurement' | 'tags'>, fields: SeriesFields): PointGroup | null {
  const key = startWithLetter(seriesKey(line));
  if (key.length + 1 + fields.keyCharactersMost > KEY_CHARACTERS_MAX) return null;
  return { key, fields, name: namePattern(line), equipment: equipmentOf(line) };
}

/** What people read: the same without encoding, shortened. */
export const nameOf = (line: Pick<Line, 'measurement' | 'tags'>, field: string): string =>
  namePattern(line)
    .replace(LABEL, () => clean(field))
    .slice(0, 200);

/** The name of every field of a series, with `LABEL` where the field stands. */
function namePattern({ measurement, tags }: Pick<Line, 'measurement' | 'tags'>): string {
  const values = tags.map(([, value]) => value).join(' ');
  return `${clean(measurement)} ${LABEL}${values === '' ? '' : ` (${clean(values)})`}`;
}

/** PostgreSQL keeps no NUL, and a sender whose request fails for one would send it for ever. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what is looked for
const CONTROL = /[\u0000-\u001f\u007f]+/g;
const clean = (text: string): string => text.replace(CONTROL, ' ');

/** Tags that commonly name the machine. */
const EQUIPMENT_TAGS = ['equipment', 'device', 'machine', 'host'];
export function equipmentOf(line: Pick<Line, 'tags'>): string | undefined {
  for (const name of EQUIPMENT_TAGS) {
    const tag = line.tags.find(([key]) => key === name);
    if (tag) return clean(tag[1]).slice(0, 200);
  }
  return undefined;
}

export function typeOf(value: FieldValue): PointType {
  if (typeof value === 'number') return 'number';
  return typeof value === 'boolean' ? 'boolean' : 'text';
}

function seriesKey({ measurement, tags }: Pick<Line, 'measurement' | 'tags'>): string {
  let key = encode(measurement);
  for (const [name, value] of tags) key += `,${encode(name)}=${encode(value)}`;
  return key;
}

const encodeField = (field: string): string => encode(field).replace(/\./g, '%2E');

const hex = (text: string) =>
  [...Buffer.from(text, 'utf8')]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('');

function encode(name: string): string {
  if (ALL_ASCII_PLAIN.test(name) || ALL_PLAIN.test(name)) return name;
  let encoded = '';
  for (const char of name) encoded += PLAIN.test(char) ? char : hex(char);
  return encoded;
}

/** A key starts with a letter or digit; no two names meet here, because `%_` never comes out of `encode`. */
const startWithLetter = (key: string): string => (/^[\p{L}\p{N}]/u.test(key) ? key : `0%_${key}`);
