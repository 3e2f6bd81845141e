import type { Run } from '@ronghe/contracts';
import type { Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { JobContext } from '#platform/jobs/jobs.ts';
import type { Platform } from '#platform/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import type { RunOwner } from './run-owner.store.ts';
import { createRunStore, type RunRow } from './runs.store.ts';
import type { SourceRow } from './sources.store.ts';

/** A reserved run without a job after this long was left by a process that died in between. */
const RESERVED_MS_MAX = 60_000;
const INTERRUPTED = '运行被中断（进程结束）；下一次运行会完成余下的工作';

type Parts = { platform: Platform; owner: RunOwner; system: Scope };

/** Opens runs, at most one a source, and closes those whose process is gone. */
export function createRunOpening({ platform, owner, system }: Parts) {
  const { relational, clock, ids, jobs } = platform;
  const runs = createRunStore(relational.as<FuseTables>());
  const log = platform.log.child({ scope: 'fuse' });

  /** What happened to a run nobody works on any more; null while somebody does or will. */
  async function fateOf(run: RunRow): Promise<Run['state'] | null> {
    if (run.owner !== null) return (await owner.isAlive(run.owner)) ? null : 'failed';
    if (run.job === null) {
      return clock.now().getTime() - Date.parse(run.startedAt) > RESERVED_MS_MAX ? 'failed' : null;
    }
    try {
      const { state } = await jobs.get(system, run.job);
      if (state === 'queued' || state === 'running') return null;
      return state === 'cancelled' ? 'cancelled' : 'failed';
    } catch (error) {
      if (error instanceof AppError && error.code === 'NOT_FOUND') return 'failed';
      throw error;
    }
  }

  async function closeAbandoned(filter: { source?: string; job?: string } = {}): Promise<void> {
    for (const run of await runs.running(system, filter)) {
      const state = await fateOf(run);
      if (state === null) continue;
      const error = state === 'cancelled' ? null : INTERRUPTED;
      if (await runs.end(system, run.id, { state, at: clock.now(), error }))
        log.warn({ run: run.id, source: run.source, state }, 'a run without a worker was closed');
    }
  }

  /** Opens a run of the source. @throws RUN_ACTIVE */
  async function reserve(source: SourceRow, requestedBy: string): Promise<string> {
    const run = { id: ids.next(), source: source.id, requestedBy, at: clock.now() };
    if (await runs.reserve(system, run)) return run.id;
    await closeAbandoned({ source: source.id });
    if (await runs.reserve(system, run)) return run.id;
    throw new AppError('RUN_ACTIVE', { source: source.name });
  }

  /** Takes the run over that the job was queued with; when it has ended (a retry, a restart), opens another. */
  async function open(source: SourceRow, { job }: JobContext): Promise<RunRow> {
    const number = await owner.acquire();
    const reserved = String(job.params.run ?? '');
    const begin = (run: string) => runs.begin(system, { run, owner: number, at: clock.now() });
    const run =
      reserved !== '' && (await begin(reserved)) ? reserved : await reserve(source, job.requestedBy);
    if (run !== reserved) {
      await runs.setJob(system, { run, job: job.id });
      await begin(run);
    }
    const opened = await runs.find(system, run);
    if (!opened) throw new AppError('NOT_FOUND', { thing: `run ${run}` });
    return opened;
  }

  return { reserve, open, closeAbandoned };
}
export type RunOpening = ReturnType<typeof createRunOpening>;
