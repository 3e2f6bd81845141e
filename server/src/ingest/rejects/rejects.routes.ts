import { RejectPage, RejectQuery } from '@ronghe/contracts';
import type { Http } from '#platform/http/http.ts';
import type { Rejects } from './rejects.service.ts';

/** HTTP of the rejects list. */
export const rejectRoutes = (rejects: Rejects) => async (app: Http) => {
  app.get(
    '/api/ingest/rejects',
    {
      config: { permission: 'ingest:reject:read' },
      schema: {
        tags: ['ingest'],
        summary: 'What came in and could not be stored, newest first',
        querystring: RejectQuery,
        response: { 200: RejectPage },
      },
    },
    ({ scope, query }) => rejects.list(scope, query),
  );
};
