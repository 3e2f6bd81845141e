import { RetentionList } from '@ronghe/contracts';
import type { Http } from '#platform/http/http.ts';
import type { Retention } from './retention.service.ts';

/** HTTP of retention. */
export const retentionRoutes = (retention: Retention) => async (app: Http) => {
  app.get(
    '/api/ingest/retention',
    {
      config: { permission: 'platform:status:read' },
      schema: {
        tags: ['ingest'],
        summary: 'How long each class of data is kept, and how much there is',
        response: { 200: RetentionList },
      },
    },
    ({ scope }) => retention.list(scope),
  );
};
