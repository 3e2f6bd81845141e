import { AccessHint, AccessHintList, HintDecision, HintQuery, Id } from '@ronghe/contracts';
import { z } from 'zod';
import type { Http } from '#platform/http/http.ts';
import type { Hints } from './hints.service.ts';

/** HTTP of hints of unusual access. */
export const hintRoutes = (hints: Hints) => async (app: Http) => {
  app.get(
    '/api/share/hints',
    {
      config: { permission: 'share:hint:read' },
      schema: {
        tags: ['share'],
        summary: 'Unusual accesses to one’s own data, or by one’s own organisations, with figures and why',
        querystring: HintQuery,
        response: { 200: AccessHintList },
      },
    },
    ({ scope, query }) => hints.list(scope, query),
  );

  app.put(
    '/api/share/hints/:id',
    {
      config: { permission: 'share:hint:write' },
      schema: {
        tags: ['share'],
        summary: 'Decide about a hint: explained, and not told again for 28 days, or confirmed',
        params: z.object({ id: Id }),
        body: HintDecision,
        response: { 200: AccessHint },
      },
    },
    ({ scope, params, body }) => hints.decide(scope, params.id, body),
  );
};
