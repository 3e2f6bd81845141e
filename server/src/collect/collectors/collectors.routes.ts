import {
  Collector,
  CollectorName,
  CollectorPage,
  CollectorQuery,
  CollectorReport,
  CollectorWithKey,
  NewCollector,
} from '@ronghe/contracts';
import { z } from 'zod';
import type { Http } from '#platform/http/http.ts';
import type { Collectors } from './collectors.service.ts';

/** HTTP of collectors. */
export const collectorRoutes = (collectors: Collectors) => async (app: Http) => {
  app.get(
    '/api/collect/collectors',
    {
      config: { permission: 'collect:collector:read' },
      schema: {
        tags: ['collect'],
        summary: 'List collectors with their state',
        querystring: CollectorQuery,
        response: { 200: CollectorPage },
      },
    },
    ({ scope, query }) => collectors.list(scope, query),
  );

  app.post(
    '/api/collect/collectors',
    {
      config: { permission: 'collect:collector:write' },
      schema: {
        tags: ['collect'],
        summary: 'Register a collector; its API key is in this answer and nowhere else',
        body: NewCollector,
        response: { 201: CollectorWithKey },
      },
    },
    async ({ scope, body }, reply) => reply.code(201).send(await collectors.register(scope, body)),
  );

  app.get(
    '/api/collect/collectors/:name',
    {
      config: { permission: 'collect:collector:read' },
      schema: {
        tags: ['collect'],
        summary: 'One collector',
        params: z.object({ name: CollectorName }),
        response: { 200: Collector },
      },
    },
    ({ scope, params }) => collectors.get(scope, params.name),
  );

  app.post(
    '/api/collect/report',
    {
      config: { permission: 'ingest:observation:write' },
      schema: {
        tags: ['collect'],
        summary: 'A collector says how it is',
        body: CollectorReport,
        response: { 204: z.null() },
      },
    },
    async ({ scope, body }, reply) => {
      await collectors.report(scope, body);
      return reply.code(204).send(null);
    },
  );
};
