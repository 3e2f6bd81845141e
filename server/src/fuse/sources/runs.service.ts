import type {
  Page,
  ReadProblem,
  RowFinding,
  Run,
  RunDecision,
  RunOrigin,
  RunRequest,
  RunRowQuery,
  RunRow as RunRowShown,
  RunStarted,
} from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { createRunMask, maskedFindings, maskedRows } from '../things/person-mask.service.ts';
import type { Delivered, Spool } from './delivery.ts';
import { createFindingStore } from './findings.store.ts';
import { fillSpool, runFolder } from './run-folder.service.ts';
import type { RunOpening } from './run-opening.service.ts';
import { createRunProgressStore } from './run-progress.store.ts';
import { createRunRowStore } from './run-rows.store.ts';
import { createRunStore, plainRun, type RunRow } from './runs.store.ts';
import { RUN_SOURCE_JOB } from './runs.ts';
import { createSourceStore, type SourceRow } from './sources.store.ts';
import { createWithdrawal } from './withdrawal.service.ts';

type PageOptions = { cursor?: string | undefined; limit: number };
type Parts = { platform: Platform; opening: RunOpening; system: Scope };
type Reserved = { run: string; from: RunOrigin };

/** Use cases of runs: start, follow, decide about one that is held. At most one run of a source is open. */
export function createRuns({ platform, opening, system }: Parts) {
  const { relational, analytics, audit, jobs, clock, files } = platform;
  const db = relational.as<FuseTables>();
  const log = platform.log.child({ scope: 'fuse' });
  const [runs, progress, sources] = [createRunStore(db), createRunProgressStore(db), createSourceStore(db)];
  const [findings, rows] = [createFindingStore(db, analytics), createRunRowStore(db, analytics)];
  const maskOf = createRunMask(db);

  async function queueRun(scope: Scope, source: SourceRow, { run, from }: Reserved): Promise<RunStarted> {
    const job = await jobs.enqueue(scope, {
      kind: RUN_SOURCE_JOB,
      params: { source: source.id, run, from },
      organisation: source.organisation,
    });
    await runs.setJob(scope, { run, job });
    return { job, run };
  }

  /** Queues the job of a reserved run; a run that cannot be queued is forgotten. */
  async function queue(scope: Scope, source: SourceRow, reserved: Reserved): Promise<RunStarted> {
    try {
      return await queueRun(scope, source, reserved);
    } catch (error) {
      await runs.forget(scope, reserved.run);
      throw error;
    }
  }

  async function enqueue(scope: Scope, source: SourceRow, from: RunOrigin): Promise<RunStarted> {
    if (source.kind === 'push' && from === 'source')
      throw new AppError('SOURCE_KIND_WRONG', { source: source.name, kind: 'upload, folder, database, …' });
    const run = await opening.reserve(source, { requestedBy: scope.actor.name, from });
    return queue(scope, source, { run, from });
  }

  async function findRun(scope: Scope, id: string): Promise<RunRow> {
    const run = await runs.find(scope, id);
    if (!run) throw new AppError('NOT_FOUND', { thing: `run ${id}` });
    return run;
  }

  async function findSource(scope: Scope, id: string): Promise<SourceRow> {
    const source = await sources.find(scope, id);
    if (!source) throw new AppError('NOT_FOUND', { thing: `source ${id}` });
    return source;
  }

  async function trace(
    scope: Scope,
    source: SourceRow,
    started: RunStarted & { from: RunOrigin },
  ): Promise<void> {
    await audit.record(scope, {
      action: 'fuse:run:start',
      target: `run:${started.run}`,
      organisation: source.organisation,
      after: { source: source.key, job: started.job, from: started.from },
    });
  }

  return {
    /**
     * Starts a run by hand. One from `landed` holds the rows that are here against the newest mapping, also those of a source
     * to which systems push. @throws NOT_FOUND, RUN_ACTIVE, RUN_HELD, SOURCE_KIND_WRONG
     */
    async start(scope: Scope, id: string, { from }: RunRequest = { from: 'source' }): Promise<RunStarted> {
      demand(scope, 'fuse:run:write');
      const source = await findSource(scope, id);
      const started = await enqueue(scope, source, from);
      await trace(scope, source, { ...started, from });
      return started;
    },

    /**
     * Opens a run, has `fill` write its delivery, and starts it; resolves when the delivery is on disk.
     * @throws RUN_ACTIVE before `fill` is called
     */
    async startDelivered(
      scope: Scope,
      source: SourceRow,
      fill: (spool: Spool) => Promise<Delivered>,
    ): Promise<RunStarted> {
      const run = await opening.reserve(source, { requestedBy: scope.actor.name });
      try {
        const { delivered, bytes } = await fillSpool(await runFolder(files, run), fill);
        const found = await findRun(system, run);
        await runs.saveCounts(scope, run, { ...found, bytes });
        await progress.reach(scope, run, { stage: 'land', delivered });
      } catch (error) {
        await runs.forget(scope, run);
        throw error;
      }
      return queue(scope, source, { run, from: 'source' });
    },

    /** Starts a run by the clock; one that is still open is left alone. */
    async startDue(source: SourceRow): Promise<void> {
      try {
        await enqueue(system, source, 'source');
      } catch (error) {
        if (!(error instanceof AppError && error.code === 'RUN_ACTIVE')) throw error;
        log.warn({ source: source.key }, 'a scheduled run was left out because the run before is still open');
      }
    },

    /** Lets a held run go on to its readers, or throws it away. @throws NOT_FOUND, RUN_NOT_HELD */
    async decide(scope: Scope, id: string, { action, note }: RunDecision): Promise<Run> {
      demand(scope, 'fuse:run:decide');
      const run = await findRun(scope, id);
      const source = await findSource(scope, run.source);
      const at = clock.now();
      const decision = { by: scope.actor.name, at: at.toISOString(), note };
      if (!(await progress.decide(scope, id, { publish: action === 'publish', decision, at })))
        throw new AppError('RUN_NOT_HELD');
      await audit.record(scope, {
        action: `fuse:run:${action}`,
        target: `run:${id}`,
        organisation: source.organisation,
        before: { heldFor: run.heldFor },
        after: { note },
      });
      // the ledger must keep a run that wrote rows, so one that cannot be queued now is found and queued later
      if (action === 'publish') await queueRun(system, source, { run: id, from: run.from });
      else await opening.discarded(run, { by: scope.actor.name, note });
      return plainRun(await findRun(scope, id));
    },

    withdraw: createWithdrawal({ platform, opening, system, findRun, findSource, queue }),

    async list(scope: Scope, query: { source?: string | undefined } & PageOptions): Promise<Page<Run>> {
      demand(scope, 'fuse:run:read');
      return runs.list(scope, query);
    },

    async get(scope: Scope, id: string): Promise<Run> {
      demand(scope, 'fuse:run:read');
      return plainRun(await findRun(scope, id));
    },

    async findings(scope: Scope, id: string, page: PageOptions): Promise<Page<RowFinding>> {
      demand(scope, 'fuse:run:read');
      const run = await findRun(scope, id);
      return maskedFindings(await findings.asOfRun(scope, run, page), await maskOf(scope, run));
    },

    /** Raw rows that the run brought, changed, took away or refused. */
    async rows(scope: Scope, id: string, query: RunRowQuery): Promise<Page<RunRowShown>> {
      demand(scope, 'fuse:run:read');
      const run = await findRun(scope, id);
      return maskedRows(await rows.page(scope, run, query), await maskOf(scope, run));
    },

    /** What the reader could not take for a row, and what it put right. */
    async problems(scope: Scope, id: string, page: PageOptions): Promise<Page<ReadProblem>> {
      demand(scope, 'fuse:run:read');
      return rows.problems(scope, await findRun(scope, id), page);
    },
  };
}
export type Runs = ReturnType<typeof createRuns>;
