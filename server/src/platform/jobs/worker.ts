import type { Clock, Ids } from '#platform/clock/clock.ts';
import type { Events } from '#platform/events/events.ts';
import { ATTEMPTS_MAX_DEFAULT } from '#platform/jobs/job.ts';
import type { JobDefinition } from '#platform/jobs/jobs.ts';
import type { createQueueStore } from '#platform/jobs/queue.store.ts';
import { type Run, startRun } from '#platform/jobs/run.ts';
import { createSchedule, onceKey } from '#platform/jobs/schedule.ts';
import type { Log } from '#platform/log/log.ts';

/** Jobs one process runs at once. */
export const WORKERS_MAX = 2;
/** A run that has not been heard of for this long is taken for dead. */
export const HEARTBEAT_SILENT_MS_MAX = 30_000;
/** Days a job is kept after it ended. */
export const JOB_KEPT_DAYS = 30;
const POLL_MS = 1_000;
const REAP_MS = 10_000;
const FORGET_MS = 3_600_000;
const STOP_MS_MAX = 8_000;
const DAY_MS = 86_400_000;

type Parts = {
  queue: ReturnType<typeof createQueueStore>;
  definitions: ReadonlyMap<string, JobDefinition>;
  events: Events;
  clock: Clock;
  ids: Ids;
  log: Log;
};

/**
 * Takes due jobs from the queue and runs them, two at a time: looks every second and at once when woken. Also queues what
 * the schedule says, and finds the jobs of processes that were killed.
 */
export function createWorker(parts: Parts) {
  const { queue, definitions, events, clock, ids, log } = parts;
  const worker = ids.next();
  const schedule = createSchedule();
  const runs = new Map<string, Run>();
  let timer: NodeJS.Timeout | null = null;
  let turn: Promise<void> | null = null;
  let woken = false;
  let stopping = true;
  let [reapedMs, forgottenMs] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];

  const changed = (job: { id: string; kind: string }, state: string) =>
    events.publish('platform.job.changed', { job: job.id, kind: job.kind, state });

  const follow = async (run: Run): Promise<void> => {
    const state = await run.done;
    runs.delete(run.job.id);
    if (state !== null) changed(run.job, state);
    wake();
  };

  const fill = async (): Promise<void> => {
    while (!stopping && runs.size < WORKERS_MAX) {
      const job = await queue.claimUnscoped({ kinds: [...definitions.keys()], worker, now: clock.now() });
      const definition = job && definitions.get(job.kind);
      if (!job || !definition) return;
      const run = startRun({ queue, clock, log }, job, definition);
      runs.set(job.id, run);
      changed(job, 'running');
      void follow(run);
    }
  };

  const plan = async (): Promise<void> => {
    for (const { definition, at } of schedule.take(definitions.values(), clock.now())) {
      const id = ids.next();
      const queued = await queue.insertScheduledUnscoped({
        id,
        kind: definition.kind,
        params: {},
        requested_by: 'schedule',
        attempts_max: definition.attemptsMax ?? ATTEMPTS_MAX_DEFAULT,
        created_at: clock.now(),
        onceKey: onceKey(definition.kind, at),
      });
      if (queued) changed({ id, kind: definition.kind }, 'queued');
    }
  };

  const tidy = async (): Promise<void> => {
    const nowMs = performance.now();
    if (nowMs - reapedMs >= REAP_MS) {
      reapedMs = nowMs;
      const error = 'INTERNAL: the process that ran the job ended';
      const silent = { silentMsMax: HEARTBEAT_SILENT_MS_MAX, now: clock.now(), error };
      for (const job of await queue.reapUnscoped(silent)) {
        log.warn({ job: job.id, kind: job.kind, state: job.state }, 'a job had lost its process');
        changed(job, job.state);
      }
    }
    if (nowMs - forgottenMs >= FORGET_MS) {
      forgottenMs = nowMs;
      await queue.forgetUnscoped(new Date(clock.now().getTime() - JOB_KEPT_DAYS * DAY_MS));
    }
  };

  const work = async (): Promise<void> => {
    do {
      woken = false;
      try {
        await tidy();
        await plan();
        await fill();
      } catch (error) {
        log.warn({ err: error }, 'the job queue could not be read; the next look is in a second');
      }
    } while (woken && !stopping);
  };

  /** Looks at the queue now; while a look is under way, once more after it. */
  const wake = (): void => {
    if (stopping) return;
    woken = true;
    turn ??= work().finally(() => {
      turn = null;
      if (woken) wake();
    });
  };

  return {
    wake,
    /** Tells a run of this process to end; does nothing when it runs elsewhere. */
    cancel: (id: string): void => runs.get(id)?.abort('cancel'),
    start(): void {
      if (!stopping) return;
      stopping = false;
      timer = setInterval(wake, POLL_MS);
      wake();
    },
    /** Runs are told to end and have 8 s for it; what they did not finish is queued again. */
    async stop(): Promise<void> {
      if (stopping) return;
      stopping = true;
      if (timer) clearInterval(timer);
      await turn;
      for (const run of runs.values()) run.abort('shutdown');
      await within(Promise.all([...runs.values()].map((run) => run.done)), STOP_MS_MAX);
      for (const { job } of runs.values()) {
        const lease = { id: job.id, worker, attempt: job.attempt };
        const outcome = {
          state: 'queued' as const,
          runAt: clock.now(),
          attempt: job.attempt - 1,
          message: null,
        };
        if (await queue.finishUnscoped(lease, outcome))
          log.warn({ job: job.id, kind: job.kind }, 'a job did not end in time and was queued again');
      }
    },
  };
}

async function within(work: Promise<unknown>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
