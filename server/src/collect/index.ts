import type { DatasetOffer } from '#platform/datasets/offer.ts';
import { createSealer } from '#platform/files/seal.ts';
import type { Http } from '#platform/http/http.ts';
import type { Domain, Platform } from '#platform/platform.ts';
import { agentRoutes } from './agent/agent.routes.ts';
import { createAgent } from './agent/agent.service.ts';
import { createQuestionStore } from './agent/questions.store.ts';
import { collectorRoutes } from './collectors/collectors.routes.ts';
import { type Collectors, createCollectors } from './collectors/collectors.service.ts';
import { createCollectorStore } from './collectors/collectors.store.ts';
import { configurationRoutes } from './configuration/configuration.routes.ts';
import { createConfigurations } from './configuration/configuration.service.ts';
import { createConfigurationStore } from './configuration/configuration.store.ts';
import { enrolmentRoutes } from './enrolment/enrolment.routes.ts';
import { createEnrolments } from './enrolment/enrolment.service.ts';
import { createEnrolmentStore } from './enrolment/enrolment.store.ts';
import { gapRoutes } from './gaps/gaps.routes.ts';
import { createGaps } from './gaps/gaps.service.ts';
import { createGapStore } from './gaps/gaps.store.ts';
import { importRoutes } from './imports/imports.routes.ts';
import { createImports } from './imports/imports.service.ts';
import { createTemplates } from './imports/template.service.ts';
import { createPointCopy } from './points/copy.service.ts';
import { type PointRows, unscopedPointOffer, unscopedPointRows } from './points/offer.store.ts';
import { pointRoutes } from './points/points.routes.ts';
import { createPoints, type Points } from './points/points.service.ts';
import { createPointStore } from './points/points.store.ts';
import { createResolutionStore } from './points/resolution.store.ts';

export type { Collectors } from './collectors/collectors.service.ts';
export { collectMigrations } from './migrations.ts';
export type { PointGroup, ResolvedGroup } from './points/point-groups.ts';
export { LABEL } from './points/point-groups.ts';
export type { Points } from './points/points.service.ts';
export type { PointDefinition, ResolvedPoint } from './points/points.ts';

/** The domain `collect`: what the domains ahead may use of it. */
export type Collect = Domain & {
  points: Points;
  collectors: Collectors;
  /** points as SQL, for the room that keeps their observations */
  pointRows: PointRows;
  /** brings the copy of points that this SQL reads up to date */
  freshenPoints(): Promise<void>;
  /** what may be shared of this room */
  datasets: readonly DatasetOffer[];
};

/** Builds the domain from the ground floor. `start` looks for work of collectors that wait, `stop` writes reports that are only in memory yet. */
export function collect(platform: Platform): Collect {
  const { relational, audit, auth, clock, ids, config } = platform;
  const log = platform.log.child({ scope: 'collect' });
  const points = createPoints({
    store: createPointStore({ relational, audit }),
    resolution: createResolutionStore({ relational, audit }),
    clock,
    config,
  });
  const copy = createPointCopy({ ...platform, log });
  const gaps = createGaps({ store: createGapStore({ relational }) });
  const collectors = createCollectors({
    gaps,
    store: createCollectorStore({ relational, audit }),
    auth,
    clock,
    ids,
    log,
  });
  const sealer = createSealer(platform.files);
  const enrolments = createEnrolments({
    store: createEnrolmentStore({ relational, audit }),
    collectors,
    auth,
    clock,
    log,
  });
  const configurations = createConfigurations({
    store: createConfigurationStore({ relational, audit }),
    collectors,
    sealer,
    clock,
  });
  const agent = createAgent({
    store: createQuestionStore({ relational, audit }),
    collectors,
    configurations,
    sealer,
    clock,
    ids,
    log,
  });
  return {
    name: 'collect',
    points,
    collectors,
    pointRows: unscopedPointRows,
    freshenPoints: copy.freshen,
    datasets: [unscopedPointOffer(copy.freshen)],
    routes: async (app: Http) => {
      await app.register(collectorRoutes(collectors));
      await app.register(enrolmentRoutes(enrolments));
      await app.register(configurationRoutes(configurations));
      await app.register(agentRoutes(agent));
      await app.register(gapRoutes(gaps));
      await app.register(pointRoutes(points));
      await app.register(importRoutes({ imports: createImports(), templates: createTemplates() }));
    },
    async start() {
      agent.start();
      copy.start();
    },
    async stop() {
      await copy.stop();
      await collectors.flush();
    },
  };
}
