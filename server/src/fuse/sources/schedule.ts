import type { Scope } from '#platform/auth/scope.ts';
import type { Clock } from '#platform/clock/clock.ts';
import type { Log } from '#platform/log/log.ts';
import type { RunOpening } from './run-opening.service.ts';
import type { Runs } from './runs.service.ts';
import type { SourceStore } from './sources.store.ts';
import { nextRunAt } from './sources.ts';

const LOOK_MS = 15_000;

type Parts = {
  store: SourceStore;
  runs: Runs;
  opening: Pick<RunOpening, 'closeAbandoned'>;
  system: Scope;
  clock: Clock;
  log: Log;
};

/**
 * Starts runs when their time has come. The next time stands in the source's row, and whoever moves it on starts the run,
 * so several processes start it once and a stop over the due time is made up for once. Runs whose process died meanwhile, here
 * or elsewhere, go on.
 */
export function createSchedule({ store, runs, opening, system, clock, log }: Parts) {
  let timer: NodeJS.Timeout | null = null;
  let looking: Promise<void> = Promise.resolve();

  async function look(): Promise<void> {
    try {
      const now = clock.now();
      for (const source of await store.due(system, now)) {
        if (await store.moveOn(system, source, nextRunAt(source.schedule, now))) await runs.startDue(source);
      }
    } catch (error) {
      log.warn({ err: error }, 'due sources could not be looked up, trying again');
    }
    try {
      await opening.closeAbandoned();
    } catch (error) {
      log.warn({ err: error }, 'runs without a worker could not be looked up, trying again');
    }
  }

  return {
    look,
    start(): void {
      timer ??= setInterval(() => {
        looking = looking.then(look);
      }, LOOK_MS);
    },
    async stop(): Promise<void> {
      if (timer) clearInterval(timer);
      timer = null;
      await looking;
    },
  };
}
