import { RollupProgress } from '@ronghe/contracts';
import type { Http } from '#platform/http/http.ts';
import type { Rollups } from './rollups.service.ts';

/** HTTP of the rollups. */
export const rollupRoutes = (rollups: Rollups) => async (app: Http) => {
  app.get(
    '/api/ingest/rollups',
    {
      config: { permission: 'ingest:observation:read' },
      schema: {
        tags: ['ingest'],
        summary: 'How far minutes, hours and days are',
        response: { 200: RollupProgress },
      },
    },
    ({ scope }) => rollups.progress(scope),
  );
};
