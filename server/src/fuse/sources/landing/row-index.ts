import { hash } from 'node:crypto';

/** 64 bits of SHA-256 as two halves. */
export type Hash64 = { low: number; high: number };

/** SHA-256 of a row's bytes, a character a byte: the cheapest form that Node gives. */
export const digestOf = (bytes: Uint8Array): string => hash('sha256', bytes, 'binary');

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** A digest in hexadecimal: the hash that a row is known by. */
export function hexOf(digest: string): string {
  let hex = '';
  for (let at = 0; at < digest.length; at += 1) hex += HEX[digest.charCodeAt(at)];
  return hex;
}

/** The first 64 bits of a digest. */
export const headOf = (digest: string): Hash64 => ({ low: wordAt(digest, 0), high: wordAt(digest, 4) });

const wordAt = (text: string, at: number): number =>
  ((text.charCodeAt(at) << 24) |
    (text.charCodeAt(at + 1) << 16) |
    (text.charCodeAt(at + 2) << 8) |
    text.charCodeAt(at + 3)) >>>
  0;

/**
 * 64 bits by which the key of a row is told from the others of its source: two chains of rotations and multiplications over its
 * UTF-16 units (after cyrb53, public domain), a twentieth of the time of SHA-256. Of ten million keys two share their 64 bits once
 * in 400,000 sources; a row that meets such a key is rejected as a repeated one, in sight of people.
 */
export function keyHashOf(text: string): Hash64 {
  let [one, two] = [0xdeadbeef, 0x41c6ce57];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    one = Math.imul(((one << 13) | (one >>> 19)) ^ code, 0x9e3779b1);
    two = Math.imul(((two << 17) | (two >>> 15)) ^ code, 0x5f356495);
  }
  one = Math.imul(one ^ (one >>> 16), 0x85ebca6b) ^ Math.imul(two ^ (two >>> 13), 0xc2b2ae35);
  two = Math.imul(two ^ (two >>> 16), 0x85ebca6b) ^ Math.imul(one ^ (one >>> 13), 0xc2b2ae35);
  return { low: one >>> 0, high: two >>> 0 };
}

const [USED, KNOWN, CURRENT, SEEN] = [1, 2, 4, 8];
const SLOTS_MIN = 1_024;
const LOAD_MAX = 0.6;
/** Rows that one source may have. */
export const INDEX_ROWS_MAX = 50_000_000;

/** What the index says of a row that comes. */
export type Met = { known: boolean; sameRow: boolean; same: boolean; seenBefore: boolean };

/**
 * The rows a source has, by the hash of their key: an open-addressing table in typed arrays, 17 bytes a slot and 28 to 57 a row, so that
 * ten million rows are compared without a query for each.
 */
export class RowIndex {
  #mask = SLOTS_MIN - 1;
  #keys = new Uint32Array(SLOTS_MIN * 2);
  #rows = new Uint32Array(SLOTS_MIN * 2);
  #flags = new Uint8Array(SLOTS_MIN);
  /** rows in the table */
  size = 0;
  /** rows the source had before */
  known = 0;

  /** Takes in a row the source had. `current` is false when it was standardised by another version of the mapping. */
  load(key: Hash64, row: Hash64, current: boolean): void {
    const slot = this.#slotOf(key);
    this.#rows[slot * 2] = row.low;
    this.#rows[slot * 2 + 1] = row.high;
    this.#flags[slot] = USED | KNOWN | (current ? CURRENT : 0);
    this.known += 1;
  }

  /** A row that the run delivers: what is known of it. `same` is true when neither it nor the mapping changed. */
  meet(key: Hash64, row: Hash64): Met {
    const slot = this.#slotOf(key);
    const flags = this.#flags[slot] ?? 0;
    const known = (flags & KNOWN) !== 0;
    const sameRow = known && this.#rows[slot * 2] === row.low && this.#rows[slot * 2 + 1] === row.high;
    this.#flags[slot] = flags | USED | SEEN;
    return { known, sameRow, same: sameRow && (flags & CURRENT) !== 0, seenBefore: (flags & SEEN) !== 0 };
  }

  /** Keys the source had and the run did not deliver. */
  *unseen(): Generator<Hash64> {
    for (let slot = 0; slot <= this.#mask; slot += 1)
      if (((this.#flags[slot] ?? 0) & (KNOWN | SEEN)) === KNOWN)
        yield { low: this.#keys[slot * 2] ?? 0, high: this.#keys[slot * 2 + 1] ?? 0 };
  }

  #slotOf(key: Hash64): number {
    if (this.size >= (this.#mask + 1) * LOAD_MAX) this.#grow();
    for (let slot = (key.low ^ key.high) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      if (((this.#flags[slot] ?? 0) & USED) === 0) {
        this.#keys[slot * 2] = key.low;
        this.#keys[slot * 2 + 1] = key.high;
        this.#flags[slot] = USED;
        this.size += 1;
        return slot;
      }
      if (this.#keys[slot * 2] === key.low && this.#keys[slot * 2 + 1] === key.high) return slot;
    }
  }

  #grow(): void {
    const [keys, rows, flags] = [this.#keys, this.#rows, this.#flags];
    const slots = flags.length * 2;
    this.#mask = slots - 1;
    this.#keys = new Uint32Array(slots * 2);
    this.#rows = new Uint32Array(slots * 2);
    this.#flags = new Uint8Array(slots);
    this.size = 0;
    for (let old = 0; old < flags.length; old += 1) {
      if (((flags[old] ?? 0) & USED) === 0) continue;
      const slot = this.#slotOf({ low: keys[old * 2] ?? 0, high: keys[old * 2 + 1] ?? 0 });
      this.#rows[slot * 2] = rows[old * 2] ?? 0;
      this.#rows[slot * 2 + 1] = rows[old * 2 + 1] ?? 0;
      this.#flags[slot] = flags[old] ?? 0;
    }
  }
}

/** Bytes of one row in the file that `loadIndex` reads: two UInt64 and a UInt8, RowBinary. */
const ENTRY_BYTES = 17;

/** Fills an index from RowBinary `key_hash UInt64, row_hash UInt64, current UInt8`, with the part of the keys that is asked for. */
export async function loadIndex(
  chunks: AsyncIterable<Buffer>,
  { index: part, of }: { index: number; of: number },
): Promise<RowIndex> {
  const index = new RowIndex();
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    for (; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES) {
      const key = { low: bytes.readUInt32LE(at), high: bytes.readUInt32LE(at + 4) };
      const row = { low: bytes.readUInt32LE(at + 8), high: bytes.readUInt32LE(at + 12) };
      if (key.high % of === part) index.load(key, row, bytes[at + 16] === 1);
    }
    rest = bytes.subarray(at);
  }
  return index;
}
