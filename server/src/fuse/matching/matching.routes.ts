import {
  EnterpriseSearch,
  EnterpriseSearchResult,
  Id,
  MatchExplain,
  MatchExplanation,
  MatchFigures,
  MatchJob,
  MatchModel,
  MatchModels,
  MatchThresholds,
  MatchTraining,
  MatchUse,
  ReviewAnswer,
  ReviewAnswered,
  ReviewDetail,
  ReviewPage,
  ReviewQuery,
} from '@ronghe/contracts';
import { z } from 'zod';
import type { Http } from '#platform/http/http.ts';
import type { Review } from '../review/review.service.ts';
import type { Explaining } from './explaining.service.ts';
import type { Models } from './models.service.ts';
import type { Searching } from './searching.service.ts';

const ById = z.object({ id: Id });
const ByVersion = z.object({ version: z.coerce.number().int().min(0) });

type Parts = { searching: Searching; explaining: Explaining; review: Review; models: Models };

/** HTTP of matching: search before create, explanations, the queue of doubtful pairs, models. */
export const matchingRoutes =
  ({ searching, explaining, review, models }: Parts) =>
  async (app: Http) => {
    app.post(
      '/api/fuse/enterprises/search',
      {
        config: { permission: 'fuse:enterprise:read' },
        schema: {
          tags: ['fuse'],
          summary: 'Which enterprises a record could be, with weights and waterfalls; nothing is written',
          body: EnterpriseSearch,
          response: { 200: EnterpriseSearchResult },
        },
      },
      ({ scope, body }) => searching.search(scope, body),
    );

    app.post(
      '/api/fuse/matching/explain',
      {
        config: { permission: 'fuse:enterprise:read' },
        schema: {
          tags: ['fuse'],
          summary: 'Why two records are one enterprise, or are not',
          body: MatchExplain,
          response: { 200: MatchExplanation },
        },
      },
      ({ scope, body }) => explaining.explain(scope, body),
    );
    registerReview(app, review);
    registerModels(app, models);
  };

function registerReview(app: Http, review: Review): void {
  app.get(
    '/api/fuse/review',
    {
      config: { permission: 'fuse:enterprise:read' },
      schema: {
        tags: ['fuse'],
        summary: 'Doubtful pairs, the most useful answer first',
        querystring: ReviewQuery,
        response: { 200: ReviewPage },
      },
    },
    ({ scope, query }) => review.list(scope, query),
  );

  app.get(
    '/api/fuse/review/:id',
    {
      config: { permission: 'fuse:enterprise:read' },
      schema: {
        tags: ['fuse'],
        summary: 'A doubtful pair, explained',
        params: ById,
        response: { 200: ReviewDetail },
      },
    },
    ({ scope, params }) => review.get(scope, params.id),
  );

  app.post(
    '/api/fuse/review/:id/answer',
    {
      config: { permission: 'fuse:decision:write' },
      schema: {
        tags: ['fuse'],
        summary: 'Tell that the two are one, that they are not, or put the pair aside for a week',
        params: ById,
        body: ReviewAnswer,
        response: { 200: ReviewAnswered },
      },
    },
    ({ scope, params, body }) => review.answer(scope, params.id, body),
  );
}

function registerModels(app: Http, models: Models): void {
  app.get(
    '/api/fuse/matching/models',
    {
      config: { permission: 'fuse:enterprise:read' },
      schema: {
        tags: ['fuse'],
        summary: 'Versions of the matching model, newest first; 0 is the shipped one',
        response: { 200: MatchModels },
      },
    },
    async ({ scope }) => ({ items: await models.list(scope) }),
  );

  app.get(
    '/api/fuse/matching/figures',
    {
      config: { permission: 'fuse:enterprise:read' },
      schema: {
        tags: ['fuse'],
        summary: 'What the model in use does: on pairs that people decided, its queue, its blocking rules',
        response: { 200: MatchFigures },
      },
    },
    ({ scope }) => models.figures(scope),
  );

  app.post(
    '/api/fuse/matching/models/train',
    {
      config: { permission: 'fuse:model:write' },
      schema: {
        tags: ['fuse'],
        summary: 'Train a version on the records there are and on what people decided; a job',
        body: MatchTraining,
        response: { 202: MatchJob },
      },
    },
    async ({ scope, body }, reply) => reply.code(202).send(await models.train(scope, body)),
  );

  app.post(
    '/api/fuse/matching/models',
    {
      config: { permission: 'fuse:model:write' },
      schema: {
        tags: ['fuse'],
        summary: 'A version with other thresholds, not in use yet',
        body: MatchThresholds,
        response: { 201: MatchModel },
      },
    },
    async ({ scope, body }, reply) => reply.code(201).send(await models.edit(scope, body)),
  );

  app.post(
    '/api/fuse/matching/models/:version/use',
    {
      config: { permission: 'fuse:model:write' },
      schema: {
        tags: ['fuse'],
        summary: 'Take a version into use for records that come from now on',
        params: ByVersion,
        body: MatchUse,
        response: { 200: MatchModel },
      },
    },
    ({ scope, params, body }) => models.use(scope, params.version, body),
  );
}
