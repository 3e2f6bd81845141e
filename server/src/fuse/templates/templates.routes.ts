import { ConnectorTemplateList } from '@ronghe/contracts';
import { z } from 'zod';
import type { Http } from '#platform/http/http.ts';
import type { ConnectorTemplates } from './templates.service.ts';

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const ByKey = z.object({ key: z.string().max(60) });

/** HTTP of connector templates. */
export const templateRoutes = (templates: ConnectorTemplates) => async (app: Http) => {
  app.get(
    '/api/fuse/templates',
    {
      config: { permission: 'fuse:source:read' },
      schema: {
        tags: ['fuse'],
        summary: 'Sources as they have been connected before, ready to be filled in',
        response: { 200: ConnectorTemplateList },
      },
    },
    async ({ scope }) => ({ items: templates.list(scope) }),
  );

  app.get(
    '/api/fuse/templates/:key/workbook',
    {
      config: { permission: 'fuse:source:read' },
      schema: {
        tags: ['fuse'],
        summary: 'An Excel workbook with the columns of a template, to be filled in',
        params: ByKey,
      },
    },
    async ({ scope, params }, reply) => {
      const workbook = await templates.workbook(scope, params.key);
      return reply
        .type(XLSX)
        .header('content-disposition', `attachment; filename="${params.key}.xlsx"`)
        .send(workbook);
    },
  );
};
