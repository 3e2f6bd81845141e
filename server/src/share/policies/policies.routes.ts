import {
  COLUMN_GRADES_MAX,
  GradePatch,
  Id,
  NewPolicy,
  Policy,
  PolicyChange,
  PolicyPage,
  PolicyQuery,
  PolicyRevocation,
  PolicyTrial,
  PolicyTrialAnswer,
  PolicyVersions,
} from '@ronghe/contracts';
import { z } from 'zod';
import type { Http } from '#platform/http/http.ts';
import type { Policies } from './policies.service.ts';

const ById = z.object({ id: Id });
const read = { permission: 'share:policy:read' } as const;
const write = { permission: 'share:policy:write' } as const;

/** HTTP of policies and grades. */
export const policyRoutes = (policies: Policies) => async (app: Http) => {
  app.get(
    '/api/share/policies',
    {
      config: { permission: read.permission },
      schema: {
        tags: ['share'],
        summary: 'Policies over the data of one’s own organisations',
        querystring: PolicyQuery,
        response: { 200: PolicyPage },
      },
    },
    ({ scope, query }) => policies.list(scope, query),
  );

  app.post(
    '/api/share/policies',
    {
      config: { permission: write.permission },
      schema: {
        tags: ['share'],
        summary: 'Write a policy; it holds at once',
        body: NewPolicy,
        response: { 201: Policy },
      },
    },
    async ({ scope, body }, reply) => reply.code(201).send(await policies.create(scope, body)),
  );

  app.post(
    '/api/share/policies/try',
    {
      config: { permission: read.permission },
      schema: {
        tags: ['share'],
        summary: 'See as: what a person or key would see, with a policy that is not saved yet',
        body: PolicyTrial,
        response: { 200: PolicyTrialAnswer },
      },
    },
    ({ scope, body }) => policies.try(scope, body),
  );

  app.get(
    '/api/share/policies/:id',
    {
      config: { permission: read.permission },
      schema: { tags: ['share'], summary: 'A policy', params: ById, response: { 200: Policy } },
    },
    ({ scope, params }) => policies.get(scope, params.id),
  );

  app.get(
    '/api/share/policies/:id/versions',
    {
      config: { permission: read.permission },
      schema: {
        tags: ['share'],
        summary: 'Versions of a policy, the newest first',
        params: ById,
        response: { 200: PolicyVersions },
      },
    },
    ({ scope, params }) => policies.versions(scope, params.id),
  );

  app.put(
    '/api/share/policies/:id',
    {
      config: { permission: write.permission },
      schema: {
        tags: ['share'],
        summary: 'Write a new version of a policy',
        params: ById,
        body: PolicyChange,
        response: { 200: Policy },
      },
    },
    ({ scope, params, body }) => policies.change(scope, params.id, body),
  );

  app.post(
    '/api/share/policies/:id/revoke',
    {
      config: { permission: write.permission },
      schema: {
        tags: ['share'],
        summary: 'Revoke a policy, with the reason; it holds no more at once',
        params: ById,
        body: PolicyRevocation,
        response: { 200: Policy },
      },
    },
    ({ scope, params, body }) => policies.revoke(scope, params.id, body.reason),
  );

  app.put(
    '/api/share/datasets/:id/grades',
    {
      config: { permission: 'share:grade:write' },
      schema: {
        tags: ['share'],
        summary: 'Set grades of columns by hand',
        params: z.object({ id: z.string().regex(/^[a-z][a-z0-9_]{0,62}$/) }),
        body: z.object({ columns: z.array(GradePatch).min(1).max(COLUMN_GRADES_MAX) }),
        response: { 204: z.null() },
      },
    },
    async ({ scope, params, body }, reply) => {
      await policies.grade(scope, params.id, body.columns);
      return reply.code(204).send(null);
    },
  );
};
