import {
  Id,
  RelationDecision,
  RelationDecisionPage,
  RelationDecisionQuery,
  RelationGraph,
  RelationGraphQuery,
  RelationList,
  RelationStatement,
  RelationUndo,
} from '@ronghe/contracts';
import { z } from 'zod';
import type { Http } from '#platform/http/http.ts';
import type { Relations } from './relations.service.ts';

const ById = z.object({ id: Id });

/** HTTP of relations between enterprises. */
export const relationRoutes = (relations: Relations) => async (app: Http) => {
  app.get(
    '/api/fuse/enterprises/:id/relations',
    {
      config: { permission: 'fuse:enterprise:read' },
      schema: {
        tags: ['fuse'],
        summary: 'Relations of an enterprise with their evidence, rejected ones too',
        params: ById,
        response: { 200: RelationList },
      },
    },
    ({ scope, params }) => relations.list(scope, params.id),
  );

  app.get(
    '/api/fuse/enterprises/:id/graph',
    {
      config: { permission: 'fuse:enterprise:read' },
      schema: {
        tags: ['fuse'],
        summary: 'What lies around an enterprise, to a depth and a number of nodes',
        params: ById,
        querystring: RelationGraphQuery,
        response: { 200: RelationGraph },
      },
    },
    ({ scope, params, query }) => relations.graph(scope, params.id, query),
  );

  app.get(
    '/api/fuse/enterprises/:id/relation-decisions',
    {
      config: { permission: 'fuse:enterprise:read' },
      schema: {
        tags: ['fuse'],
        summary: 'What people said of the relations of an enterprise, newest first',
        params: ById,
        querystring: RelationDecisionQuery,
        response: { 200: RelationDecisionPage },
      },
    },
    ({ scope, params, query }) => relations.decisions(scope, params.id, query),
  );

  registerActs(app, relations);
};

function registerActs(app: Http, relations: Relations): void {
  app.post(
    '/api/fuse/enterprises/:id/relations',
    {
      config: { permission: 'fuse:relation:write' },
      schema: {
        tags: ['fuse'],
        summary: 'Add a relation that no source tells',
        params: ById,
        body: RelationStatement,
        response: { 201: RelationDecision },
      },
    },
    async ({ scope, params, body }, reply) =>
      reply.code(201).send(await relations.add(scope, params.id, body)),
  );

  app.post(
    '/api/fuse/enterprises/:id/relations/reject',
    {
      config: { permission: 'fuse:relation:write' },
      schema: {
        tags: ['fuse'],
        summary: 'Reject a relation that follows from data; it does not come back until that is undone',
        params: ById,
        body: RelationStatement,
        response: { 201: RelationDecision },
      },
    },
    async ({ scope, params, body }, reply) =>
      reply.code(201).send(await relations.reject(scope, params.id, body)),
  );

  app.post(
    '/api/fuse/relation-decisions/:id/undo',
    {
      config: { permission: 'fuse:relation:write' },
      schema: {
        tags: ['fuse'],
        summary: 'Take back what a person said of a relation',
        params: ById,
        body: RelationUndo,
        response: { 200: RelationDecision },
      },
    },
    ({ scope, params, body }) => relations.undo(scope, params.id, body.reason),
  );
}
