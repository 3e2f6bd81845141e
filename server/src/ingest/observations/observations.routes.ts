import {
  Batch,
  BatchAnswer,
  ObservationList,
  ObservationQuery,
  Series,
  SeriesQuery,
} from '@ronghe/contracts';
import type { Http } from '#platform/http/http.ts';
import type { Observations } from './observations.service.ts';

/** HTTP of observations. */
export const observationRoutes = (observations: Observations) => async (app: Http) => {
  app.post(
    '/api/ingest/batches',
    {
      config: { permission: 'ingest:observation:write' },
      // The schema documents; the service reads the body itself, because one wrong sample must not refuse the others.
      validatorCompiler: () => (value: unknown) => ({ value }),
      schema: {
        tags: ['ingest'],
        summary: 'Deliver a batch of a collector; the answer comes when it is on disk',
        body: Batch,
        response: { 200: BatchAnswer },
      },
    },
    ({ scope, body }) => observations.write(scope, body, { door: 'batch' }),
  );

  app.get(
    '/api/ingest/observations',
    {
      config: { permission: 'ingest:observation:read' },
      schema: {
        tags: ['ingest'],
        summary: 'Observations of a point in a time range',
        querystring: ObservationQuery,
        response: { 200: ObservationList },
      },
    },
    ({ scope, query }) => observations.list(scope, query),
  );

  app.get(
    '/api/ingest/series',
    {
      config: { permission: 'ingest:observation:read' },
      schema: {
        tags: ['ingest'],
        summary: 'Time buckets of a point for a chart, with gaps shown as gaps',
        querystring: SeriesQuery,
        response: { 200: Series },
      },
    },
    ({ scope, query }) => observations.series(scope, query),
  );
};
