import type { Clock } from '#platform/clock/clock.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { JobRow } from '#platform/jobs/job.store.ts';
import { asRecord, backoffMs, errorText, TIMEOUT_MS_DEFAULT, worthRetrying } from '#platform/jobs/job.ts';
import type { JobContext, JobDefinition } from '#platform/jobs/jobs.ts';
import type { createQueueStore, Lease, Outcome } from '#platform/jobs/queue.store.ts';
import type { Log } from '#platform/log/log.ts';

/** How often a run says that it lives, and hears of a cancel from another process. */
const HEARTBEAT_MS = 2_000;
/** Progress is written at most this often; the newest is written with the next heartbeat. */
const PROGRESS_MS = 500;
/** How long a run that was told to end may take to heed it before it is given up. */
const HEED_MS_MAX = 10_000;

/** Why a run was told to end. `lost`: the row is no longer ours. */
export type AbortCause = 'cancel' | 'shutdown' | 'timeout' | 'lost';
/** A run in hand: `abort` tells it to end, `done` resolves when its outcome is written, and never rejects. */
export type Run = { job: JobRow; abort(cause: AbortCause): void; done: Promise<Outcome['state'] | null> };

type Parts = { queue: ReturnType<typeof createQueueStore>; clock: Clock; log: Log };

/** Starts a claimed job. The outcome is written only while the row is still ours. */
export function startRun(parts: Parts, job: JobRow, definition: JobDefinition): Run {
  const lease: Lease = { id: job.id, worker: job.worker ?? '', attempt: job.attempt };
  const controller = new AbortController();
  let cause: AbortCause | null = null;
  const abort = (why: AbortCause) => {
    cause ??= why;
    controller.abort(new Error(`the job was told to end: ${why}`));
  };
  const told = createTeller(parts, lease, abort);
  const execute = async (): Promise<Outcome['state'] | null> => {
    const timeout = setTimeout(() => abort('timeout'), definition.timeoutMs ?? TIMEOUT_MS_DEFAULT);
    const heartbeat = setInterval(() => void told.beat(), HEARTBEAT_MS);
    try {
      const context = contextOf(job, controller.signal, told.progress);
      const ended = await settle(() => definition.run(context), controller.signal);
      const outcome = judge({ job, ended, cause, now: parts.clock.now() });
      if (ended.kind === 'unheeded') parts.log.error({ job: job.id, kind: job.kind }, 'a job does not end');
      if (cause === 'lost' || !(await parts.queue.finishUnscoped(lease, outcome))) {
        parts.log.warn({ job: job.id, kind: job.kind }, 'a job was taken over by another process');
        return null;
      }
      return outcome.state;
    } catch (error) {
      // The row stays as it is; its heartbeat falls silent and it is queued again.
      parts.log.error(
        { err: error, job: job.id, kind: job.kind },
        'the outcome of a job could not be written',
      );
      return null;
    } finally {
      clearTimeout(timeout);
      clearInterval(heartbeat);
    }
  };
  return { job, abort, done: execute() };
}

const contextOf = (job: JobRow, signal: AbortSignal, progress: JobContext['progress']): JobContext => ({
  job: {
    id: job.id,
    kind: job.kind,
    organisation: job.organisation,
    params: asRecord(job.params) ?? {},
    requestedBy: job.requested_by,
    attempt: job.attempt,
  },
  signal,
  progress,
});

/** Tells the database of progress and life, and hears from it that the run is cancelled or no longer ours. */
function createTeller(parts: Parts, lease: Lease, abort: (cause: AbortCause) => void) {
  let newest: { progress: number; message: string | null } = { progress: 0, message: null };
  let writtenMs = 0;
  const beat = async (): Promise<void> => {
    try {
      const cancelled = await parts.queue.beatUnscoped(lease, newest);
      if (cancelled === null) abort('lost');
      else if (cancelled) abort('cancel');
    } catch (error) {
      parts.log.warn({ err: error, job: lease.id }, 'a heartbeat of a job could not be written');
    }
  };
  return {
    beat,
    async progress(share: number, message?: string): Promise<void> {
      newest = {
        progress: Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0)),
        message: message ?? newest.message,
      };
      const nowMs = performance.now();
      if (writtenMs > 0 && nowMs - writtenMs < PROGRESS_MS) return;
      writtenMs = nowMs;
      await beat();
    },
  };
}

type Ended =
  | { kind: 'returned'; result: Record<string, unknown> }
  | { kind: 'threw'; error: unknown }
  | { kind: 'unheeded' };

/** Waits for the work; once told to end, only a little longer, so that work that never ends cannot hold a worker. */
function settle(work: () => Promise<Record<string, unknown>>, signal: AbortSignal): Promise<Ended> {
  return new Promise((resolve) => {
    let giveUp: NodeJS.Timeout | undefined;
    const onAbort = () => {
      giveUp = setTimeout(() => resolve({ kind: 'unheeded' }), HEED_MS_MAX);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    const end = (ended: Ended) => {
      clearTimeout(giveUp);
      signal.removeEventListener('abort', onAbort);
      resolve(ended);
    };
    // Wrapped, so that work which throws before its first await is caught as well.
    Promise.resolve()
      .then(work)
      .then(
        (result) => end({ kind: 'returned', result }),
        (error: unknown) => end({ kind: 'threw', error }),
      );
  });
}

type Case = { job: JobRow; ended: Ended; cause: AbortCause | null; now: Date };

/** What becomes of the job. Whoever was told to end is judged by why, never by what it returned late. */
export function judge({ job, ended, cause, now }: Case): Outcome {
  if (cause === 'cancel') return { state: 'cancelled', finishedAt: now, error: null };
  // A shutdown is not the job's fault and costs it no attempt.
  if (cause === 'shutdown' || cause === 'lost')
    return { state: 'queued', runAt: now, attempt: job.attempt - 1, message: null };
  if (cause === null && ended.kind === 'returned')
    return { state: 'succeeded', finishedAt: now, result: ended.result };
  const error =
    cause === null && ended.kind === 'threw' ? ended.error : new Error('the time of the job was over');
  if (worthRetrying(error) && job.attempt < job.attempts_max)
    return {
      state: 'queued',
      runAt: new Date(now.getTime() + backoffMs(job.attempt)),
      attempt: job.attempt,
      message: errorText(error),
    };
  return { state: 'failed', finishedAt: now, error: errorText(error) };
}

/** @throws AppError REQUEST_TOO_LARGE */
export function demandSmall(params: Record<string, unknown>, charactersMax: number): void {
  if (JSON.stringify(params).length > charactersMax) throw new AppError('REQUEST_TOO_LARGE');
}
