import { Id, SourceDataset, SourceDatasetChange } from '@ronghe/contracts';
import { z } from 'zod';
import type { Http } from '#platform/http/http.ts';
import type { SharedSources } from './shared.service.ts';

const ById = z.object({ id: Id });

/** HTTP of sources as datasets. */
export const sharedSourceRoutes = (shared: SharedSources) => async (app: Http) => {
  app.get(
    '/api/fuse/sources/:id/dataset',
    {
      config: { permission: 'fuse:source:read' },
      schema: {
        tags: ['fuse'],
        summary: 'What is shared of a source as a dataset, or a proposal',
        params: ById,
        response: { 200: SourceDataset },
      },
    },
    ({ scope, params }) => shared.get(scope, params.id),
  );

  app.put(
    '/api/fuse/sources/:id/dataset',
    {
      config: { permission: 'fuse:source:share' },
      schema: {
        tags: ['fuse'],
        summary: 'Share a source as a dataset, or share it anew; it holds at once',
        params: ById,
        body: SourceDatasetChange,
        response: { 200: SourceDataset },
      },
    },
    ({ scope, params, body }) => shared.share(scope, params.id, body),
  );

  app.delete(
    '/api/fuse/sources/:id/dataset',
    {
      config: { permission: 'fuse:source:share' },
      schema: {
        tags: ['fuse'],
        summary: 'Share a source no more: as a dataset it is as if it did not exist',
        params: ById,
        response: { 204: z.null() },
      },
    },
    async ({ scope, params }, reply) => {
      await shared.unshare(scope, params.id);
      return reply.code(204).send(null);
    },
  );
};
