import type { Columns } from './columns.ts';
import type { Frame } from './frame.ts';
import type { Block } from './writer.service.ts';

/** Rows of an insert, by series; views of the sorter's own memory, valid until it sorts again. */
export type SortedRows = {
  series: Uint32Array;
  /** microseconds since 1970 UTC */
  time: BigInt64Array;
  value: Float64Array;
  quality: Uint8Array;
  /** milliseconds since 1970 UTC */
  received: BigInt64Array;
};

/**
 * Lays out the columns of frames as rows in the order of the table, so that the engine finds them sorted and only has to
 * look: by series, and within a series as they came, which is by time nearly always. What is not is sorted by the engine.
 */
export type RowSorter = {
  /** @param wanted which times are taken; all of them when it is left out */
  sort(block: Pick<Block, 'frames' | 'receivedMs'>, wanted?: (timeUs: number) => boolean): SortedRows;
};

const ROWS_FIRST = 65_536;
const SERIES_FIRST = 1_024;
const HIGH = 4_294_967_296;

export function createRowSorter(): RowSorter {
  let memory = allocate(ROWS_FIRST);
  /** by series: first how many rows it has, then where its next row goes; zero again after each sort */
  let places = new Uint32Array(SERIES_FIRST);
  let touched = new Uint32Array(SERIES_FIRST);

  /** Counts rows by series. @returns how many rows and series there are */
  const count = (frames: readonly Frame[], wanted: (timeUs: number) => boolean) => {
    let rows = 0;
    let seriesCount = 0;
    for (const { columns } of frames)
      for (let run = 0; run < columns.runs; run += 1) {
        if (!wanted(columns.time[run] as number)) continue;
        const first = columns.series[run] as number;
        const end = first + (columns.count[run] as number);
        if (end > places.length) places = grown(places, end);
        if (seriesCount + end - first > touched.length) touched = grown(touched, seriesCount + end - first);
        for (let id = first; id < end; id += 1) {
          if (places[id] === 0) {
            touched[seriesCount] = id;
            seriesCount += 1;
          }
          places[id] = (places[id] as number) + 1;
        }
        rows += end - first;
      }
    return { rows, seriesCount };
  };
  /** From counts to places: each series behind the one before. */
  const layOut = (seriesCount: number) => {
    let at = 0;
    for (const id of touched.subarray(0, seriesCount).sort()) {
      const rows = places[id] as number;
      places[id] = at;
      at += rows;
    }
  };
  const put = (columns: Columns, wanted: (timeUs: number) => boolean, receivedMs: number | null) => {
    const { series, words, value, quality, received } = memory;
    const receivedAt = receivedMs === null ? null : BigInt(receivedMs);
    let from = 0;
    for (let run = 0; run < columns.runs; run += 1) {
      const us = columns.time[run] as number;
      const rows = columns.count[run] as number;
      const first = columns.series[run] as number;
      if (wanted(us)) {
        const high = Math.floor(us / HIGH);
        const low = us - high * HIGH;
        for (let row = 0; row < rows; row += 1) {
          const id = first + row;
          const at = places[id] as number;
          places[id] = at + 1;
          series[at] = id;
          words[at * 2] = low;
          words[at * 2 + 1] = high;
          value[at] = columns.value[from + row] as number;
          if (columns.quality) quality[at] = columns.quality[from + row] as number;
          if (receivedAt !== null) received[at] = receivedAt;
        }
      }
      from += rows;
    }
  };

  return {
    sort({ frames, receivedMs }, wanted = () => true) {
      const { rows, seriesCount } = count(frames, wanted);
      if (rows > memory.series.length) memory = allocate(2 ** Math.ceil(Math.log2(rows)));
      layOut(seriesCount);
      memory.quality.fill(0, 0, rows);
      const [firstMs = 0] = receivedMs;
      const together = receivedMs.every((ms) => ms === firstMs);
      if (together) memory.received.fill(BigInt(firstMs), 0, rows);
      for (const at of inOrderOfTime(frames))
        put((frames[at] as Frame).columns, wanted, together ? null : (receivedMs[at] as number));
      for (const id of touched.subarray(0, seriesCount)) places[id] = 0;
      return {
        series: memory.series.subarray(0, rows),
        time: memory.time.subarray(0, rows),
        value: memory.value.subarray(0, rows),
        quality: memory.quality.subarray(0, rows),
        received: memory.received.subarray(0, rows),
      };
    },
  };
}

function allocate(rows: number) {
  const time = new BigInt64Array(rows);
  return {
    series: new Uint32Array(rows),
    time,
    words: new Int32Array(time.buffer),
    value: new Float64Array(rows),
    quality: new Uint8Array(rows),
    received: new BigInt64Array(rows),
  };
}

function grown(array: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 ** Math.ceil(Math.log2(length)));
  larger.set(array);
  return larger;
}

/**
 * Requests that were under way together reach the journal in any order. When their times do not overlap, they are put in the
 * order of time; otherwise they stay as they came, because of two rows of one point and time the later one counts.
 */
function inOrderOfTime(frames: readonly Frame[]): readonly number[] {
  const spans = frames.map(({ columns }, at) => {
    let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const us of columns.time) {
      if (us < from) from = us;
      if (us > to) to = us;
    }
    return { at, from, to };
  });
  const full = spans.filter(({ to }) => to >= 0).sort((a, b) => a.from - b.from);
  const apart = full.every(({ from }, at) => at === 0 || from > (full[at - 1] as { to: number }).to);
  return (apart ? full : spans).map(({ at }) => at);
}
