import { rm } from 'node:fs/promises';
import type { Scope } from '#platform/auth/scope.ts';
import { AppError, errorBody } from '#platform/errors/errors.ts';
import type { JobContext } from '#platform/jobs/jobs.ts';
import type { Platform } from '#platform/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { runFolder } from './run-folder.service.ts';
import { createRunProgressStore } from './run-progress.store.ts';
import { createRunStages, type RunParts, type RunWork } from './run-stages.service.ts';
import { createRunStore, type RunRow } from './runs.store.ts';
import { addCounts, noCounts, type RunCounts } from './runs.ts';
import { createSourceStore, type SourceRow } from './sources.store.ts';

/**
 * The work of one run, as the job `fuse.run-source`: fetch the delivery, land it, audit it, publish it, fuse it. Each stage
 * is kept, so that another process goes on where this one was killed; nothing is visible to readers before it is published.
 */
export function createRunJob(parts: RunParts) {
  const { platform, opening, publishing, audit, system } = parts;
  const { relational, events, files, metrics } = platform;
  const db = relational.as<FuseTables>();
  const log = platform.log.child({ scope: 'fuse' });
  const [runs, progress, sources] = [createRunStore(db), createRunProgressStore(db), createSourceStore(db)];
  const folderOf = (run: RunRow) => runFolder(files, run.id);

  const { deliver, land, check, fuse } = createRunStages(parts);

  /** Goes through the stages that are left; false when the run is held. */
  async function work(job: RunWork): Promise<boolean> {
    const { run, source, context } = job;
    let { stage } = run;
    if (stage === 'deliver') {
      await deliver(job);
      stage = 'land';
    }
    if (stage === 'land') {
      await land(job);
      stage = 'audit';
    }
    if (stage === 'audit') {
      context.signal.throwIfAborted();
      if (!(await check(job))) return false;
      stage = 'publish';
    }
    if (stage === 'publish' && run.from === 'withdrawal') {
      await publishing.withdraw(system, run, source);
      await progress.reach(system, run.id, { stage: 'fuse' });
    } else if (stage === 'publish') {
      await publishing.publish(system, run, source);
      await audit.settle(run, source);
      await progress.reach(system, run.id, { stage: 'fuse' });
    }
    await fuse(job);
    return true;
  }

  const finish = createFinish(platform, system);

  /**
   * Removes what a run read when nobody may want it any more: not that of a held run or one that goes on elsewhere, and not
   * what was pushed into a run that failed, because it is nowhere else; retrying its job lands it.
   */
  async function tidy(run: RunRow, source: SourceRow): Promise<void> {
    const state = (await runs.find(system, run.id))?.state;
    const isWanted =
      state === 'running' || state === 'held' || (state === 'failed' && source.kind === 'push');
    if (!isWanted) await rm(await folderOf(run), { recursive: true, force: true });
  }

  return async (context: JobContext): Promise<Record<string, unknown>> => {
    const id = String(context.job.params.source);
    const found = await sources.find(system, id);
    if (!found) throw new AppError('NOT_FOUND', { thing: `source ${id}` });
    const run = await opening.open(found, context);
    // a run that goes on uses the mapping it began with
    const source = (await sources.withMapping(system, found, run.mapping)) ?? found;
    const counts = countsOf(run);
    try {
      const done = await work({ run, source, counts, context });
      if (!done) {
        metrics.count('ronghe_fuse_runs_total', 1, { state: 'held' });
        events.publish('fuse.run.finished', {
          run: run.id,
          source: run.source,
          state: 'held',
          valuesChanged: 0,
        });
        log.warn({ run: run.id, source: source.key }, 'a run is held: somebody must look at it');
        return { run: run.id, state: 'held' };
      }
    } catch (error) {
      const cancelled = context.signal.aborted && /cancel$/.test(String(context.signal.reason));
      await finish(run, counts, { error, cancelled });
      throw error;
    } finally {
      await tidy(run, source);
    }
    await finish(run, counts, null);
    await tidy(run, source);
    return { run: run.id, ...counts };
  };
}

/** Ends a run in the ledger whatever happened to the work. */
function createFinish(platform: Platform, system: Scope) {
  const { relational, audit, clock, events, metrics } = platform;
  const db = relational.as<FuseTables>();
  const [runs, progress] = [createRunStore(db), createRunProgressStore(db)];
  const log = platform.log.child({ scope: 'fuse' });
  return async (run: RunRow, counts: RunCounts, failure: { error: unknown; cancelled: boolean } | null) => {
    const state = failure === null ? 'succeeded' : failure.cancelled ? 'cancelled' : 'failed';
    const error = failure === null || failure.cancelled ? null : textOf(failure.error);
    if (failure === null) await progress.reach(system, run.id, { stage: 'done' });
    await runs.end(system, run.id, { state, at: clock.now(), error, counts });
    metrics.count('ronghe_fuse_runs_total', 1, { state });
    events.publish('fuse.run.finished', {
      run: run.id,
      source: run.source,
      state,
      valuesChanged: counts.valuesChanged,
    });
    if (failure && !(failure.error instanceof AppError) && !failure.cancelled)
      log.error({ run: run.id, err: failure.error }, 'a run failed');
    else log.info({ run: run.id, state, ...counts }, 'a run ended');
    if (counts.rowsNew + counts.rowsChanged + counts.rowsGone + counts.valuesChanged > 0)
      await audit.record(system, {
        action: 'fuse:run:finish',
        target: `run:${run.id}`,
        after: { source: run.sourceName, state, ...counts },
      });
  };
}

function countsOf(run: RunRow): RunCounts {
  const counts = noCounts();
  const kept = Object.fromEntries(
    (Object.keys(counts) as (keyof RunCounts)[]).map((key) => [key, run[key]]),
  ) as Partial<RunCounts>;
  addCounts(counts, kept);
  return counts;
}

/** What the ledger keeps of a failure: the catalog's sentence, never a stack or a secret. */
function textOf(error: unknown): string {
  const known = error instanceof AppError ? error : new AppError('INTERNAL');
  const { message, hint } = errorBody(known, { locale: 'zh-CN', requestId: '' }).error;
  return `${message}（${hint}）`;
}
