/** Bytes, and the same four at a time as little-endian numbers; up to three bytes at the end are not in these. */
export type Text = { key: Uint8Array; words: Int32Array };
/** A series as it stands in the text: the bytes before the first space. */
export type KnownSeries = Text & {
  /** names; most series of a sender share one list, because there are many of them */
  fields: readonly Text[];
  /** the point of the field at each place */
  points: readonly number[];
  /** the series that came after this one the last time; senders repeat themselves */
  next: KnownSeries | null;
};

/**
 * Series of one organisation by the bytes of their key. Only what was resolved once is in here; when it is full it is
 * emptied, and everything is resolved anew.
 */
export type SeriesTable = {
  find(bytes: Uint8Array, start: number, end: number, hash: number): KnownSeries | null;
  /** Notes fields (all of them numbers) of a series and their points, added to those known. The lists are kept as they are. */
  learn(series: Text, fields: readonly Text[], points: readonly number[]): void;
  size(): number;
};

const FNV_START = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const SLOTS_FIRST = 1024;

/** One step of FNV-1a over 32 bits. */
export const hashStep = (hash: number, byte: number): number => Math.imul(hash ^ byte, FNV_PRIME);
export const HASH_START = FNV_START;

export function hashOf(bytes: Uint8Array): number {
  let hash = HASH_START;
  for (let at = 0; at < bytes.length; at += 1) hash = hashStep(hash, bytes[at] as number);
  return hash >>> 0;
}

/** `seriesMax` bounds memory: about 0.6 kB for a series of ten fields. */
export function createSeriesTable(seriesMax: number): SeriesTable {
  let slots: (KnownSeries | undefined)[] = new Array(SLOTS_FIRST);
  let hashes = new Uint32Array(SLOTS_FIRST);
  let count = 0;

  const place = (
    into: (KnownSeries | undefined)[],
    intoHashes: Uint32Array,
    entry: KnownSeries,
    hash: number,
  ) => {
    const mask = into.length - 1;
    let at = hash & mask;
    while (into[at] !== undefined) at = (at + 1) & mask;
    into[at] = entry;
    intoHashes[at] = hash;
  };
  const grow = () => {
    const more: (KnownSeries | undefined)[] = new Array(slots.length * 2);
    const moreHashes = new Uint32Array(slots.length * 2);
    for (const [at, entry] of slots.entries())
      if (entry) place(more, moreHashes, entry, hashes[at] as number);
    slots = more;
    hashes = moreHashes;
  };
  const find: SeriesTable['find'] = (bytes, start, end, hash) => {
    const mask = slots.length - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const entry = slots[at];
      if (entry === undefined) return null;
      if (hashes[at] === hash && equals(entry.key, bytes, start, end)) return entry;
    }
  };

  return {
    find,
    learn(series, fields, points) {
      const { key } = series;
      const hash = hashOf(key);
      const known = find(key, 0, key.length, hash);
      if (known) return addTo(known, fields, points);
      if (count >= seriesMax) {
        slots = new Array(SLOTS_FIRST);
        hashes = new Uint32Array(SLOTS_FIRST);
        count = 0;
      }
      if (count * 2 >= slots.length) grow();
      place(slots, hashes, { key, words: series.words, fields, points, next: null }, hash);
      count += 1;
    },
    size: () => count,
  };
}

function addTo(known: KnownSeries, fields: readonly Text[], points: readonly number[]): void {
  for (const [place, field] of fields.entries()) {
    if (placeOf(known, field.key) >= 0) continue;
    known.fields = [...known.fields, field];
    known.points = [...known.points, points[place] as number];
  }
}

/** Where among the fields of a series the name is; -1 when it is not. */
export const placeOf = ({ fields }: KnownSeries, name: Uint8Array): number =>
  fields.findIndex((field) => equals(field.key, name, 0, name.length));

const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** Where the bytes begin at a multiple of four, the words are a view of the same memory. */
export function textOf(key: Uint8Array): Text {
  if (LITTLE_ENDIAN && key.byteOffset % 4 === 0)
    return { key, words: new Int32Array(key.buffer, key.byteOffset, key.length >> 2) };
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  const words = new Int32Array(key.length >> 2);
  for (let index = 0; index < words.length; index += 1) words[index] = view.getInt32(index * 4, true);
  return { key, words };
}

/** Whether the key stands at `start`; the caller knows that the text is long enough. Four bytes a step: keys are long. */
export function standsAt({ key, words }: Text, bytes: Uint8Array, view: DataView, start: number): boolean {
  for (let at = key.length & ~3; at < key.length; at += 1) if (key[at] !== bytes[start + at]) return false;
  for (let index = 0; index < words.length; index += 1)
    if (words[index] !== view.getInt32(start + index * 4, true)) return false;
  return true;
}

/** Whether `bytes[start, end)` are these bytes. */
export function equals(wanted: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  const length = wanted.length;
  if (end - start !== length) return false;
  for (let at = 0; at < length; at += 1) if (wanted[at] !== bytes[start + at]) return false;
  return true;
}
