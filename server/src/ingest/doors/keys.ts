import { createHash } from 'node:crypto';
import { type SampleValue, STALE_REASON } from '@ronghe/contracts';
import type { PointDefinition } from '#collect';
import { AppError } from '#platform/errors/errors.ts';
import { equipmentOf, keyOf, nameOf } from '../line-protocol/line-points.ts';
import type { IncomingPoint, Refused } from '../observations/batch.ts';
import type { Incoming } from '../observations/observations.ts';

const KEY_CHARACTERS_MAX = 256;
const KEY_KEPT_CHARACTERS = 220;
const NAME_CHARACTERS_MAX = 200;
const UNIT_CHARACTERS_MAX = 40;
const POINT_CHARACTERS_MAX = 256;
const REASON_CHARACTERS_MAX = 200;
/** What a point's key may hold besides letters and digits; everything else is written as `%XX` of its UTF-8 bytes. */
const PLAIN = /^[\p{L}\p{N} ._\-/:()@,=#]+$/u;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what is looked for
const CONTROL = /[\u0000-\u001f\u007f]+/g;

/**
 * Key of a point that a device names itself: the parts joined with dots, what a key may not hold percent-encoded, over
 * 256 characters ending in a hash of the whole. A dot inside a part stays, so that `furnace.temperature` is itself.
 */
export function keyOfPath(parts: readonly string[]): string {
  const joined = parts.filter((part) => part !== '').join('.');
  const encoded = PLAIN.test(joined) ? joined : [...joined].map(encodeCharacter).join('');
  const key = /^[\p{L}\p{N}]/u.test(encoded) ? encoded : `0%_${encoded}`;
  if (key.length <= KEY_CHARACTERS_MAX) return key;
  const digest = createHash('sha256').update(key).digest('hex').slice(0, 32);
  return `${key.slice(0, KEY_KEPT_CHARACTERS).replace(/[\uD800-\uDBFF]$/, '')}#${digest}`;
}

const encodeCharacter = (character: string): string =>
  PLAIN.test(character)
    ? character
    : [...Buffer.from(character, 'utf8')]
        .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
        .join('');

/** A text for people: without control characters (PostgreSQL keeps no NUL), at most 200 characters. */
export const cleanName = (text: string, charactersMax = NAME_CHARACTERS_MAX): string =>
  text
    .replace(CONTROL, ' ')
    .slice(0, charactersMax)
    .replace(/[\uD800-\uDBFF]$/, '');

/** A unit as it was sent, at most 40 characters; undefined when there is none. */
export function cleanUnit(unit: unknown): string | undefined {
  if (typeof unit !== 'string') return undefined;
  const text = cleanName(unit, UNIT_CHARACTERS_MAX).trim();
  return text === '' ? undefined : text;
}

/** Collects samples under their points, in the order the points were met. */
export type Gathering = {
  /** Adds a sample; the first definition of a key counts, except that a type guessed for `null` gives way to a real one. */
  add(definition: PointDefinition, sample: Incoming): void;
  /** Puts something aside that cannot be a sample; `count` is how many values it stood for. */
  refuse(fault: { point: string | null; reason: string; sample: unknown; count?: number }): void;
  /** samples so far, good and refused */
  received(): number;
  result(): { points: IncomingPoint[]; refused: Refused[] };
};

/** An empty gathering; faults of the same point and reason are one entry that counts. */
export function createGathering(): Gathering {
  const points = new Map<string, IncomingPoint & { guessed: boolean }>();
  const faults = new Map<string, Refused>();
  let received = 0;
  return {
    add(definition, sample) {
      received += 1;
      const guessed = sample.value === null;
      const point = points.get(definition.key);
      if (!point) points.set(definition.key, { definition, samples: [sample], guessed });
      else {
        point.samples.push(sample);
        if (point.guessed && !guessed) {
          point.definition = definition;
          point.guessed = false;
        }
      }
    },
    refuse({ point, reason, sample, count = 1 }) {
      received += count;
      const name = point === null ? '' : cleanName(point, POINT_CHARACTERS_MAX);
      const key = `${name}\n${reason}`;
      const known = faults.get(key);
      if (known) known.count += count;
      else
        faults.set(key, {
          code: 'SAMPLE_INVALID',
          values: { point: name.slice(0, 100), reason: cleanName(reason, REASON_CHARACTERS_MAX) },
          point: point === null ? null : name,
          sample: sampleText(sample),
          count,
          part: `${name} ${reason}`.slice(0, POINT_CHARACTERS_MAX),
        });
    },
    received: () => received,
    result: () => ({
      points: [...points.values()].map(({ definition, samples }) => ({ definition, samples })),
      refused: [...faults.values()],
    }),
  };
}

/** What came in, as text; something nested too deeply to be written is only named. */
function sampleText(sample: unknown): string {
  if (typeof sample === 'string') return sample;
  try {
    return JSON.stringify(sample) ?? '';
  } catch {
    return '(nested too deeply to be shown)';
  }
}

/** The type a point gets from its first value; a value that is not there counts as a number, the commonest. */
export function typeOfValue(value: SampleValue): PointDefinition['type'] {
  if (typeof value === 'boolean') return 'boolean';
  return typeof value === 'string' ? 'text' : 'number';
}

export type Tag = readonly [key: string, value: string];
/** A series as monitoring tools name it; tags sorted by key, each key once. */
export type Series = { measurement: string; tags: readonly Tag[] };

/** Tags that name the machine in the words of Prometheus and OpenTelemetry, after those of the line protocol. */
const EQUIPMENT_TAGS = ['host.name', 'instance', 'service.instance.id', 'service.name'];

/** Names points for one request. */
export type Naming = {
  /**
   * The point of one field of a series of numbers, by the same mapping as the line protocol: `name,tag=value.field`.
   * @throws REQUEST_TOO_LARGE over 32 million characters of names, for a few bytes may stand for very long ones
   */
  definitionOf(series: Series, field: string): PointDefinition;
};
/** Definitions that were made before; they depend on the names alone, so that all requests may share them. */
export type KnownDefinitions = Map<string, PointDefinition>;

const NAME_CHARACTERS_MAX_OF_REQUEST = 32_000_000;
const KNOWN_MAX = 50_000;
const KNOWN_CHARACTERS_MAX = 600;

/** @param known kept over many requests by whoever calls; at most 50,000 definitions of short names are put into it */
export function createNaming(known: KnownDefinitions): Naming {
  let left = NAME_CHARACTERS_MAX_OF_REQUEST;
  return {
    definitionOf(series, field) {
      // With the lengths in front, no two series have the same text, whatever their names hold.
      let text = `${series.measurement.length} ${series.measurement} ${field}`;
      for (const [key, value] of series.tags) text += `\0${key.length} ${value.length} ${key}${value}`;
      const found = known.get(text);
      if (found) return found;
      left -= text.length;
      if (left < 0) throw new AppError('REQUEST_TOO_LARGE');
      const definition = describeSeries(series, field);
      if (text.length <= KNOWN_CHARACTERS_MAX) {
        // Starting anew now and then is cheaper than knowing which one was used last.
        if (known.size >= KNOWN_MAX) known.clear();
        known.set(text, definition);
      }
      return definition;
    },
  };
}

function describeSeries(series: Series, field: string): PointDefinition {
  const equipment =
    equipmentOf(series) ?? series.tags.find(([key]) => EQUIPMENT_TAGS.includes(key))?.[1] ?? '';
  return {
    key: keyOf(series, field),
    type: 'number',
    name: cleanName(nameOf(series, field)),
    equipment: cleanName(equipment) || undefined,
  };
}

/** Sorted by key; an empty value is the same as no tag. null when a key comes twice or is empty. */
export function sortTags(tags: readonly Tag[]): Tag[] | null {
  const sorted = tags.filter(([, value]) => value !== '').sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  for (const [index, tag] of sorted.entries())
    if (tag[0] === '' || tag[0] === sorted[index - 1]?.[0]) return null;
  return sorted;
}

/** A number as monitoring tools send it: what is not finite is a bad sample whose reason says what it was. */
export function numberSample(timeUs: number, value: number): Incoming {
  if (Number.isFinite(value)) return { timeUs, value, quality: 'good', reason: '' };
  return { timeUs, value: null, quality: 'bad', reason: String(value) };
}

/** "There is no value any more", as opposed to a value that is zero. */
export const staleSample = (timeUs: number): Incoming => ({
  timeUs,
  value: null,
  quality: 'bad',
  reason: STALE_REASON,
});
