import {
  Id,
  NewSource,
  PageQuery,
  ReadProblemPage,
  RowFindingPage,
  Run,
  RunDecision,
  RunPage,
  RunQuery,
  RunRequest,
  RunRowPage,
  RunRowQuery,
  RunStarted,
  RunWithdrawal,
  Source,
  SourceChange,
  SourceList,
  TableProfile,
  ValueChangePage,
} from '@ronghe/contracts';
import { z } from 'zod';
import type { Http } from '#platform/http/http.ts';
import type { Enterprises } from '../enterprises/enterprises.service.ts';
import type { Profiles } from './profiles.service.ts';
import type { Runs } from './runs.service.ts';
import type { Sources } from './sources.service.ts';

const ById = z.object({ id: Id });
type Parts = { sources: Sources; runs: Runs; profiles: Profiles; enterprises: Enterprises };

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

  app.patch(
    '/api/fuse/sources/:id',
    {
      config: { permission: 'fuse:source:write' },
      schema: {
        tags: ['fuse'],
        summary: 'Change how a source is read; secrets that are left empty stay as long as the place stays',
        params: ById,
        body: SourceChange,
        response: { 200: Source },
      },
    },
    ({ scope, params, body }) => sources.change(scope, params.id, body),
  );

  app.delete(
    '/api/fuse/sources/:id',
    {
      config: { permission: 'fuse:source:write' },
      schema: {
        tags: ['fuse'],
        summary: 'Take a source out of use; what it brought stays explained',
        params: ById,
        response: { 204: z.null() },
      },
    },
    async ({ scope, params }, reply) => {
      await sources.remove(scope, params.id);
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/api/fuse/sources/:id/runs',
    {
      config: { permission: 'fuse:run:write' },
      schema: {
        tags: ['fuse'],
        summary: 'Start a run of a source, or hold the rows that landed against its newest mapping',
        params: ById,
        body: RunRequest.nullish(),
        response: { 202: RunStarted },
      },
    },
    async ({ scope, params, body }, reply) =>
      reply.code(202).send(await runs.start(scope, params.id, body ?? undefined)),
  );
}

function registerRuns(app: Http, { runs, profiles, enterprises }: Parts): void {
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
    '/api/fuse/runs/:id/rows',
    {
      config: { permission: 'fuse:run:read' },
      schema: {
        tags: ['fuse'],
        summary: 'Raw rows that the run brought, changed, took away or refused',
        params: ById,
        querystring: RunRowQuery,
        response: { 200: RunRowPage },
      },
    },
    ({ scope, params, query }) => runs.rows(scope, params.id, query),
  );

  app.get(
    '/api/fuse/runs/:id/problems',
    {
      config: { permission: 'fuse:run:read' },
      schema: {
        tags: ['fuse'],
        summary: 'What the reader could not take for a row, and what it put right',
        params: ById,
        querystring: PageQuery,
        response: { 200: ReadProblemPage },
      },
    },
    ({ scope, params, query }) => runs.problems(scope, params.id, query),
  );

  app.get(
    '/api/fuse/runs/:id/profile',
    {
      config: { permission: 'fuse:run:read' },
      schema: {
        tags: ['fuse'],
        summary: 'What the columns of the run held',
        params: ById,
        response: { 200: TableProfile },
      },
    },
    ({ scope, params }) => profiles.ofRun(scope, params.id),
  );

  app.post(
    '/api/fuse/runs/:id/withdrawal',
    {
      config: { permission: 'fuse:run:decide' },
      schema: {
        tags: ['fuse'],
        summary: 'Take the newest published run of a source back: readers see what they saw before it',
        params: ById,
        body: RunWithdrawal,
        response: { 202: RunStarted },
      },
    },
    async ({ scope, params, body }, reply) =>
      reply.code(202).send(await runs.withdraw(scope, params.id, body)),
  );

  app.post(
    '/api/fuse/runs/:id/decision',
    {
      config: { permission: 'fuse:run:decide' },
      schema: {
        tags: ['fuse'],
        summary: 'Publish or discard a run that is held',
        params: ById,
        body: RunDecision,
        response: { 200: Run },
      },
    },
    ({ scope, params, body }) => runs.decide(scope, params.id, body),
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
