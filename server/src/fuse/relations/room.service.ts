import type { Http } from '#platform/http/http.ts';
import type { Platform } from '#platform/platform.ts';
import { thingRoutes } from '../things/things.routes.ts';
import { createThings } from '../things/things.service.ts';
import { createRelationRefresh } from './refresh.service.ts';
import { relationRoutes } from './relations.routes.ts';
import { createRelations } from './relations.service.ts';

/** Relations between enterprises and what enterprises have: kept up by one refresh, read under routes of their own. */
export function createRelationRoom(platform: Platform) {
  return {
    ...createRelationRefresh(platform),
    async routes(app: Http): Promise<void> {
      await app.register(relationRoutes(createRelations(platform)));
      await app.register(thingRoutes(createThings(platform)));
    },
  };
}
