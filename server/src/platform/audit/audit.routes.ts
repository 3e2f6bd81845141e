import { AuditPage, AuditQuery, AuditVerdict } from '@ronghe/contracts';
import type { Audit } from '#platform/audit/audit.ts';
import type { Http } from '#platform/http/http.ts';

const TAGS = ['audit'];

/** The log of changes and its check: `/api/audit/…`. */
export const auditRoutes = (audit: Audit) => async (app: Http) => {
  app.get(
    '/api/audit/entries',
    {
      config: { permission: 'platform:audit:read' },
      schema: {
        tags: TAGS,
        summary: 'Changes in the caller’s organisations, newest first',
        querystring: AuditQuery,
        response: { 200: AuditPage },
      },
    },
    (request) => audit.list(request.scope, request.query),
  );

  app.get(
    '/api/audit/verify',
    {
      config: { permission: 'platform:audit:read' },
      schema: {
        tags: TAGS,
        summary: 'Check that no entry was altered, removed or moved (root organisation)',
        response: { 200: AuditVerdict },
      },
    },
    (request) => audit.verify(request.scope),
  );
};
