import { Ledger, LedgerOverview, LedgerOverviewQuery, LedgerQuery } from '@ronghe/contracts';
import type { Http } from '#platform/http/http.ts';
import type { Ledgers } from './ledger.service.ts';

/** HTTP of the ledger. It lies below `collect`, where people look for what became of what a collector read. */
export const ledgerRoutes = (ledgers: Ledgers) => async (app: Http) => {
  app.get(
    '/api/collect/ledger',
    {
      config: { permission: 'ingest:observation:read' },
      schema: {
        tags: ['collect'],
        summary: 'What of each hour of a point was read, filtered, sent, rejected and stored',
        description:
          'Hours are of source time, in UTC, and whole: an hour that the range touches is told. Collectors count what they read, filter and send, and tell it with their batches, together with a checksum; `stored` and the checksum beside it come from the table. What came by other doors counts as stored only.',
        querystring: LedgerQuery,
        response: { 200: Ledger },
      },
    },
    ({ scope, query }) => ledgers.read(scope, query),
  );

  app.get(
    '/api/collect/ledger/overview',
    {
      config: { permission: 'ingest:observation:read' },
      schema: {
        tags: ['collect'],
        summary: 'Where something is missing: the ledgers of many points, those that lack most first',
        querystring: LedgerOverviewQuery,
        response: { 200: LedgerOverview },
      },
    },
    ({ scope, query }) => ledgers.overview(scope, query),
  );
};
