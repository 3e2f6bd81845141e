import { BATCH_SAMPLES_MAX, type BatchPoint } from '@ronghe/contracts';
import type { Clock } from '../clock.ts';
import type { Tally } from '../conditioning/tally.ts';
import type { Emit, PointDescriptor, Reading } from '../connector.ts';
import type { Log } from '../log.ts';
import { soundSample } from '../sample.ts';

/** Most samples held in memory while the disk is slow; beyond it the oldest are given up and counted. */
const PENDING_SAMPLES_MAX = 200_000;
/** Most points and about most bytes of JSON in one batch, so that no server refuses it for its size. */
const BATCH_POINTS_MAX = 5_000;
const BATCH_BYTES_MAX = 1_000_000;
const SAMPLE_BYTES = 40;
const POINT_BYTES = 200;

export type Batcher = {
  emit: Emit;
  /** Resolves when everything emitted before is on disk. */
  flush(): Promise<void>;
  /**
   * To be called right after an emit: resolves when what was emitted is on disk, which the next write does that comes anyway;
   * all who wait for the same write wait together. `now`: that write begins at once. Rejects when it failed, or when
   * some of it was given up: then nothing may be acknowledged.
   */
  kept(options?: { now?: boolean }): Promise<void>;
  counts(): { samplesRead: number; samplesDropped: number };
};

/**
 * Gathers readings for at most `flushMs`, or until `batchSamplesMax` are there, and hands them to the buffer as batches
 * grouped by point. While one write is on its way the next readings gather, so a slow disk makes larger groups.
 */
export function createBatcher(options: {
  append: (batches: readonly BatchPoint[][]) => Promise<void>;
  flushMs: number;
  batchSamplesMax: number;
  tally: Pick<Tally, 'attach'>;
  clock: Clock;
  log: Log;
}): Batcher {
  const batchSamplesMax = Math.min(options.batchSamplesMax, BATCH_SAMPLES_MAX);
  let pending: Reading[] = [];
  let samplesRead = 0;
  let samplesDropped = 0;
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> | null = null;
  /** Those who wait for what is gathered now, and for the write on its way. */
  let gathering = createWaiters();
  let underWay: Waiters | null = null;

  const write = async (): Promise<void> => {
    while (pending.length > 0) {
      const readings = pending;
      const waiters = gathering;
      pending = [];
      gathering = createWaiters();
      underWay = waiters;
      try {
        const batches = toBatches(readings, batchSamplesMax);
        for (const points of batches) options.tally.attach(points);
        await options.append(batches);
      } catch (error) {
        samplesDropped += readings.length;
        options.log.error({ err: error, samples: readings.length }, 'samples could not be buffered');
        waiters.fail(new Error('what was read could not be kept on disk'));
      }
      underWay = null;
      waiters.end();
    }
  };

  const flush = async (): Promise<void> => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    while (writing !== null || pending.length > 0) {
      writing ??= write().finally(() => {
        writing = null;
      });
      await writing;
    }
  };

  return {
    emit(readings) {
      const nowMs = options.clock.now().getTime();
      for (const { point, sample } of readings) {
        pending.push({ point, sample: soundSample(point.type, sample, nowMs) });
      }
      samplesRead += readings.length;
      if (pending.length > PENDING_SAMPLES_MAX) {
        const lost = pending.length - PENDING_SAMPLES_MAX;
        pending.splice(0, lost);
        samplesDropped += lost;
        options.log.error({ samples: lost }, 'the disk is too slow, the oldest samples were given up');
        gathering.fail(new Error('the disk is too slow, what was read was given up'));
      }
      // A write on its way takes what gathered meanwhile, before it ends.
      if (writing !== null) return;
      if (pending.length >= batchSamplesMax) void flush();
      else timer ??= setTimeout(() => void flush(), options.flushMs);
    },
    flush,
    kept({ now = false } = {}) {
      const waiters = pending.length > 0 ? gathering : underWay;
      if (waiters === null) return Promise.resolve();
      if (now) void flush();
      return waiters.wait();
    },
    counts: () => ({ samplesRead, samplesDropped }),
  };
}

type Waiters = {
  /** One promise for all. */
  wait(): Promise<void>;
  /** The end will be a failure, with this reason. */
  fail(reason: Error): void;
  end(): void;
};

function createWaiters(): Waiters {
  let failure: Error | null = null;
  let settle: (() => void) | null = null;
  let promise: Promise<void> | null = null;
  return {
    wait() {
      promise ??= new Promise((resolve, reject) => {
        settle = () => (failure === null ? resolve() : reject(failure));
      });
      return promise;
    },
    fail(reason) {
      failure ??= reason;
    },
    end: () => settle?.(),
  };
}

/**
 * Groups readings into batches by point, samples in the order they came. Points are told apart by their descriptor
 * object, so a connector makes each descriptor once.
 */
export function toBatches(readings: readonly Reading[], samplesMax: number): BatchPoint[][] {
  const batches: BatchPoint[][] = [];
  let points = new Map<PointDescriptor, BatchPoint>();
  let samples = 0;
  let bytes = 0;
  for (const { point, sample } of readings) {
    if (samples >= samplesMax || points.size >= BATCH_POINTS_MAX || bytes >= BATCH_BYTES_MAX) {
      batches.push([...points.values()]);
      points = new Map();
      samples = 0;
      bytes = 0;
    }
    const group = points.get(point);
    if (group === undefined) {
      points.set(point, { ...point, samples: [sample] });
      bytes += POINT_BYTES;
    } else {
      group.samples.push(sample);
    }
    samples += 1;
    bytes += SAMPLE_BYTES + (typeof sample[1] === 'string' ? sample[1].length * 3 : 0);
  }
  if (points.size > 0) batches.push([...points.values()]);
  return batches;
}
