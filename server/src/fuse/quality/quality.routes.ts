import {
  BreachQuery,
  EnterpriseQuality,
  Id,
  QualityBoard,
  QualityBreachPage,
  RunQuality,
  SourceQuality,
} from '@ronghe/contracts';
import { z } from 'zod';
import type { Http } from '#platform/http/http.ts';
import type { Quality } from './quality.service.ts';

const ById = z.object({ id: Id });
const config = { permission: 'fuse:quality:read' } as const;

/** HTTP of what people read of quality. */
export const qualityRoutes = (quality: Quality) => async (app: Http) => {
  app.get(
    '/api/fuse/quality/board',
    {
      config,
      schema: {
        tags: ['fuse'],
        summary: 'Every source with its newest scores, open issues and held run',
        response: { 200: QualityBoard },
      },
    },
    ({ scope }) => quality.board(scope),
  );

  app.get(
    '/api/fuse/sources/:id/quality',
    {
      config,
      schema: {
        tags: ['fuse'],
        summary: 'Scores of a source over time, and what the newest audit found',
        params: ById,
        response: { 200: SourceQuality },
      },
    },
    ({ scope, params }) => quality.ofSource(scope, params.id),
  );

  app.get(
    '/api/fuse/runs/:id/quality',
    {
      config,
      schema: {
        tags: ['fuse'],
        summary: 'What the audit of a run found',
        params: ById,
        response: { 200: RunQuality },
      },
    },
    ({ scope, params }) => quality.ofRun(scope, params.id),
  );

  app.get(
    '/api/fuse/sources/:id/breaches',
    {
      config,
      schema: {
        tags: ['fuse'],
        summary: 'Rows of a source that break a rule',
        params: ById,
        querystring: BreachQuery,
        response: { 200: QualityBreachPage },
      },
    },
    ({ scope, params, query }) => quality.breaches(scope, params.id, query),
  );

  app.get(
    '/api/fuse/enterprises/:id/quality',
    {
      config,
      schema: {
        tags: ['fuse'],
        summary: 'How one enterprise fares in each source that knows it',
        params: ById,
        response: { 200: EnterpriseQuality },
      },
    },
    ({ scope, params }) => quality.ofEnterprise(scope, params.id),
  );
};
