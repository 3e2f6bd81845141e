import { systemScope } from '#platform/auth/scope.ts';
import { createSealer } from '#platform/files/seal.ts';
import type { Domain, Platform } from '#platform/platform.ts';
import { enterpriseRoutes } from './enterprises/enterprises.routes.ts';
import { createEnterprises, type Enterprises } from './enterprises/enterprises.service.ts';
import { createExport } from './enterprises/export.service.ts';
import { createFusing } from './enterprises/fusing.service.ts';
import { SURVIVORSHIP_RULES } from './enterprises/golden.ts';
import { createOverview, type Overview } from './enterprises/overview.service.ts';
import type { FuseTables } from './fuse.tables.ts';
import { MATCHING_RULES } from './matching/matching.ts';
import { createReaders } from './sources/readers.service.ts';
import { createRunJob, RUN_SOURCE_JOB } from './sources/run.jobs.ts';
import { createRunOpening } from './sources/run-opening.service.ts';
import { createRunOwner } from './sources/run-owner.store.ts';
import { createRuns, type Runs } from './sources/runs.service.ts';
import { createSchedule } from './sources/schedule.ts';
import { sourceRoutes } from './sources/sources.routes.ts';
import { createSources, type Sources } from './sources/sources.service.ts';
import { createSourceStore } from './sources/sources.store.ts';
import { dictionaries } from './standards/dictionaries.ts';
import { standardRoutes } from './standards/standards.routes.ts';

export { fuseMigrations } from './migrations.ts';

/** The domain `fuse`: what the domains ahead may use of it. */
export type Fuse = Domain & { sources: Sources; runs: Runs; enterprises: Enterprises; overview: Overview };

/**
 * Builds the domain from the ground floor and defines its job. `start` closes runs that a killed process left open and
 * begins to watch the schedules of sources; `stop` ends that and lets go of the run lock.
 */
export function fuse(platform: Platform): Fuse {
  const { relational, audit, clock, ids, events, jobs } = platform;
  const db = relational.as<FuseTables>();
  const log = platform.log.child({ scope: 'fuse' });
  const system = systemScope({
    organisation: platform.config.organisationPath,
    permissions: ['platform:organisation:read', 'platform:job:read', 'fuse:run:read', 'fuse:run:write'],
    name: 'fuse',
  });
  const sealer = createSealer(platform.files);
  const owner = createRunOwner(db);
  const opening = createRunOpening({ platform, owner, system });
  const fusing = createFusing({ db, audit, clock, ids, events });
  const sources = createSources({ platform, sealer });
  const runs = createRuns({ platform, opening, system });
  const enterprises = createEnterprises(platform);
  const overview = createOverview(platform);
  const schedule = createSchedule({ store: createSourceStore(db), runs, system, clock, log });
  jobs.define({
    kind: RUN_SOURCE_JOB,
    title: { zh: '运行数据源', en: 'Run a source' },
    permission: 'fuse:run:write',
    attemptsMax: 1,
    run: createRunJob({ platform, opening, readerOf: createReaders(platform, sealer), fusing, system }),
  });
  let unlisten = () => {};
  return {
    name: 'fuse',
    sources,
    runs,
    enterprises,
    overview,
    routes: async (app) => {
      const exportWorkbook = createExport(platform);
      await app.register(sourceRoutes({ sources, runs, enterprises }));
      await app.register(enterpriseRoutes({ enterprises, exportWorkbook, overview }));
      const content = dictionaries({ survivorship: SURVIVORSHIP_RULES, matching: MATCHING_RULES });
      await app.register(standardRoutes(content));
    },
    async start() {
      await opening.closeAbandoned();
      // a job cancelled while it waited never runs, so its run is closed here
      unlisten = events.listen('platform.job.changed', ({ job, kind, state }) =>
        kind === RUN_SOURCE_JOB && state === 'cancelled' ? opening.closeAbandoned({ job }) : undefined,
      );
      schedule.start();
    },
    async stop() {
      unlisten();
      await schedule.stop();
      await owner.release();
    },
  };
}
