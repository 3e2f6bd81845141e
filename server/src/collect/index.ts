import type { Http } from '#platform/http/http.ts';
import type { Domain, Platform } from '#platform/platform.ts';
import { collectorRoutes } from './collectors/collectors.routes.ts';
import { type Collectors, createCollectors } from './collectors/collectors.service.ts';
import { createCollectorStore } from './collectors/collectors.store.ts';
import { gapRoutes } from './gaps/gaps.routes.ts';
import { createGaps } from './gaps/gaps.service.ts';
import { createGapStore } from './gaps/gaps.store.ts';
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
export type Collect = Domain & { points: Points; collectors: Collectors };

/** Builds the domain from the ground floor. `stop` writes reports that are only in memory yet. */
export function collect(platform: Platform): Collect {
  const { relational, audit, auth, clock, ids, config } = platform;
  const log = platform.log.child({ scope: 'collect' });
  const points = createPoints({
    store: createPointStore({ relational, audit }),
    resolution: createResolutionStore({ relational, audit }),
    clock,
    config,
  });
  const gaps = createGaps({ store: createGapStore({ relational }) });
  const collectors = createCollectors({
    gaps,
    store: createCollectorStore({ relational, audit }),
    auth,
    clock,
    ids,
    log,
  });
  return {
    name: 'collect',
    points,
    collectors,
    routes: async (app: Http) => {
      await app.register(collectorRoutes(collectors));
      await app.register(gapRoutes(gaps));
      await app.register(pointRoutes(points));
    },
    stop: () => collectors.flush(),
  };
}
