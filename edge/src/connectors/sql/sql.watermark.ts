import { z } from 'zod';
import type { Zone } from '../../zone.ts';
import type { SqlWatermark } from './sql.config.ts';
import { type Raw, textOf } from './sql.decode.ts';
import { distanceOf, instantOf, parseTime, toPosition, writePosition, writeTime } from './sql.time.ts';

/**
 * A row that claims to be later than this does not move the watermark: one wrong clock in 2099 would otherwise hide
 * all that follows. It is delivered and remembered all the same.
 */
const FUTURE_US = 3_600_000_000;

/** More rows than may be remembered lie where they cannot be told apart; a person must act. */
export class TooManyRows extends Error {
  constructor(rows: number) {
    super(
      `${rows} rows lie at or above the watermark and no more can be remembered: order the query by the watermark’s column, choose a finer column, check the time zone, or raise rememberedRowsMax`,
    );
    this.name = 'TooManyRows';
  }
}

/** Where a row lies on the watermark's line: µs for a time, billionths for a number. */
type Position = bigint;

/** What one poll did. */
export type Taken = {
  /** the row is new and is to be delivered */
  fresh: boolean;
  /** the row has no watermark that can be read, and is passed over */
  unreadable: boolean;
};

/**
 * Tells new rows from those already delivered. The query asks for everything from `bound` on; what is known by its
 * hash is passed over, so rows with the newest value, and rows that become visible late, are neither lost nor doubled.
 */
export type Tracker = {
  /** Lower bound for the query, as the text of a parameter. `writeInstant` is the way of the database. */
  bound(writeInstant: (us: number) => string): string;
  /** Tells what the column holds, so that the bound is written in its way: with offset, or as on a wall. */
  becomes(kind: 'instant' | 'wall-time'): void;
  /** Rows that the server may send without one of them being new. */
  remembered(): number;
  begin(): void;
  take(raw: Raw | undefined, hash: string): Taken;
  /** After the last row; `cut` when the server has more. Throws TooManyRows, and then nothing has been forgotten. */
  finish(cut: boolean): { forgotten: number };
  save(): string;
  /** False when what was kept belongs to another column or cannot be read; nothing is taken over then. */
  restore(content: string): boolean;
};

const Saved = z.object({
  version: z.literal(1),
  column: z.string(),
  type: z.enum(['time', 'number']),
  wall: z.boolean(),
  start: z.string(),
  newest: z.string().nullable(),
  floor: z.string(),
  /** hashes by position */
  known: z.record(z.string(), z.array(z.string())),
});

/** Keeps at most `rememberedRowsMax` hashes after each poll, and `rowsMax` more during one. */
export function trackWatermark(options: {
  watermark: SqlWatermark;
  /** the query says that its rows come in the order of the watermark; what is seen of a result alone proves nothing */
  ordered: boolean;
  zone: Zone;
  nowMs: () => number;
}): Tracker {
  const { watermark, zone } = options;
  const timely = watermark.type === 'time';
  let wall = false;
  let start = startOf(watermark, options.nowMs());
  let floor = start;
  let newest: Position | null = null;
  let known = new Map<string, Position>();
  let highest: Position | null = null;
  let lowestNext: Position | null = null;
  let ascending = options.ordered;

  const overlap = timely
    ? BigInt(Math.round(watermark.overlapSeconds * 1_000_000))
    : distanceOf(watermark.overlapNumber);
  const lowest = (): Position => {
    const wanted = newest === null ? start : newest - overlap;
    return wanted > floor ? wanted : floor;
  };
  /** The present on the line of the watermark. */
  const now = (): Position => {
    const us = options.nowMs() * 1_000;
    return BigInt(Math.round(wall ? us + zone.offsetMs(us / 1_000) * 1_000 : us));
  };
  const positionOf = (raw: Raw | undefined): Position | null => {
    if (raw === null || raw === undefined) return null;
    if (!timely) return toPosition(textOf(raw));
    const time = parseTime(textOf(raw));
    if (time === null) return null;
    return BigInt(wall ? time.wallUs : usOf(time));
  };
  const usOf = (time: { wallUs: number; offsetSeconds: number | null }): number =>
    time.offsetSeconds === null
      ? instantOf(zone, time.wallUs).us
      : time.wallUs - time.offsetSeconds * 1_000_000;

  return {
    bound(writeInstant) {
      const position = lowest();
      if (!timely) return writePosition(position);
      return wall ? writeTime(Number(position)) : writeInstant(Number(position));
    },
    becomes(kind) {
      const wanted = kind === 'wall-time';
      if (!timely || wanted === wall) return;
      // What was known lay on the other line; a column changes its type once in a life.
      const shifted = (position: Position): Position => {
        const us = Number(position);
        return BigInt(wanted ? us + zone.offsetMs(us / 1_000) * 1_000 : instantOf(zone, us).us);
      };
      wall = wanted;
      start = shifted(start);
      floor = shifted(floor);
      newest = newest === null ? null : shifted(newest);
      known = new Map([...known].map(([hash, position]) => [hash, shifted(position)]));
    },
    remembered: () => known.size,
    begin() {
      highest = null;
      lowestNext = null;
      ascending = options.ordered;
    },
    take(raw, hash) {
      const position = positionOf(raw);
      if (position === null) return { fresh: false, unreadable: true };
      if (lowestNext !== null && position < lowestNext) ascending = false;
      lowestNext = position;
      const counts = !timely || position <= now() + BigInt(FUTURE_US);
      if (counts && (highest === null || position > highest)) highest = position;
      // Below the bound hashes have been forgotten, so nothing there can be called new.
      if (position < lowest() || known.has(hash)) return { fresh: false, unreadable: false };
      known.set(hash, position);
      return { fresh: true, unreadable: false };
    },
    finish(cut) {
      // What was cut off an unordered result may lie anywhere: the bound stays, and the next poll goes on behind what is known.
      if (highest !== null && (!cut || ascending) && (newest === null || highest > newest)) newest = highest;
      const from = lowest();
      for (const [hash, position] of known) if (position < from) known.delete(hash);
      const surplus = known.size - watermark.rememberedRowsMax;
      if (surplus <= 0) return { forgotten: 0 };
      const border = borderOf([...known.values()], surplus);
      if (newest === null || border >= newest || (cut && !ascending)) throw new TooManyRows(known.size);
      floor = border + 1n;
      let forgotten = 0;
      for (const [hash, position] of known) {
        if (position >= floor) continue;
        known.delete(hash);
        forgotten += 1;
      }
      return { forgotten };
    },
    save() {
      const groups: Record<string, string[]> = {};
      for (const [hash, position] of known) {
        const group = groups[String(position)];
        if (group === undefined) groups[String(position)] = [hash];
        else group.push(hash);
      }
      return JSON.stringify({
        version: 1,
        column: watermark.column,
        type: watermark.type,
        wall,
        start: String(start),
        newest: newest === null ? null : String(newest),
        floor: String(floor),
        known: groups,
      } satisfies z.infer<typeof Saved>);
    },
    restore(content) {
      const saved = readSaved(content);
      if (saved === null || saved.column !== watermark.column || saved.type !== watermark.type) return false;
      wall = saved.wall;
      start = BigInt(saved.start);
      floor = BigInt(saved.floor);
      newest = saved.newest === null ? null : BigInt(saved.newest);
      known = new Map(
        Object.entries(saved.known).flatMap(([position, hashes]) =>
          hashes.map((hash): [string, Position] => [hash, BigInt(position)]),
        ),
      );
      return true;
    },
  };
}

/** The position up to which `surplus` of them lie. */
function borderOf(positions: Position[], surplus: number): Position {
  positions.sort((left, right) => (left < right ? -1 : left > right ? 1 : 0));
  return positions[surplus - 1] ?? 0n;
}

function startOf({ type, start }: SqlWatermark, nowMs: number): Position {
  if (type === 'number') return toPosition(start ?? '0') ?? 0n;
  const time = start === undefined ? null : parseTime(start);
  if (time === null) return BigInt(Math.round(nowMs * 1_000));
  return BigInt(time.wallUs - (time.offsetSeconds ?? 0) * 1_000_000);
}

function readSaved(content: string): z.infer<typeof Saved> | null {
  try {
    const saved = Saved.parse(JSON.parse(content));
    for (const text of [saved.start, saved.floor, saved.newest ?? '0', ...Object.keys(saved.known)])
      BigInt(text);
    return saved;
  } catch {
    return null;
  }
}
