import type { Page, RowFinding, Run, RunStarted } from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { createFindingStore } from './findings.store.ts';
import { RUN_SOURCE_JOB } from './run.jobs.ts';
import type { RunOpening } from './run-opening.service.ts';
import { createRunStore, plainRun, type RunRow } from './runs.store.ts';
import { createSourceStore, type SourceRow } from './sources.store.ts';

type PageOptions = { cursor?: string | undefined; limit: number };
type Parts = { platform: Platform; opening: RunOpening; system: Scope };

/** Use cases of runs: start and follow. At most one run of a source is open. */
export function createRuns({ platform, opening, system }: Parts) {
  const { relational, audit, jobs } = platform;
  const db = relational.as<FuseTables>();
  const log = platform.log.child({ scope: 'fuse' });
  const [runs, sources, findings] = [createRunStore(db), createSourceStore(db), createFindingStore(db)];

  async function enqueue(scope: Scope, source: SourceRow): Promise<RunStarted> {
    const run = await opening.reserve(source, scope.actor.name);
    try {
      const job = await jobs.enqueue(scope, {
        kind: RUN_SOURCE_JOB,
        params: { source: source.id, run },
        organisation: source.organisation,
      });
      await runs.setJob(scope, { run, job });
      return { job, run };
    } catch (error) {
      await runs.forget(scope, run);
      throw error;
    }
  }

  async function findRun(scope: Scope, id: string): Promise<RunRow> {
    const run = await runs.find(scope, id);
    if (!run) throw new AppError('NOT_FOUND', { thing: `run ${id}` });
    return run;
  }

  return {
    /** Starts a run by hand. @throws NOT_FOUND, RUN_ACTIVE */
    async start(scope: Scope, id: string): Promise<RunStarted> {
      demand(scope, 'fuse:run:write');
      const source = await sources.find(scope, id);
      if (!source) throw new AppError('NOT_FOUND', { thing: `source ${id}` });
      const started = await enqueue(scope, source);
      await audit.record(scope, {
        action: 'fuse:run:start',
        target: `run:${started.run}`,
        organisation: source.organisation,
        after: { source: source.key, job: started.job },
      });
      return started;
    },

    /** Starts a run by the clock; one that is still open is left alone. */
    async startDue(source: SourceRow): Promise<void> {
      try {
        await enqueue(system, source);
      } catch (error) {
        if (!(error instanceof AppError && error.code === 'RUN_ACTIVE')) throw error;
        log.warn({ source: source.key }, 'a scheduled run was left out because the run before is still open');
      }
    },

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
      return findings.asOfRun(scope, await findRun(scope, id), page);
    },
  };
}
export type Runs = ReturnType<typeof createRuns>;
