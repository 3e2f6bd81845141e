import { type Sample, STALE_REASON } from '@ronghe/contracts';
import { type Clock, momentOf } from '../clock.ts';
import type { Emit, PointDescriptor, Reading } from '../connector.ts';
import { withServerTime } from '../sample.ts';
import { createDeadband, createSwingingDoor, type Filter, type GoodSample } from './filters.ts';
import type { Conditions } from './options.ts';
import type { Tally } from './tally.ts';

/** Intervals without a sample after which a point counts as silent. */
const SILENT_INTERVALS = 3;
/** Reason of a sample that says that a point which should speak does not, though its connection stands. */
export const SILENT_REASON = 'silent';
/** A clock so far ahead, or one from before there were such devices, is wrong; the value may be right. */
const CLOCK_AHEAD_MS_MAX = 300_000;
const CLOCK_OLDEST_MS = Date.UTC(2010, 0, 1);
export const CLOCK_REASON = 'clock';
const LOOK_MS = 1_000;

/**
 * What happens to samples between a connector and the buffer, the same for every protocol: wrong clocks are marked, what
 * adds nothing is left out (deadband, then swinging door), points that fall silent are told, and everything is counted.
 */
export type Conditioner = {
  emit: Emit;
  /** Points that are silent now. */
  silent(): number;
  /** Sends out what filters hold back. */
  flush(): void;
  /** As `flush`, and does nothing more by itself. */
  stop(): void;
};

type Point = {
  descriptor: PointDescriptor;
  filters: Filter[];
  silentMs: number;
  /** when it had its last sample, by `elapsedMs`, as `heldMs` */
  seenMs: number;
  /** when a filter began to hold something back; infinite while none does */
  heldMs: number;
  heartbeatMs: number;
  state: 'speaking' | 'stale' | 'silent';
};

type Options = {
  emit: Emit;
  /** by key of the point; of a point that is not here nothing is left out */
  conditions: ReadonlyMap<string, Conditions>;
  tally: Tally;
  clock: Clock;
  /** times of archives are old, and their devices' clocks were looked at long ago */
  checksClock: boolean;
};

export function createConditioner({ emit, conditions, tally, clock, checksClock }: Options): Conditioner {
  /** By key: a connector that learns a new name or unit of a point hands over another descriptor of the same point. */
  const points = new Map<string, Point>();
  const pointOf = (descriptor: PointDescriptor): Point => {
    const known = points.get(descriptor.key);
    if (known && known.descriptor.type === descriptor.type) {
      known.descriptor = descriptor;
      return known;
    }
    const point = createPoint(descriptor, conditions.get(descriptor.key) ?? {});
    points.set(descriptor.key, point);
    return point;
  };

  const look = () => {
    const now = momentOf(clock);
    const out: Reading[] = [];
    for (const point of points.values()) {
      if (now.elapsedMs - point.heldMs >= point.heartbeatMs) out.push(...flushed(point));
      if (point.state === 'speaking' && now.elapsedMs - point.seenMs > point.silentMs) {
        out.push(...flushed(point));
        for (const filter of point.filters) filter.reset();
        point.state = 'silent';
        tally.read(point.descriptor.key, now.wallMs);
        out.push({ point: point.descriptor, sample: [now.wallMs, null, 'bad', SILENT_REASON] });
      }
    }
    if (out.length > 0) emit(out);
  };
  const flush = () => {
    const out = [...points.values()].flatMap((point) => flushed(point));
    if (out.length > 0) emit(out);
  };
  const timer = setInterval(look, LOOK_MS);
  timer.unref();

  return {
    emit(readings) {
      const now = momentOf(clock);
      const out: Reading[] = [];
      for (const reading of readings) {
        const point = pointOf(reading.point);
        const { key } = point.descriptor;
        const sample = checksClock ? marked(reading.sample, now.wallMs) : reading.sample;
        tally.read(key, sample[0]);
        point.seenMs = now.elapsedMs;
        point.state = sample[2] === 'bad' && sample[3] === STALE_REASON ? 'stale' : 'speaking';
        out.push(...taken(point, sample, (dropped) => tally.filtered(key, dropped[0])));
        point.heldMs = holds(point) ? Math.min(point.heldMs, now.elapsedMs) : Number.POSITIVE_INFINITY;
      }
      if (out.length > 0) emit(out);
    },
    silent: () => [...points.values()].filter(({ state }) => state === 'silent').length,
    flush,
    stop() {
      clearInterval(timer);
      flush();
    },
  };
}

function createPoint(
  descriptor: PointDescriptor,
  { deadband, swingingDoor, expectedIntervalMs }: Conditions,
): Point {
  // Only numbers lie in a band or on a line.
  const isNumber = descriptor.type === 'number';
  return {
    descriptor,
    filters: [
      ...(isNumber && deadband ? [createDeadband(deadband)] : []),
      ...(isNumber && swingingDoor ? [createSwingingDoor(swingingDoor)] : []),
    ],
    silentMs:
      expectedIntervalMs === undefined ? Number.POSITIVE_INFINITY : SILENT_INTERVALS * expectedIntervalMs,
    seenMs: 0,
    heldMs: Number.POSITIVE_INFINITY,
    heartbeatMs: swingingDoor?.heartbeatMs ?? Number.POSITIVE_INFINITY,
    state: 'speaking',
  };
}

const holds = ({ filters }: Point): boolean => filters.some((filter) => filter.holds());

const isGood = (sample: Sample): sample is GoodSample =>
  sample[2] === 'good' && typeof sample[1] === 'number';

/** What goes out because of a sample. One that is not good ends what filters know: it goes out behind what they held. */
function taken(point: Point, sample: Sample, drop: (sample: GoodSample) => void): Reading[] {
  const { descriptor, filters } = point;
  if (filters.length === 0) return [{ point: descriptor, sample }];
  if (!isGood(sample)) {
    const before = flushed(point);
    for (const filter of filters) filter.reset();
    return [...before, { point: descriptor, sample }];
  }
  let samples: GoodSample[] = [sample];
  for (const filter of filters) samples = samples.flatMap((each) => filter.take(each, drop));
  return samples.map((each) => ({ point: descriptor, sample: each }));
}

function flushed(point: Point): Reading[] {
  point.heldMs = Number.POSITIVE_INFINITY;
  return point.filters
    .flatMap((filter) => filter.flush())
    .map((sample) => ({ point: point.descriptor, sample }));
}

/** A good value of a device whose clock is wrong is kept, marked. */
function marked(sample: Sample, nowMs: number): Sample {
  const [timeMs, value, quality, , serverMs] = sample;
  if (quality !== 'good' || (timeMs <= nowMs + CLOCK_AHEAD_MS_MAX && timeMs >= CLOCK_OLDEST_MS))
    return sample;
  return withServerTime([timeMs, value, 'uncertain', CLOCK_REASON], serverMs ?? null);
}
