import { IngestStatistics, IngestStats, IngestVolume, VolumeQuery } from '@ronghe/contracts';
import type { Http } from '#platform/http/http.ts';
import type { Statistics } from './statistics.service.ts';

/** HTTP of the ingest statistics. */
export const statisticsRoutes = (statistics: Statistics) => async (app: Http) => {
  app.get(
    '/api/ingest/statistics',
    {
      config: { permission: 'ingest:observation:read' },
      schema: { tags: ['ingest'], summary: 'How much came in', response: { 200: IngestStatistics } },
    },
    ({ scope }) => statistics.read(scope),
  );

  app.get(
    '/api/ingest/stats',
    {
      config: { permission: 'ingest:observation:read' },
      schema: {
        tags: ['ingest'],
        summary: 'Samples received, stored, duplicate, rejected and late',
        response: { 200: IngestStats },
      },
    },
    ({ scope }) => statistics.stats(scope),
  );

  app.get(
    '/api/ingest/volume',
    {
      config: { permission: 'ingest:observation:read' },
      schema: {
        tags: ['ingest'],
        summary: 'Samples of the last hours over time and by organisation',
        querystring: VolumeQuery,
        response: { 200: IngestVolume },
      },
    },
    ({ scope, query }) => statistics.volume(scope, query),
  );
};
