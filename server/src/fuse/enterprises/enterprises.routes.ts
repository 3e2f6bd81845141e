import {
  Enterprise,
  EnterpriseExportQuery,
  EnterprisePage,
  EnterpriseQuery,
  FuseOverview,
  Id,
} from '@ronghe/contracts';
import { z } from 'zod';
import type { Http } from '#platform/http/http.ts';
import type { Enterprises } from './enterprises.service.ts';
import type { Export } from './export.service.ts';
import type { Overview } from './overview.service.ts';

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const ById = z.object({ id: Id });

type Parts = { enterprises: Enterprises; exportWorkbook: Export; overview: Overview };

/** HTTP of the enterprise database. */
export const enterpriseRoutes =
  ({ enterprises, exportWorkbook, overview }: Parts) =>
  async (app: Http) => {
    app.get(
      '/api/fuse/enterprises',
      {
        config: { permission: 'fuse:enterprise:read' },
        schema: {
          tags: ['fuse'],
          summary: 'Search enterprises, largest revenue first',
          querystring: EnterpriseQuery,
          response: { 200: EnterprisePage },
        },
      },
      ({ scope, query }) => enterprises.list(scope, query),
    );

    app.get(
      '/api/fuse/enterprises/export',
      {
        config: { permission: 'fuse:enterprise:export' },
        schema: {
          tags: ['fuse'],
          summary: 'The same enterprises as an Excel workbook',
          querystring: EnterpriseExportQuery,
        },
      },
      async ({ scope, query }, reply) => {
        const workbook = await exportWorkbook(scope, query);
        return reply
          .type(XLSX)
          .header('content-disposition', 'attachment; filename="enterprises.xlsx"')
          .send(workbook);
      },
    );

    app.get(
      '/api/fuse/enterprises/:id',
      {
        config: { permission: 'fuse:enterprise:read' },
        schema: {
          tags: ['fuse'],
          summary: 'A golden record with the provenance of each value',
          params: ById,
          response: { 200: Enterprise },
        },
      },
      ({ scope, params }) => enterprises.get(scope, params.id),
    );

    app.get(
      '/api/fuse/overview',
      {
        config: { permission: 'fuse:enterprise:read' },
        schema: {
          tags: ['fuse'],
          summary: 'Figures by city, key industry and size',
          response: { 200: FuseOverview },
        },
      },
      ({ scope }) => overview(scope),
    );
  };
