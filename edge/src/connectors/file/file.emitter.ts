import type { ConnectorContext, Reading } from '../../connector.ts';
import type { FileConfig } from './file.config.ts';
import { type Mapped, type Mapper, textOf } from './file.decode.ts';
import type { Points } from './file.points.ts';
import { type Reject, type Row, rejectOf, type Slice } from './file.rows.ts';

/** Readings handed over at once. */
const READINGS_MAX = 5_000;
/** Samples after which the buffer is waited for, far below what the collector holds in memory; a text counts by length. */
const UNSETTLED_MAX = 20_000;
const CHARACTERS_OF_SAMPLE = 20;

/** Sends the rows of one file to the buffer, no faster than it takes them. */
export type Emitter = {
  /** Resolves with what was rejected, when all of the slice has been handed over. Rejects when the signal is aborted. */
  send(slice: Slice, mapper: Mapper): Promise<Reject[]>;
  /** One sample of each point for which the file has no column. */
  sendMissing(mapper: Mapper, timeMs: number): void;
  /** Resolves when all that was sent is on disk and there is room for more. Rejects when the signal is aborted. */
  settle(): Promise<void>;
};

export function createEmitter(options: {
  context: ConnectorContext<FileConfig>;
  points: Points;
  signal: AbortSignal;
}): Emitter {
  const { context, points, signal } = options;
  let readings: Reading[] = [];
  let unsettled = 0;

  const hand = (): void => {
    if (readings.length === 0) return;
    context.emit(readings);
    readings = [];
  };
  const settle = async (): Promise<void> => {
    hand();
    unsettled = 0;
    await context.settled?.(signal);
    signal.throwIfAborted();
  };
  /** Adds the samples of a row; the first reason for which one has no point, or null. */
  const add = (mapped: readonly Mapped[]): string | null => {
    let refused: string | null = null;
    for (const { source, sample } of mapped) {
      const point = points.take(source);
      if (typeof point === 'string') refused ??= point;
      else {
        readings.push({ point, sample });
        unsettled += 1 + (typeof sample[1] === 'string' ? sample[1].length / CHARACTERS_OF_SAMPLE : 0);
      }
    }
    return refused;
  };

  return {
    async send(slice, mapper) {
      signal.throwIfAborted();
      const rejects = [...slice.rejects];
      for (const row of slice.rows) {
        const mapped = mapper.map(row);
        const reason = typeof mapped === 'string' ? mapped : add(mapped);
        if (reason !== null) rejects.push(rejectOf(row.line, reason, textOfRow(row)));
        if (readings.length >= READINGS_MAX) hand();
        if (unsettled >= UNSETTLED_MAX) await settle();
      }
      hand();
      // Other connections get their turn, whatever the disk does.
      await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
      return rejects;
    },
    sendMissing(mapper, timeMs) {
      add(mapper.missing.map((source) => ({ source, sample: [timeMs, null, 'bad', 'column-missing'] })));
      hand();
    },
    settle,
  };
}

const textOfRow = (row: Row): string => row.cells.slice(0, 50).map(textOf).join(' | ');
