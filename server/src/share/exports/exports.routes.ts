import { DatasetExport, DatasetExportRequest, DatasetExportStarted, Id } from '@ronghe/contracts';
import { z } from 'zod';
import type { Http } from '#platform/http/http.ts';
import type { Exports } from './exports.service.ts';

const ById = z.object({ id: Id });
const config = { permission: 'share:dataset:export' } as const;

/** HTTP of exports. */
export const exportRoutes = (exports: Exports) => async (app: Http) => {
  app.post(
    '/api/share/datasets/:id/export',
    {
      config,
      schema: {
        tags: ['share'],
        summary: 'Write a dataset into a file: CSV, Excel, JSON lines or Parquet; a job does it',
        params: z.object({ id: z.string().regex(/^[a-z][a-z0-9_]{0,62}$/) }),
        body: DatasetExportRequest,
        response: { 202: DatasetExportStarted },
      },
    },
    async ({ scope, params, body }, reply) =>
      reply.code(202).send(await exports.start(scope, params.id, body)),
  );

  app.get(
    '/api/share/exports/:id',
    {
      config,
      schema: {
        tags: ['share'],
        summary: 'How far one’s own export is',
        params: ById,
        response: { 200: DatasetExport },
      },
    },
    ({ scope, params }) => exports.get(scope, params.id),
  );

  app.get(
    '/api/share/exports/:id/file',
    { config, schema: { tags: ['share'], summary: 'The file of one’s own export', params: ById } },
    async ({ scope, params }, reply) => {
      const { name, type, content } = await exports.file(scope, params.id);
      return reply.type(type).header('content-disposition', `attachment; filename="${name}"`).send(content);
    },
  );
};
