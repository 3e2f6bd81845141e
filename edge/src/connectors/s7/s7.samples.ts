import type { Sample } from '@ronghe/contracts';
import { type Moment, momentOf } from '../../clock.ts';
import type { ConnectorContext, PointDescriptor, Reading } from '../../connector.ts';
import type { S7Config } from './s7.config.ts';
import { type Decoded, decodeValue } from './s7.decode.ts';
import { type Block, bytesIn } from './s7.plan.ts';

/** With `onChange`, a value is repeated at least this often. */
const UNCHANGED_MS_MAX = 10_000;

/** Points that were not refused before: the first of them, its reason, and how many. */
export type Refusals = { point: string; reason: string; points: number };
/** Turns what a PLC said into samples. */
export type Writer = {
  write(block: Block, bytes: Buffer): void;
  refuse(block: Block, reason: string): void;
  /** After a loss everything is told again, changed or not: the points are stale. */
  forget(): void;
  /** What was refused since the last call; null for nothing new. */
  newRefusals(): Refusals | null;
};

/** Remembers what was told last of each point, for `onChange` and for the log. */
export function createWriter(
  context: ConnectorContext<S7Config>,
  descriptors: readonly PointDescriptor[],
): Writer {
  const { config, emit, clock } = context;
  const last = new Map<number, { value: Sample[1]; reason: string | null; atMs: number }>();
  const refused = new Map<number, string>();
  let newly: Refusals | null = null;

  /** What is told of a point; null when that was told already. */
  const readingOf = (index: number, decoded: Decoded, now: Moment): Reading | null => {
    const point = descriptors[index];
    if (point === undefined) return null;
    const { value, quality, reason } = decoded;
    if (config.onChange) {
      const before = last.get(index);
      const recent = before !== undefined && now.elapsedMs - before.atMs < UNCHANGED_MS_MAX;
      if (recent && Object.is(before.value, value) && before.reason === reason) return null;
      last.set(index, { value, reason, atMs: now.elapsedMs });
    }
    const { wallMs } = now;
    return { point, sample: reason === null ? [wallMs, value, quality] : [wallMs, value, quality, reason] };
  };
  const tell = (readings: readonly (Reading | null)[]): void => {
    const told = readings.filter((reading) => reading !== null);
    if (told.length > 0) emit(told);
  };

  return {
    write(block, bytes) {
      const now = momentOf(clock);
      tell(
        block.places.map((place) => {
          refused.delete(place.index);
          const decoded = decodeValue(bytesIn(block, place, bytes), place.kind, config.textEncoding);
          return readingOf(place.index, decoded, now);
        }),
      );
    },
    refuse(block, reason) {
      const now = momentOf(clock);
      for (const { index } of block.places) {
        if (refused.get(index) !== reason) {
          newly ??= { point: descriptors[index]?.key ?? '', reason, points: 0 };
          newly.points += 1;
        }
        refused.set(index, reason);
      }
      const decoded: Decoded = { value: null, quality: 'bad', reason };
      tell(block.places.map(({ index }) => readingOf(index, decoded, now)));
    },
    forget: () => last.clear(),
    newRefusals() {
      const told = newly;
      newly = null;
      return told;
    },
  };
}
