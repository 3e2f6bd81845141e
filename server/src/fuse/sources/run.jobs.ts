import type { Scope } from '#platform/auth/scope.ts';
import { AppError, errorBody } from '#platform/errors/errors.ts';
import type { JobContext } from '#platform/jobs/jobs.ts';
import type { Platform } from '#platform/platform.ts';
import { createBelonging } from '../enterprises/belonging.ts';
import type { Fusing } from '../enterprises/fusing.service.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { createLanding, type Landing } from './landing.service.ts';
import type { ReaderOf } from './readers.service.ts';
import type { RunOpening } from './run-opening.service.ts';
import { createRunStore, type RunRow } from './runs.store.ts';
import { addCounts, noCounts, type RunCounts } from './runs.ts';
import { createSourceStore, type SourceRow } from './sources.store.ts';
import type { SourceDefinition } from './sources.ts';

export const RUN_SOURCE_JOB = 'fuse.run-source';
/** Share of a run's progress bar that reading takes; fusing has the rest. */
const READING_SHARE = 0.6;

type Parts = { platform: Platform; opening: RunOpening; readerOf: ReaderOf; fusing: Fusing; system: Scope };

/** The work of one run, as the job `fuse.run-source` with params `{ source, run }`: read, land, fuse, settle the ledger. */
export function createRunJob({ platform, opening, readerOf, fusing, system }: Parts) {
  const { relational, analytics, audit, auth, clock, events, metrics } = platform;
  const db = relational.as<FuseTables>();
  const log = platform.log.child({ scope: 'fuse' });
  const [runs, sources] = [createRunStore(db), createSourceStore(db)];

  async function work(run: RunRow, source: SourceRow, counts: RunCounts, context: JobContext): Promise<void> {
    const { signal, progress } = context;
    const landing = createLanding({ db, analytics, clock }, { id: run.id, number: run.number, source });
    await landing.flush();
    const reader = await readerOf(source);
    for await (const page of reader.pages(signal)) {
      signal.throwIfAborted();
      addCounts(counts, await landing.land(page.rows));
      await runs.saveCounts(system, run.id, counts);
      await progress((page.share ?? 0.5) * READING_SHARE, `已读取 ${counts.rowsIn} 行`);
    }
    await demandRows(landing, source);
    addCounts(counts, await landing.takeOutGone(signal));
    const belonging = createBelonging(await auth.organisations(system));
    const target = {
      id: run.id,
      number: run.number,
      source: source.id,
      organisation: source.organisation,
      monthly: source.periodField !== null,
      belonging,
    };
    const tell = async (share: number) => {
      await runs.saveCounts(system, run.id, counts);
      await progress(READING_SHARE + share * (1 - READING_SHARE), '正在融合');
    };
    await fusing.fusePending(system, target, { signal, counts, tell });
    await fusing.settle(target, signal);
  }

  /** Ends the run in the ledger whatever happened to the work. */
  async function finish(
    run: RunRow,
    counts: RunCounts,
    failure: { error: unknown; cancelled: boolean } | null,
  ) {
    const state = failure === null ? 'succeeded' : failure.cancelled ? 'cancelled' : 'failed';
    const error = failure === null || failure.cancelled ? null : textOf(failure.error);
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
  }

  return async (context: JobContext): Promise<Record<string, unknown>> => {
    const id = String(context.job.params.source);
    const source = await sources.find(system, id);
    if (!source) throw new AppError('NOT_FOUND', { thing: `source ${id}` });
    const run = await opening.open(source, context);
    const counts = noCounts();
    try {
      await work(run, source, counts, context);
    } catch (error) {
      const cancelled = context.signal.aborted && /cancel$/.test(String(context.signal.reason));
      await finish(run, counts, { error, cancelled });
      throw error;
    }
    await finish(run, counts, null);
    return { run: run.id, ...counts };
  };
}

/** A source that had rows and delivers none has more likely failed than lost everything; nothing is taken out then. */
async function demandRows(landing: Landing, source: SourceDefinition): Promise<void> {
  if (!landing.isEmpty()) return;
  const before = await landing.recordsBefore();
  if (before === 0) return;
  const reason = `no rows, though it had ${before}`;
  throw new AppError('SOURCE_UNREACHABLE', { source: source.name, reason });
}

/** What the ledger keeps of a failure: the catalog's sentence, never a stack or a secret. */
function textOf(error: unknown): string {
  const known = error instanceof AppError ? error : new AppError('INTERNAL');
  const { message, hint } = errorBody(known, { locale: 'zh-CN', requestId: '' }).error;
  return `${message}（${hint}）`;
}
