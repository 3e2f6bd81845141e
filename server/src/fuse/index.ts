import { systemScope } from '#platform/auth/scope.ts';
import type { DatasetOffer, DatasetShelf } from '#platform/datasets/offer.ts';
import { AppError } from '#platform/errors/errors.ts';
import { createSealer } from '#platform/files/seal.ts';
import type { Http } from '#platform/http/http.ts';
import type { Domain, Platform } from '#platform/platform.ts';
import { decisionRoutes } from './decisions/decisions.routes.ts';
import { createDecisions } from './decisions/decisions.service.ts';
import { createCopying } from './enterprises/copying.service.ts';
import { enterpriseRoutes } from './enterprises/enterprises.routes.ts';
import { createEnterprises, type Enterprises } from './enterprises/enterprises.service.ts';
import { createExport } from './enterprises/export.service.ts';
import { createFusing } from './enterprises/fusing.service.ts';
import { SURVIVORSHIP_RULES } from './enterprises/golden.ts';
import { unscopedEnterpriseOffer } from './enterprises/offer.store.ts';
import { createOverview, type Overview } from './enterprises/overview.service.ts';
import type { FuseTables } from './fuse.tables.ts';
import { historyRoutes } from './history/history.routes.ts';
import { createHistory } from './history/history.service.ts';
import { indicatorRoutes } from './indicators/indicators.routes.ts';
import { createIndicators, type Indicators } from './indicators/indicators.service.ts';
import { unscopedIndicatorOffer } from './indicators/offer.store.ts';
import { createIndicatorRefresh } from './indicators/refresh.service.ts';
import { mappingRoutes } from './mapping/mapping.routes.ts';
import { createMappings } from './mapping/mapping.service.ts';
import { unitlessOf } from './mapping/unitless.ts';
import { MATCHING_RULES } from './matching/matching.ts';
import { createMatchingRoom } from './matching/room.service.ts';
import { createQualityRoom } from './quality/room.service.ts';
import { createRelationRoom } from './relations/room.service.ts';
import { removeExpiredJob } from './retention/retention.jobs.ts';
import { createRetention } from './retention/retention.service.ts';
import { sharedSourceRoutes } from './shared/shared.routes.ts';
import { createSharedSources } from './shared/shared.service.ts';
import { createDatasets } from './sources/dataset.service.ts';
import { createDeliverers, openSecrets } from './sources/deliverers.service.ts';
import { intakeRoutes } from './sources/intake.routes.ts';
import { createReading, type Reading } from './sources/landing/landing.process.ts';
import { createLandings } from './sources/landing/landing.service.ts';
import { createLooks } from './sources/look.service.ts';
import { pushRoutes } from './sources/network/push.routes.ts';
import { createPush } from './sources/network/push.service.ts';
import { createTargetGuard } from './sources/network/targets.service.ts';
import { createOffers } from './sources/offer.service.ts';
import { createProfiles } from './sources/profiles.service.ts';
import { createPublishing } from './sources/publish.service.ts';
import { standardiseRow } from './sources/rows.ts';
import { createRunJob } from './sources/run.jobs.ts';
import { createRunOpening, type RunOpening } from './sources/run-opening.service.ts';
import { createRunOwner } from './sources/run-owner.store.ts';
import { createRuns, type Runs } from './sources/runs.service.ts';
import { RUN_SOURCE_JOB } from './sources/runs.ts';
import { createSchedule } from './sources/schedule.ts';
import { sourceRoutes } from './sources/sources.routes.ts';
import { createSources, type Sources } from './sources/sources.service.ts';
import { createSourceStore } from './sources/sources.store.ts';
import { createUploads, type Uploads } from './sources/uploads.service.ts';
import { createUploadStore } from './sources/uploads.store.ts';
import { dictionaries } from './standards/dictionaries.ts';
import { referenceRoutes } from './standards/reference.routes.ts';
import { createReferences } from './standards/reference.service.ts';
import { createReferenceMemory } from './standards/reference-memory.service.ts';
import { standardRoutes } from './standards/standards.routes.ts';
import { createSurvivorshipRoom } from './survivorship/room.service.ts';
import { templateRoutes } from './templates/templates.routes.ts';
import { createConnectorTemplates } from './templates/templates.service.ts';
import { TEMPLATES } from './templates/templates.ts';

export { fuseMigrations } from './migrations.ts';
export { missingAfterRestore } from './sources/restored.service.ts';

/** Longest time of one run: a delivery of gigabytes, landed, audited and fused. */
const RUN_TIMEOUT_MS = 6 * 3_600_000;
const UPLOAD_TIDY_JOB = 'fuse.tidy-uploads';

/** The domain `fuse`: what the domains ahead may use of it. */
export type Fuse = Domain & {
  sources: Sources;
  runs: Runs;
  uploads: Uploads;
  enterprises: Enterprises;
  overview: Overview;
  indicators: Indicators;
  /** what may be shared of this room */
  datasets: readonly DatasetOffer[];
  /** sources that their owners share as datasets */
  shelf: DatasetShelf;
};

/**
 * Builds the domain from the ground floor and defines its jobs. `start` lets runs go on that a killed process left open and
 * begins to watch the schedules of sources; `stop` ends that and lets go of the run lock.
 */
export function fuse(platform: Platform): Fuse {
  const { relational, analytics, audit, clock, events, ids, jobs } = platform;
  const log = platform.log.child({ scope: 'fuse' });
  const system = ownScope(platform);
  const owner = createRunOwner(relational.as<FuseTables>());
  const quality = createQualityRoom(platform);
  const opening = createRunOpening({ platform, owner, system, issues: quality.heldIssues });
  const runs = createRuns({ platform, opening, system });
  const enterprises = createEnterprises(platform);
  const overview = createOverview(platform);
  const decisions = createDecisions({ platform, system });
  const survivorship = createSurvivorshipRoom({ platform, system });
  const matching = createMatchingRoom({ platform, system, decisions });
  const memory = createReferenceMemory({ platform, system });
  const reading = createReading({ secondsMax: platform.config.fuseFileSecondsMax });
  const intake = createIntake(platform, { runs, opening, reading });
  const figures = createIndicatorRefresh(platform);
  const indicators = createIndicators(platform, figures);
  const relating = createRelationRoom(platform);
  const copying = createCopying(platform);
  const fusing = createFusing({ db: relational.as<FuseTables>(), analytics, audit, clock, ids, events });
  const store = createSourceStore(relational.as<FuseTables>());
  const schedule = createSchedule({ store, runs, opening, system, clock, log });
  jobs.define({
    kind: RUN_SOURCE_JOB,
    title: { zh: '运行数据源', en: 'Run a source' },
    permission: 'fuse:run:write',
    attemptsMax: 1,
    timeoutMs: RUN_TIMEOUT_MS,
    run: createRunJob({ platform, opening, system, ...intake.running, ...runningParts(quality) }),
  });
  jobs.define({
    kind: UPLOAD_TIDY_JOB,
    title: { zh: '清理未使用的上传文件', en: 'Throw away uploaded files that no source uses' },
    schedule: '17 * * * *',
    run: async () => ({ removed: await intake.uploads.tidy(system) }),
  });
  jobs.define(removeExpiredJob(createRetention(platform)));
  let unlisten = () => {};
  return {
    name: 'fuse',
    sources: intake.sources,
    runs,
    uploads: intake.uploads,
    enterprises,
    overview,
    indicators,
    datasets: [unscopedEnterpriseOffer(copying.freshen), unscopedIndicatorOffer(figures.freshen)],
    shelf: intake.shelf,
    routes: async (app) => {
      const exportWorkbook = createExport(platform);
      await app.register(sourceRoutes({ ...intake, runs, enterprises }));
      await app.register(decisionRoutes(decisions));
      await survivorship.routes(app);
      await matching.routes(app);
      await app.register(historyRoutes(createHistory(platform)));
      await app.register(enterpriseRoutes({ enterprises, exportWorkbook, overview }));
      const content = () => dictionaries({ survivorship: SURVIVORSHIP_RULES, matching: MATCHING_RULES });
      await app.register(standardRoutes(content));
      await app.register(referenceRoutes(createReferences({ platform, memory })));
      await intake.routes(app);
      await quality.routes(app);
      await app.register(indicatorRoutes(indicators));
      await relating.routes(app);
    },
    async start() {
      await memory.start();
      await quality.start(system);
      await opening.closeAbandoned();
      // a job cancelled while it waited never runs, so its run is closed here
      unlisten = events.listen('platform.job.changed', ({ job, kind, state }) =>
        kind === RUN_SOURCE_JOB && state === 'cancelled' ? opening.closeAbandoned({ job }) : undefined,
      );
      schedule.start();
      figures.start(fusing.isUnderWay);
      copying.start(fusing.isUnderWay);
      relating.start(fusing.isUnderWay);
    },
    async stop() {
      unlisten();
      intake.stop();
      reading.stop();
      await figures.stop();
      await copying.stop();
      await relating.stop();
      await schedule.stop();
      await memory.stop();
      await owner.release();
    },
  };

  function runningParts(room: ReturnType<typeof createQualityRoom>) {
    const db = relational.as<FuseTables>();
    const profiles = createProfiles(platform);
    return {
      landings: createLandings({ db, analytics, reading, cluster: platform.config.clickhouseCluster }),
      publishing: createPublishing({ db, analytics, clock }),
      fusing,
      async refreshFigures(signal: AbortSignal) {
        await figures.drain(signal);
        await copying.drain(signal);
        await relating.drain(signal);
      },
      audit: {
        async drift(run, source, profile) {
          await profiles.keep(system, run, profile);
          return profiles.drift(system, run, source);
        },
        hold: async (run, source, counts) =>
          (
            await room.audit.audit(system, {
              run: run.id,
              targets: source.mappings.map(({ to }) => to),
              monthly: source.periodField !== null,
              unitless: unitlessOf(source.mappings),
              counts,
            })
          ).heldFor,
        held: (run, heldFor, counts) =>
          room.heldIssues.open(system, { run: run.id, source: run.source, heldFor, rows: counts.rowsIn }),
        settle: (run) => room.issues.settle(system, run.id),
        settleFusing: (run) => room.issues.settleFusing(system, { run: run.id, source: run.source }),
      } satisfies Parameters<typeof createRunJob>[0]['audit'],
    };
  }
}

/** Who the domain is when it works by itself. */
const ownScope = (platform: Platform) =>
  systemScope({
    organisation: platform.config.organisationPath,
    permissions: [
      'platform:organisation:read',
      'platform:job:read',
      'fuse:run:read',
      'fuse:run:write',
      'fuse:quality:write',
    ],
    name: 'fuse',
  });

/** What brings data in: sources and how they are read, files, first looks, mappings, pushed rows. */
function createIntake(
  platform: Platform,
  { runs, opening, reading }: { runs: Runs; opening: RunOpening; reading: Reading },
) {
  const { relational, config, files } = platform;
  const db = relational.as<FuseTables>();
  const sealer = createSealer(files);
  const guard = createTargetGuard({ allowedHosts: config.fuseSourceHosts });
  const delivererOf = createDeliverers({ platform, guard, uploads: createUploadStore(db) });
  const shared = createSharedSources(platform);
  const sources = createSources({ platform, sealer, guard, opening, removed: shared.changed });
  const uploads = createUploads(platform);
  const looks = createLooks({ platform, delivererOf, guard, reading });
  const offers = createOffers({
    platform,
    guard,
    async known(scope, id) {
      const row = await createSourceStore(db).find(scope, id);
      if (!row) throw new AppError('NOT_FOUND', { thing: `source ${id}` });
      return { connection: row.connection, secrets: await openSecrets(sealer, row) };
    },
  });
  const datasets = createDatasets(platform);
  const profiles = createProfiles(platform);
  const mappings = createMappings({
    platform,
    standardise: (rules, row) => standardiseRow(rules, row as Record<string, unknown>),
    rowsOf: looks.rowsOf,
    templates: TEMPLATES,
  });
  const push = createPush({
    platform,
    findSource: (scope, id) => createSourceStore(db).find(scope, id),
    startDelivered: runs.startDelivered,
  });
  return {
    sources,
    uploads,
    profiles,
    shelf: shared.shelf,
    running: { sealer, delivererOf },
    async routes(app: Http) {
      await app.register(intakeRoutes({ sources, runs, uploads, datasets, looks, offers, profiles }));
      await app.register(sharedSourceRoutes(shared));
      await app.register(mappingRoutes(mappings));
      await app.register(templateRoutes(createConnectorTemplates()));
      await app.register(pushRoutes({ push, bodyBytesMax: config.bodyBytesMax }));
    },
    stop: () => guard.close(),
  };
}
