import {
  Id,
  NewQualityRule,
  QualityRule,
  QualityRuleChange,
  QualityRuleList,
  QualityRuleQuery,
  QualityTrial,
  QualityTrialResult,
} from '@ronghe/contracts';
import { z } from 'zod';
import type { Http } from '#platform/http/http.ts';
import type { Rules } from './rules.service.ts';

const ById = z.object({ id: Id });

/** HTTP of quality rules. */
export const ruleRoutes = (rules: Rules) => async (app: Http) => {
  app.get(
    '/api/fuse/quality/rules',
    {
      config: { permission: 'fuse:quality:read' },
      schema: {
        tags: ['fuse'],
        summary: 'Quality rules of every source, and of the sources one may see',
        querystring: QualityRuleQuery,
        response: { 200: QualityRuleList },
      },
    },
    async ({ scope, query }) => ({ items: await rules.list(scope, query.source) }),
  );

  app.post(
    '/api/fuse/quality/rules',
    {
      config: { permission: 'fuse:quality:write' },
      schema: {
        tags: ['fuse'],
        summary: 'Add a rule; under the key of a rule of every source it stands in its place',
        body: NewQualityRule,
        response: { 201: QualityRule },
      },
    },
    async ({ scope, body }, reply) => reply.code(201).send(await rules.add(scope, body)),
  );

  app.post(
    '/api/fuse/quality/rules/try',
    {
      config: { permission: 'fuse:quality:write' },
      schema: {
        tags: ['fuse'],
        summary: 'Hold a rule against what a source has now, before it is saved',
        body: QualityTrial,
        response: { 200: QualityTrialResult },
      },
    },
    ({ scope, body }) => rules.try(scope, body),
  );

  app.patch(
    '/api/fuse/quality/rules/:id',
    {
      config: { permission: 'fuse:quality:write' },
      schema: {
        tags: ['fuse'],
        summary: 'Change a rule: makes its next version',
        params: ById,
        body: QualityRuleChange,
        response: { 200: QualityRule },
      },
    },
    ({ scope, params, body }) => rules.change(scope, params.id, body),
  );

  app.delete(
    '/api/fuse/quality/rules/:id',
    {
      config: { permission: 'fuse:quality:write' },
      schema: {
        tags: ['fuse'],
        summary: 'Delete a rule that did not come with the platform',
        params: ById,
        response: { 204: z.null() },
      },
    },
    async ({ scope, params }, reply) => {
      await rules.remove(scope, params.id);
      return reply.code(204).send(null);
    },
  );
};
