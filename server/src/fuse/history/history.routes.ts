import {
  AsOfExportQuery,
  AsOfQuery,
  EnterpriseAsOf,
  Id,
  ValueHistoryPage,
  ValueHistoryQuery,
} from '@ronghe/contracts';
import { z } from 'zod';
import type { Http } from '#platform/http/http.ts';
import type { History } from './history.service.ts';

const ById = z.object({ id: Id });
const TYPES = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
} as const;

/** HTTP of what was known when. */
export const historyRoutes = (history: History) => async (app: Http) => {
  app.get(
    '/api/fuse/enterprises/:id/history',
    {
      config: { permission: 'fuse:enterprise:read' },
      schema: {
        tags: ['fuse'],
        summary:
          'Golden values of an enterprise through time: who said what, from when to when, and why it won',
        params: ById,
        querystring: ValueHistoryQuery,
        response: { 200: ValueHistoryPage },
      },
    },
    ({ scope, params, query }) => history.ofValues(scope, params.id, query),
  );

  app.get(
    '/api/fuse/enterprises/:id/as-of',
    {
      config: { permission: 'fuse:enterprise:read' },
      schema: {
        tags: ['fuse'],
        summary: 'A golden record as it was known at a moment, with the provenance of each value then',
        params: ById,
        querystring: AsOfQuery,
        response: { 200: EnterpriseAsOf },
      },
    },
    ({ scope, params, query }) => history.asOf(scope, params.id, query.at),
  );

  app.get(
    '/api/fuse/enterprises/as-of/export',
    {
      config: { permission: 'fuse:enterprise:export' },
      schema: {
        tags: ['fuse'],
        summary:
          'All enterprises as they were known at a moment, as Excel or CSV (UTF-8 with byte order mark)',
        querystring: AsOfExportQuery,
      },
    },
    async ({ scope, query }, reply) => {
      const file = await history.exportAsOf(scope, query);
      return reply
        .type(TYPES[query.format])
        .header('content-disposition', `attachment; filename="enterprises-as-of.${query.format}"`)
        .send(file);
    },
  );
};
