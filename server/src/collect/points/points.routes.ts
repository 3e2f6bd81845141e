import { Point, PointPage, PointPatch, PointQuery } from '@ronghe/contracts';
import { z } from 'zod';
import type { Http } from '#platform/http/http.ts';
import type { Points } from './points.service.ts';

const Reference = z.object({ id: z.string().min(1).max(300).describe('the point’s number or its key') });

/** HTTP of points. */
export const pointRoutes = (points: Points) => async (app: Http) => {
  app.get(
    '/api/collect/points',
    {
      config: { permission: 'collect:point:read' },
      schema: {
        tags: ['collect'],
        summary: 'List points',
        querystring: PointQuery,
        response: { 200: PointPage },
      },
    },
    ({ scope, query }) => points.list(scope, query),
  );

  app.get(
    '/api/collect/points/:id',
    {
      config: { permission: 'collect:point:read' },
      schema: { tags: ['collect'], summary: 'One point', params: Reference, response: { 200: Point } },
    },
    ({ scope, params }) => points.get(scope, params.id),
  );

  app.patch(
    '/api/collect/points/:id',
    {
      config: { permission: 'collect:point:write' },
      schema: {
        tags: ['collect'],
        summary: 'Name a point',
        params: Reference,
        body: PointPatch,
        response: { 200: Point },
      },
    },
    ({ scope, params, body }) => points.change(scope, params.id, body),
  );
};
