import {
  Id,
  NewSource,
  PageQuery,
  RowFindingPage,
  Run,
  RunPage,
  RunQuery,
  RunStarted,
  Source,
  SourceList,
  ValueChangePage,
} from '@ronghe/contracts';
import { z } from 'zod';
import type { Http } from '#platform/http/http.ts';
import type { Enterprises } from '../enterprises/enterprises.service.ts';
import type { Runs } from './runs.service.ts';
import type { Sources } from './sources.service.ts';

const ById = z.object({ id: Id });
type Parts = { sources: Sources; runs: Runs; enterprises: Enterprises };

/** HTTP of sources and their runs. */
export const sourceRoutes = (parts: Parts) => async (app: Http) => {
  registerSources(app, parts);
  registerRuns(app, parts);
};

function registerSources(app: Http, { sources, runs }: Parts): void {
  app.get(
    '/api/fuse/sources',
    {
      config: { permission: 'fuse:source:read' },
      schema: {
        tags: ['fuse'],
        summary: 'Sources with their newest run',
        response: { 200: SourceList },
      },
    },
    async ({ scope }) => ({ items: await sources.list(scope) }),
  );

  app.post(
    '/api/fuse/sources',
    {
      config: { permission: 'fuse:source:write' },
      schema: {
        tags: ['fuse'],
        summary: 'Register a source; its password is sealed and never returned',
        body: NewSource,
        response: { 201: Source },
      },
    },
    async ({ scope, body }, reply) => reply.code(201).send(await sources.register(scope, body)),
  );

  app.get(
    '/api/fuse/sources/:id',
    {
      config: { permission: 'fuse:source:read' },
      schema: { tags: ['fuse'], summary: 'One source', params: ById, response: { 200: Source } },
    },
    ({ scope, params }) => sources.get(scope, params.id),
  );

  app.post(
    '/api/fuse/sources/:id/runs',
    {
      config: { permission: 'fuse:run:write' },
      schema: {
        tags: ['fuse'],
        summary: 'Start a run of a source',
        params: ById,
        response: { 202: RunStarted },
      },
    },
    async ({ scope, params }, reply) => reply.code(202).send(await runs.start(scope, params.id)),
  );
}

function registerRuns(app: Http, { runs, enterprises }: Parts): void {
  app.get(
    '/api/fuse/runs',
    {
      config: { permission: 'fuse:run:read' },
      schema: {
        tags: ['fuse'],
        summary: 'Runs, newest first',
        querystring: RunQuery,
        response: { 200: RunPage },
      },
    },
    ({ scope, query }) => runs.list(scope, query),
  );

  app.get(
    '/api/fuse/runs/:id',
    {
      config: { permission: 'fuse:run:read' },
      schema: { tags: ['fuse'], summary: 'One run', params: ById, response: { 200: Run } },
    },
    ({ scope, params }) => runs.get(scope, params.id),
  );

  app.get(
    '/api/fuse/runs/:id/findings',
    {
      config: { permission: 'fuse:run:read' },
      schema: {
        tags: ['fuse'],
        summary: 'What was wrong with the source’s rows when the run ended',
        params: ById,
        querystring: PageQuery,
        response: { 200: RowFindingPage },
      },
    },
    ({ scope, params, query }) => runs.findings(scope, params.id, query),
  );

  app.get(
    '/api/fuse/runs/:id/changes',
    {
      config: { permission: 'fuse:run:read' },
      schema: {
        tags: ['fuse'],
        summary: 'Values the run changed in golden records',
        params: ById,
        querystring: PageQuery,
        response: { 200: ValueChangePage },
      },
    },
    async ({ scope, params, query }) => {
      const run = await runs.get(scope, params.id);
      return enterprises.changesOfRun(scope, run.id, query);
    },
  );
}
