import { Usage, UsageQuery } from '@ronghe/contracts';
import type { Http } from '#platform/http/http.ts';
import type { Metering } from './metering.service.ts';

/** HTTP of the use of shared data. */
export const usageRoutes = (metering: Metering) => async (app: Http) => {
  app.get(
    '/api/share/usage',
    {
      config: { permission: 'share:usage:read' },
      schema: {
        tags: ['share'],
        summary: 'Who used what: by dataset, key, organisation or day, as user or as owner',
        querystring: UsageQuery,
        response: { 200: Usage },
      },
    },
    ({ scope, query }) => metering.usage(scope, query),
  );
};
