import {
  AgentAnswer,
  AgentHello,
  AgentWork,
  AgentWorkQuery,
  CollectorAnswer,
  CollectorName,
  CollectorQuestion,
} from '@ronghe/contracts';
import { z } from 'zod';
import type { Http } from '#platform/http/http.ts';
import type { Agent } from './agent.service.ts';

/** HTTP of what collectors are asked, and of how they ask for it. */
export const agentRoutes = (agent: Agent) => async (app: Http) => {
  // Requests for work stand open for up to 25 s; a stop does not wait for them.
  app.addHook('preClose', async () => agent.close());

  app.post(
    '/api/collect/collectors/:name/ask',
    {
      config: { permission: 'collect:collector:write' },
      schema: {
        tags: ['collect'],
        summary: 'Ask a collector to check, try, browse or trust something; waits for its answer up to 30 s',
        params: z.object({ name: CollectorName }),
        body: CollectorQuestion,
        response: { 200: CollectorAnswer },
      },
    },
    ({ scope, params, body }) => agent.ask(scope, params.name, body),
  );

  app.post(
    '/api/collect/agent/hello',
    {
      config: { permission: 'ingest:observation:write' },
      schema: {
        tags: ['collect'],
        summary: 'A collector tells what it can do, after each start',
        body: AgentHello,
        response: { 204: z.null() },
      },
    },
    async ({ scope, body }, reply) => {
      await agent.hello(scope, body);
      return reply.code(204).send(null);
    },
  );

  app.get(
    '/api/collect/agent/work',
    {
      config: { permission: 'ingest:observation:write' },
      schema: {
        tags: ['collect'],
        summary:
          'A collector asks what there is to do: a newer configuration, questions; with its own key only',
        querystring: AgentWorkQuery,
        response: { 200: AgentWork },
      },
    },
    ({ scope, query }, reply) => {
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      return agent.work(scope, query, gone.signal);
    },
  );

  app.post(
    '/api/collect/agent/answers',
    {
      config: { permission: 'ingest:observation:write' },
      schema: {
        tags: ['collect'],
        summary: 'A collector answers a question',
        body: AgentAnswer,
        response: { 204: z.null() },
      },
    },
    async ({ scope, body }, reply) => {
      await agent.answer(scope, body);
      return reply.code(204).send(null);
    },
  );
};
