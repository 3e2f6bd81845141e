import type { Columns } from '../journal/frame.ts';
import type { Row } from './observations.ts';

/** How rows were counted: `stored` and `duplicate` make up all of them, `late` ones are among the stored. */
export type Counted = { stored: number; duplicate: number; late: number };

/**
 * Remembers the newest source time of every series in this process, and by it tells what is new (later than the newest),
 * a duplicate (the same time as the newest, which it replaces) and late (before the newest; stored like the others).
 */
export type SeriesClock = {
  /**
   * Counts the columns of frames in their order.
   * @returns the counts of each, and once for each series that moved or was replaced, its last such row
   */
  count(frames: readonly Columns[]): { counted: Counted[]; newest: { frame: number; row: number }[] };
  countRow(row: Row): keyof Counted;
};

const FIRST_SERIES = 1024;
/** Series numbers are given in sequence; beyond this something else is wrong, and memory stays bounded. */
const SERIES_MAX = 50_000_000;

export function createSeriesClock(): SeriesClock {
  let last = new Float64Array(FIRST_SERIES).fill(Number.NEGATIVE_INFINITY);
  /** place in `newest` of the running count, valid when `rounds` says so */
  let places = new Uint32Array(FIRST_SERIES);
  let rounds = new Uint32Array(FIRST_SERIES);
  let round = 0;

  const makeRoom = (series: number) => {
    if (series > SERIES_MAX) throw new RangeError(`series ${series} is beyond ${SERIES_MAX}`);
    const size = 2 ** Math.ceil(Math.log2(series + 1));
    const grown = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
    grown.set(last);
    last = grown;
    const grownPlaces = new Uint32Array(size);
    grownPlaces.set(places);
    places = grownPlaces;
    const grownRounds = new Uint32Array(size);
    grownRounds.set(rounds);
    rounds = grownRounds;
  };

  return {
    count(frames) {
      const counted: Counted[] = [];
      const newest: { frame: number; row: number }[] = [];
      round += 1;
      for (const [frame, { length, series, time }] of frames.entries()) {
        const sum = { stored: length, duplicate: 0, late: 0 };
        // Halves of 32 bits: a BigInt for each row would cost more than everything else here.
        const words = new Int32Array(time.buffer, time.byteOffset, length * 2);
        for (let row = 0; row < length; row += 1) {
          const id = series[row] as number;
          if (id >= last.length) makeRoom(id);
          const us = (words[row * 2 + 1] as number) * 4_294_967_296 + ((words[row * 2] as number) >>> 0);
          const before = last[id] as number;
          if (us < before) {
            sum.late += 1;
            continue;
          }
          if (us === before) sum.duplicate += 1;
          else last[id] = us;
          if (rounds[id] === round) {
            const place = newest[places[id] as number] as { frame: number; row: number };
            place.frame = frame;
            place.row = row;
          } else {
            rounds[id] = round;
            places[id] = newest.length;
            newest.push({ frame, row });
          }
        }
        sum.stored -= sum.duplicate;
        counted.push(sum);
      }
      return { counted, newest };
    },

    countRow({ series, timeUs }) {
      if (series >= last.length) makeRoom(series);
      const before = last[series] as number;
      if (timeUs < before) return 'late';
      last[series] = timeUs;
      return timeUs === before ? 'duplicate' : 'stored';
    },
  };
}
