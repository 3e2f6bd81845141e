import { Id, IssueChange, IssueQuery, QualityIssue, QualityIssuePage } from '@ronghe/contracts';
import { z } from 'zod';
import type { Http } from '#platform/http/http.ts';
import type { Issues } from './issues.service.ts';
import type { IssueWorkbook } from './workbook.service.ts';

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const ById = z.object({ id: Id });
type Parts = { issues: Issues; workbook: IssueWorkbook };

/** HTTP of issues. */
export const issueRoutes =
  ({ issues, workbook }: Parts) =>
  async (app: Http) => {
    app.get(
      '/api/fuse/quality/issues',
      {
        config: { permission: 'fuse:quality:read' },
        schema: {
          tags: ['fuse'],
          summary: 'What is wrong with sources, the newest first',
          querystring: IssueQuery,
          response: { 200: QualityIssuePage },
        },
      },
      ({ scope, query }) => issues.list(scope, query),
    );

    app.get(
      '/api/fuse/quality/issues/:id',
      {
        config: { permission: 'fuse:quality:read' },
        schema: {
          tags: ['fuse'],
          summary: 'An issue with its notes',
          params: ById,
          response: { 200: QualityIssue },
        },
      },
      ({ scope, params }) => issues.get(scope, params.id),
    );

    app.post(
      '/api/fuse/quality/issues/:id',
      {
        config: { permission: 'fuse:quality:write' },
        schema: {
          tags: ['fuse'],
          summary: 'Send an issue to the owner, answer, accept or resolve it',
          params: ById,
          body: IssueChange,
          response: { 200: QualityIssue },
        },
      },
      ({ scope, params, body }) => issues.change(scope, params.id, body),
    );

    app.get(
      '/api/fuse/quality/issues/:id/workbook',
      {
        config: { permission: 'fuse:quality:read' },
        schema: {
          tags: ['fuse'],
          summary: 'The rows of an issue as an Excel workbook for the owner of the data',
          params: ById,
        },
      },
      async ({ scope, params }, reply) => {
        const { stream, number } = await workbook(scope, params.id);
        return reply
          .type(XLSX)
          .header('content-disposition', `attachment; filename="issue-${number}.xlsx"`)
          .send(stream);
      },
    );
  };
