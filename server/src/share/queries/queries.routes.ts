import {
  NewSavedQuery,
  SavedQuery,
  SavedQueryByName,
  SavedQueryChange,
  SavedQueryList,
  SavedQueryTrial,
  SavedQueryTrialAnswer,
} from '@ronghe/contracts';
import { z } from 'zod';
import type { Http } from '#platform/http/http.ts';
import type { Queries } from './queries.service.ts';

const permission = 'share:query:write' as const;

/** HTTP of saved queries; they are asked as datasets. */
export const queryRoutes = (queries: Queries) => async (app: Http) => {
  app.get(
    '/api/share/queries',
    {
      config: { permission },
      schema: {
        tags: ['share'],
        summary: 'Saved queries of one’s own organisations',
        response: { 200: SavedQueryList },
      },
    },
    ({ scope }) => queries.list(scope),
  );

  app.post(
    '/api/share/queries',
    {
      config: { permission },
      schema: {
        tags: ['share'],
        summary: 'Save a SELECT as a dataset, which everybody asks with their own rights',
        body: NewSavedQuery,
        response: { 201: SavedQuery },
      },
    },
    async ({ scope, body }, reply) => reply.code(201).send(await queries.create(scope, body)),
  );

  app.post(
    '/api/share/queries/try',
    {
      config: { permission },
      schema: {
        tags: ['share'],
        summary: 'What a SELECT would be as a dataset: columns with types, meanings and grades',
        body: SavedQueryTrial,
        response: { 200: SavedQueryTrialAnswer },
      },
    },
    ({ scope, body }) => queries.try(scope, body),
  );

  app.get(
    '/api/share/queries/:name',
    {
      config: { permission },
      schema: {
        tags: ['share'],
        summary: 'A saved query',
        params: SavedQueryByName,
        response: { 200: SavedQuery },
      },
    },
    ({ scope, params }) => queries.get(scope, params.name),
  );

  app.get(
    '/api/share/queries/:name/versions',
    {
      config: { permission },
      schema: {
        tags: ['share'],
        summary: 'Versions of a saved query, the newest first',
        params: SavedQueryByName,
        response: { 200: SavedQueryList },
      },
    },
    ({ scope, params }) => queries.versions(scope, params.name),
  );

  app.put(
    '/api/share/queries/:name',
    {
      config: { permission },
      schema: {
        tags: ['share'],
        summary: 'Save a new version of a query',
        params: SavedQueryByName,
        body: SavedQueryChange,
        response: { 200: SavedQuery },
      },
    },
    ({ scope, params, body }) => queries.change(scope, params.name, body),
  );

  app.delete(
    '/api/share/queries/:name',
    {
      config: { permission },
      schema: {
        tags: ['share'],
        summary: 'Delete a saved query: as a dataset it is as if it did not exist',
        params: SavedQueryByName,
        response: { 204: z.null() },
      },
    },
    async ({ scope, params }, reply) => {
      await queries.remove(scope, params.name);
      return reply.code(204).send(null);
    },
  );
};
