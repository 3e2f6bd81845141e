import { createHash } from 'node:crypto';
import type { PointType } from '@ronghe/contracts';
import type { FieldValue, Line } from './line-protocol.ts';

const KEY_CHARACTERS_MAX = 256;
const KEY_KEPT_CHARACTERS = 220;
/** What a point's key may hold besides letters and digits; everything else is written as `%XX` of its UTF-8 bytes. */
const PLAIN = /^[\p{L}\p{N} ._\-/:()@]$/u;
const ALL_PLAIN = /^[\p{L}\p{N} ._\-/:()@]*$/u;

/**
 * Key of the point that one field of one series is: `measurement,tag=value.field`, tags sorted. Two different series or
 * fields never get the same key: separators inside names are percent-encoded (the dot only in field names, so that the
 * last dot is always the one before the field). Keys over 256 characters end in a SHA-256 of the whole.
 */
export function keyOf(line: Pick<Line, 'measurement' | 'tags'>, field: string): string {
  const series = [
    encode(line.measurement),
    ...line.tags.map(([key, value]) => `${encode(key)}=${encode(value)}`),
  ];
  const key = startWithLetter(`${series.join(',')}.${encode(field).replace(/\./g, '%2E')}`);
  if (key.length <= KEY_CHARACTERS_MAX) return key;
  const digest = createHash('sha256').update(key).digest('hex').slice(0, 32);
  return `${key.slice(0, KEY_KEPT_CHARACTERS).replace(/[\uD800-\uDBFF]$/, '')}#${digest}`;
}

/** What people read: the same without encoding, shortened. */
export function nameOf(line: Pick<Line, 'measurement' | 'tags'>, field: string): string {
  const tags = line.tags.map(([, value]) => value).join(' ');
  return clean(`${line.measurement} ${field}${tags ? ` (${tags})` : ''}`).slice(0, 200);
}

/** PostgreSQL keeps no NUL, and a sender whose request fails for one would send it for ever. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what is looked for
const clean = (text: string): string => text.replace(/[\u0000-\u001f\u007f]+/g, ' ');

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

const hex = (text: string) =>
  [...Buffer.from(text, 'utf8')]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('');

function encode(name: string): string {
  if (ALL_PLAIN.test(name)) return name;
  let encoded = '';
  for (const char of name) encoded += PLAIN.test(char) ? char : hex(char);
  return encoded;
}

/** A key starts with a letter or digit; no two names meet here, because `%_` never comes out of `encode`. */
const startWithLetter = (key: string): string => (/^[\p{L}\p{N}]/u.test(key) ? key : `0%_${key}`);
