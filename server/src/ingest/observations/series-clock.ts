import type { Columns } from '../journal/columns.ts';
import type { Row } from './observations.ts';

/** How rows were counted: `stored` and `duplicate` make up all of them, `late` ones are among the stored. */
export type Counted = { stored: number; duplicate: number; late: number };

/** Where the newest rows of series stand, one entry in each column for a series. */
export type NewestRows = {
  series: readonly number[];
  frame: Uint32Array;
  row: Uint32Array;
  timeUs: Float64Array;
};

/**
 * Remembers the newest source time of every series in this process, and by it tells what is new (later than the newest),
 * a duplicate (the same time as the newest, which it replaces) and late (before the newest; stored like the others).
 */
export type SeriesClock = {
  /**
   * Counts the columns of frames in their order.
   * @returns the counts of each, and once for each series that moved or was replaced, its last such row
   */
  count(frames: readonly Columns[]): { counted: Counted[]; newest: NewestRows };
  countRow(row: Row): keyof Counted;
};

const FIRST_SERIES = 1024;
/** Series numbers are given in sequence; beyond this something else is wrong, and memory stays bounded. */
const SERIES_MAX = 50_000_000;

export function createSeriesClock(): SeriesClock {
  let last = new Float64Array(FIRST_SERIES).fill(Number.NEGATIVE_INFINITY);
  /** in which count a series moved last, and where its newest row of that count stands */
  let rounds = new Uint32Array(FIRST_SERIES);
  let frameOf = new Uint32Array(FIRST_SERIES);
  let rowOf = new Uint32Array(FIRST_SERIES);
  let round = 0;

  const makeRoom = (series: number) => {
    if (series > SERIES_MAX) throw new RangeError(`series ${series} is beyond ${SERIES_MAX}`);
    const size = 2 ** Math.ceil(Math.log2(series + 1));
    const times = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
    times.set(last);
    last = times;
    const larger = (array: Uint32Array) => {
      const grown = new Uint32Array(size);
      grown.set(array);
      return grown;
    };
    rounds = larger(rounds);
    frameOf = larger(frameOf);
    rowOf = larger(rowOf);
  };
  const countFrame = (frame: number, columns: Columns, moved: number[]): Counted => {
    const sum = { stored: columns.rows, duplicate: 0, late: 0 };
    let row = 0;
    for (let run = 0; run < columns.runs; run += 1) {
      const us = columns.time[run] as number;
      const first = columns.series[run] as number;
      const end = first + (columns.count[run] as number);
      if (end > last.length) makeRoom(end);
      for (let id = first; id < end; id += 1, row += 1) {
        const before = last[id] as number;
        if (us < before) {
          sum.late += 1;
          continue;
        }
        if (us === before) sum.duplicate += 1;
        last[id] = us;
        frameOf[id] = frame;
        rowOf[id] = row;
        if (rounds[id] !== round) {
          rounds[id] = round;
          moved.push(id);
        }
      }
    }
    sum.stored -= sum.duplicate;
    return sum;
  };

  return {
    count(frames) {
      round += 1;
      const moved: number[] = [];
      const counted = frames.map((columns, frame) => countFrame(frame, columns, moved));
      const newest: NewestRows = {
        series: moved,
        frame: new Uint32Array(moved.length),
        row: new Uint32Array(moved.length),
        timeUs: new Float64Array(moved.length),
      };
      for (let at = 0; at < moved.length; at += 1) {
        const id = moved[at] as number;
        newest.frame[at] = frameOf[id] as number;
        newest.row[at] = rowOf[id] as number;
        newest.timeUs[at] = last[id] as number;
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
