import {
  ContractQuery,
  Dataset,
  DatasetAnswer,
  DatasetExplanation,
  DatasetList,
  DatasetQuestion,
} from '@ronghe/contracts';
import { stringify } from 'yaml';
import { z } from 'zod';
import type { Http } from '#platform/http/http.ts';
import type { Datasets } from './datasets.service.ts';

const ById = z.object({ id: z.string().regex(/^[a-z][a-z0-9_]{0,62}$/) });
const config = { permission: 'share:dataset:read' } as const;

/** HTTP of datasets: what there is, questions in JSON, and why the answer is as it is. */
export const datasetRoutes = (datasets: Datasets) => async (app: Http) => {
  app.get(
    '/api/share/datasets',
    {
      config,
      schema: {
        tags: ['share'],
        summary: 'Datasets of which the caller sees something',
        response: { 200: DatasetList },
      },
    },
    ({ scope }) => datasets.list(scope),
  );

  app.get(
    '/api/share/datasets/:id',
    {
      config,
      schema: {
        tags: ['share'],
        summary: 'A dataset: its columns with grades, and how they are masked for the caller',
        params: ById,
        response: { 200: Dataset },
      },
    },
    ({ scope, params }) => datasets.describe(scope, params.id),
  );

  app.get(
    '/api/share/datasets/:id/contract',
    {
      config,
      schema: {
        tags: ['share'],
        summary: 'The contract of a dataset for the caller: Open Data Contract Standard 3.1.0, YAML or JSON',
        params: ById,
        querystring: ContractQuery,
      },
    },
    async ({ scope, params, query }, reply) => {
      const contract = await datasets.contract(scope, params.id);
      return query.format === 'json'
        ? reply.type('application/json').send(contract)
        : reply.type('application/yaml; charset=utf-8').send(stringify(contract));
    },
  );

  app.post(
    '/api/share/datasets/:id/query',
    {
      config,
      schema: {
        tags: ['share'],
        summary: 'Ask a dataset: rows by pages, or groups with aggregates',
        params: ById,
        body: DatasetQuestion,
        response: { 200: DatasetAnswer },
      },
    },
    async ({ scope, params, body }, reply) => {
      const gone = new AbortController();
      // the answer's own end: a connection that is kept would collect listeners
      reply.raw.once('close', () => {
        if (!reply.raw.writableFinished) gone.abort();
      });
      const answer = await datasets.query(scope, params.id, { question: body, signal: gone.signal });
      return (
        reply
          .headers({
            'x-data-grade': String(answer.grade),
            'x-data-level': answer.level,
            ...(answer.sandbox ? { 'x-data-sandbox': '1' } : {}),
          })
          .type('application/json; charset=utf-8')
          // bytes of a DatasetAnswer, which the service has written
          .send(answer.body as never)
      );
    },
  );

  app.post(
    '/api/share/datasets/:id/explain',
    {
      config,
      schema: {
        tags: ['share'],
        summary: 'Why a question would be answered as it is: rows, columns, masks, policies, limits',
        params: ById,
        body: DatasetQuestion,
        response: { 200: DatasetExplanation },
      },
    },
    ({ scope, params, body }) => datasets.explain(scope, params.id, body),
  );
};
