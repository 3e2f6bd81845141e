import { setTimeout as pause } from 'node:timers/promises';
import type { RollupProgress } from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import type { Clock } from '#platform/clock/clock.ts';
import type { Metrics } from '#platform/http/metrics.ts';
import type { Log } from '#platform/log/log.ts';
import type { RollupStore } from './rollups.store.ts';
import { planStep, SERIES_END } from './rollups.ts';

/**
 * Rows one step may meet: few steps, because each makes the units anew that it finds begun; but not too few, because readers
 * have a step only when it is over.
 */
const STEP_ROWS_MAX = 16_000_000;
/** Rows one statement may meet, by series: what it keeps in mind are the minutes they lie in. */
const PART_ROWS_MAX = 4_000_000;
const STOP_WAIT_MS = 3_000;
/** Between two runs on time; after a failed one as well, which may fail at once again. */
const TICK_PAUSE_MS_MIN = 1_000;
/** Rows of the second that runs are not settled yet: another look after this. */
const CATCH_UP_PAUSE_MS = 250;
const CATCH_UP_WAIT_MS = 120_000;

/**
 * Keeps minutes, hours and days ready. What was stored since the last time says which of them to compute anew from the
 * rows themselves, so that late, overwritten and repeated samples come out right, and a step that was cut off is repeated.
 * One process of an installation at a time.
 */
export type Rollups = {
  /**
   * Rolls up everything stored until now. @returns rows that were new; null when another process is at it
   */
  roll(): Promise<{ rows: number } | null>;
  /**
   * Rolls up until everything is in that was stored before the call.
   * @returns false when that takes more than two minutes, or another process is at it all the time
   */
  catchUp(signal: AbortSignal): Promise<boolean>;
  /** How far they are; the same for everybody. @throws PERMISSION_MISSING */
  progress(scope: Scope): Promise<RollupProgress>;
  start(): void;
  /** Stops after the step that runs; one that takes long is left to be cut off, which the next start makes good. */
  stop(): Promise<void>;
};

type Parts = {
  store: RollupStore;
  metrics: Metrics;
  clock: Clock;
  log: Log;
  everyMs: number;
  /** for tests */
  stepRowsMax?: number;
  partRowsMax?: number;
};

const ALL_SERIES = { first: 0, end: SERIES_END };

export function createRollups(parts: Parts): Rollups {
  const { store, metrics, clock, log, everyMs } = parts;
  const { stepRowsMax = STEP_ROWS_MAX, partRowsMax = PART_ROWS_MAX } = parts;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<unknown> | null = null;
  let stopped = false;
  let watermarkMs = 0;
  metrics.gauge(
    'ronghe_ingest_rollup_lag_seconds',
    'Age of the newest row that is surely in the rollups',
    () => (watermarkMs === 0 ? 0 : Math.max(0, (clock.now().getTime() - watermarkMs) / 1000)),
  );

  const rollAll = async (): Promise<number> => {
    const toS = await store.settledS();
    let rows = 0;
    for (;;) {
      const state = await store.state();
      // The engine's clock was set back: what is stored meanwhile must be met again.
      if (toS < state.watermarkS) await store.move(toS);
      watermarkMs = Math.min(state.watermarkS, toS) * 1000;
      if (stopped || toS <= state.watermarkS) return rows;
      let range = { fromS: state.watermarkS, toS };
      let plan = planStep(range, await store.slices(range.fromS, range.toS), stepRowsMax);
      while ('narrowTo' in plan) {
        range = plan.narrowTo;
        plan = planStep(range, await store.slices(range.fromS, range.toS), stepRowsMax);
      }
      const { fromS, toS: endS } = plan;
      const ranges =
        plan.rows > partRowsMax ? await store.seriesRanges(fromS, endS, partRowsMax) : [ALL_SERIES];
      for (const { first, end } of ranges)
        await store.recompute({ fromS, toS: endS, firstSeries: first, endSeries: end }, state);
      await store.move(plan.toS);
      rows += plan.rows;
    }
  };

  const roll = async () => {
    let rows = 0;
    const startedAt = performance.now();
    const alone = await store.alone(async () => {
      rows = await rollAll();
    });
    if (!alone) return null;
    log.debug({ rows, elapsedMs: Math.round(performance.now() - startedAt) }, 'rolled up');
    return { rows };
  };

  const tick = () => {
    const startedAt = performance.now();
    running = roll()
      .catch((error: unknown) => log.warn({ err: error }, 'the rollups could not be brought up to date'))
      .finally(() => {
        running = null;
        if (stopped) return;
        // While much comes in, a run takes longer than the pause: what came in meanwhile waits no longer than that.
        timer = setTimeout(tick, Math.max(TICK_PAUSE_MS_MIN, everyMs - (performance.now() - startedAt)));
        timer.unref();
      });
  };

  const catchUp = async (signal: AbortSignal): Promise<boolean> => {
    const wantedS = await store.nowS();
    const endMs = performance.now() + CATCH_UP_WAIT_MS;
    while (performance.now() < endMs) {
      signal.throwIfAborted();
      await roll();
      if ((await store.state()).watermarkS > wantedS) return true;
      await pause(CATCH_UP_PAUSE_MS, undefined, { signal });
    }
    return false;
  };

  return {
    roll,
    catchUp,
    async progress(scope) {
      demand(scope, 'ingest:observation:read');
      const [{ watermarkS }, nowS] = await Promise.all([store.state(), store.nowS()]);
      const everySeconds = everyMs / 1000;
      if (watermarkS === 0) return { upTo: null, lagSeconds: null, everySeconds };
      const upTo = new Date(watermarkS * 1000).toISOString();
      return { upTo, lagSeconds: Math.max(0, nowS - watermarkS), everySeconds };
    },
    start() {
      stopped = false;
      timer = setTimeout(tick, everyMs);
      timer.unref();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      if (!running) return;
      let late: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => {
        late = setTimeout(resolve, STOP_WAIT_MS);
      });
      await Promise.race([running, patience]);
      clearTimeout(late);
    },
  };
}
