import { GapPage, GapQuery } from '@ronghe/contracts';
import type { Http } from '#platform/http/http.ts';
import type { Gaps } from './gaps.service.ts';

/** HTTP of times without data. */
export const gapRoutes = (gaps: Gaps) => async (app: Http) => {
  app.get(
    '/api/collect/gaps',
    {
      config: { permission: 'collect:collector:read' },
      schema: {
        tags: ['collect'],
        summary: 'Times in which connections of collectors could not read, the newest first',
        querystring: GapQuery,
        response: { 200: GapPage },
      },
    },
    ({ scope, query }) => gaps.list(scope, query),
  );
};
