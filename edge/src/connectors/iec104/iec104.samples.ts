import type { PointType, Quality, Sample, SampleValue } from '@ronghe/contracts';
import { FLAGS, type Flag, type InformationObject } from './iec104.decode.ts';
import type { StationClock } from './iec104.time.ts';

/** A source time this far ahead is a clock gone wrong; believed, it would hide all that comes after it. */
export const AHEAD_MS_MAX = 86_400_000;

/** How a point wants its values. */
export type Wanted = { type: PointType; scale: number; offset: number };

const BAD: ReadonlySet<Flag> = new Set<Flag>(['invalid']);

/**
 * One information object as a sample. Source time is the time tag; without one, or with one that cannot be right, the
 * time of receipt. Quality and reason come from the worst flag; a value that does not fit the type is `bad`.
 */
export function sampleOf(
  object: InformationObject,
  wanted: Wanted,
  receipt: { nowMs: number; clock: StationClock },
): Sample {
  const { timeMs, fault } = timeOf(object, receipt);
  const value = valueFor(object, wanted);
  if (value === undefined) return [timeMs, null, 'bad', 'type-mismatch'];
  const { quality, reason } = qualityOf(object.flags, fault);
  if (typeof value === 'number' && !Number.isFinite(value))
    return [timeMs, null, 'bad', reason ?? 'not-finite'];
  return reason === null ? [timeMs, value, quality] : [timeMs, value, quality, reason];
}

function timeOf(
  { time }: InformationObject,
  { nowMs, clock }: { nowMs: number; clock: StationClock },
): { timeMs: number; fault: string | null } {
  if (time === null) return { timeMs: nowMs, fault: null };
  if (!time.valid) return { timeMs: nowMs, fault: 'time-invalid' };
  const timeMs = clock.toUtcMs(time);
  return timeMs > nowMs + AHEAD_MS_MAX ? { timeMs: nowMs, fault: 'time-ahead' } : { timeMs, fault: null };
}

/** Undefined when the type cannot hold it; null for a double point that is neither on nor off. */
function valueFor(object: InformationObject, wanted: Wanted): SampleValue | undefined {
  if (wanted.type === 'number') return scaled(object.value, wanted);
  if (object.encoding === 'single') return object.value === 1;
  if (object.encoding !== 'double') return undefined;
  return object.value === 1 ? false : object.value === 2 ? true : null;
}

function scaled(raw: number, { scale, offset }: Wanted): number {
  if (scale === 1 && offset === 0) return raw;
  // 3 × 0.1 is 0.30000000000000004 in binary; the fifteenth digit is the last that is surely right.
  return Number((raw * scale + offset).toPrecision(15));
}

function qualityOf(
  flags: readonly Flag[],
  fault: string | null,
): { quality: Quality; reason: string | null } {
  const worst = FLAGS.find((flag) => flags.includes(flag));
  if (worst !== undefined) return { quality: BAD.has(worst) ? 'bad' : 'uncertain', reason: worst };
  return fault === null ? { quality: 'good', reason: null } : { quality: 'uncertain', reason: fault };
}
