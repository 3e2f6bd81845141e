import {
  Decision,
  DecisionPage,
  DecisionQuery,
  DecisionReason,
  EnterpriseEventPage,
  EnterpriseMerge,
  EnterpriseSplit,
  Id,
  NewDecision,
  PageQuery,
} from '@ronghe/contracts';
import { z } from 'zod';
import type { Http } from '#platform/http/http.ts';
import type { Decisions } from './decisions.service.ts';

const ById = z.object({ id: Id });

/** HTTP of decisions. */
export const decisionRoutes = (decisions: Decisions) => async (app: Http) => {
  registerActs(app, decisions);

  app.get(
    '/api/fuse/enterprises/:id/events',
    {
      config: { permission: 'fuse:enterprise:read' },
      schema: {
        tags: ['fuse'],
        summary: 'What happened to an enterprise as a whole, newest first',
        params: ById,
        querystring: PageQuery,
        response: { 200: EnterpriseEventPage },
      },
    },
    ({ scope, params, query }) => decisions.events(scope, params.id, query),
  );

  app.get(
    '/api/fuse/decisions',
    {
      config: { permission: 'fuse:enterprise:read' },
      schema: {
        tags: ['fuse'],
        summary: 'Decisions of people about enterprises and records, newest first',
        querystring: DecisionQuery,
        response: { 200: DecisionPage },
      },
    },
    ({ scope, query }) => decisions.list(scope, query),
  );

  app.post(
    '/api/fuse/decisions/:id/confirm',
    {
      config: { permission: 'fuse:decision:confirm' },
      schema: {
        tags: ['fuse'],
        summary: 'Confirm a decision that somebody else proposed; it takes effect',
        params: ById,
        body: DecisionReason,
        response: { 200: Decision },
      },
    },
    ({ scope, params, body }) => decisions.confirm(scope, params.id, body),
  );

  app.post(
    '/api/fuse/decisions/:id/undo',
    {
      config: { permission: 'fuse:decision:write' },
      schema: {
        tags: ['fuse'],
        summary:
          'Withdraw a decision and put back what was before, as far as later data allow; `undo` says how far',
        params: ById,
        body: DecisionReason,
        response: { 200: Decision },
      },
    },
    ({ scope, params, body }) => decisions.undo(scope, params.id, body),
  );
};

function registerActs(app: Http, decisions: Decisions): void {
  app.post(
    '/api/fuse/enterprises/:id/merge',
    {
      config: { permission: 'fuse:decision:write' },
      schema: {
        tags: ['fuse'],
        summary: 'Make two enterprises one; the older keeps its id, the id of the other leads to it',
        params: ById,
        body: EnterpriseMerge,
        response: { 201: Decision },
      },
    },
    async ({ scope, params, body }, reply) =>
      reply.code(201).send(await decisions.merge(scope, params.id, body)),
  );

  app.post(
    '/api/fuse/enterprises/:id/split',
    {
      config: { permission: 'fuse:decision:write' },
      schema: {
        tags: ['fuse'],
        summary: 'Take records off an enterprise, which become one of their own',
        params: ById,
        body: EnterpriseSplit,
        response: { 201: Decision },
      },
    },
    async ({ scope, params, body }, reply) =>
      reply.code(201).send(await decisions.split(scope, params.id, body)),
  );

  app.post(
    '/api/fuse/decisions',
    {
      config: { permission: 'fuse:decision:write' },
      schema: {
        tags: ['fuse'],
        summary: 'Tell that two records are one enterprise, or never are',
        body: NewDecision,
        response: { 201: Decision },
      },
    },
    async ({ scope, body }, reply) => reply.code(201).send(await decisions.decide(scope, body)),
  );
}
