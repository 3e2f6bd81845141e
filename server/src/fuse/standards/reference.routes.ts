import {
  PageQuery,
  ReferenceChange,
  ReferenceDifferences,
  ReferenceList,
  ReferencePage,
  ReferenceQuery,
  ReferenceRestore,
  ReferenceSet,
  ReferenceVersion,
  ReferenceVersionPage,
} from '@ronghe/contracts';
import { z } from 'zod';
import type { Http } from '#platform/http/http.ts';
import type { References } from './reference.service.ts';

const BySet = z.object({ set: ReferenceSet });
const ByVersion = BySet.extend({ version: z.coerce.number().int().min(1) });

/** HTTP of reference data: what holds, what held, and changes. */
export const referenceRoutes = (references: References) => async (app: Http) => {
  registerReading(app, references);
  registerChanges(app, references);
};

function registerReading(app: Http, references: References): void {
  app.get(
    '/api/fuse/reference',
    {
      config: { permission: 'fuse:reference:read' },
      schema: {
        tags: ['fuse'],
        summary: 'Sets of reference data with their newest version',
        response: { 200: ReferenceList },
      },
    },
    ({ scope }) => references.list(scope),
  );

  app.get(
    '/api/fuse/reference/:set/entries',
    {
      config: { permission: 'fuse:reference:read' },
      schema: {
        tags: ['fuse'],
        summary: 'Entries of a set, of the newest or an older version',
        params: BySet,
        querystring: ReferenceQuery,
        response: { 200: ReferencePage },
      },
    },
    ({ scope, params, query }) => references.entries(scope, params.set, query),
  );

  app.get(
    '/api/fuse/reference/:set/versions',
    {
      config: { permission: 'fuse:reference:read' },
      schema: {
        tags: ['fuse'],
        summary: 'Versions of a set, the newest first',
        params: BySet,
        querystring: PageQuery,
        response: { 200: ReferenceVersionPage },
      },
    },
    ({ scope, params, query }) => references.versions(scope, params.set, query),
  );

  app.get(
    '/api/fuse/reference/:set/versions/:version/differences',
    {
      config: { permission: 'fuse:reference:read' },
      schema: {
        tags: ['fuse'],
        summary: 'What a version changed against the one before it',
        params: ByVersion,
        response: { 200: ReferenceDifferences },
      },
    },
    ({ scope, params }) => references.differences(scope, params.set, params.version),
  );
}

function registerChanges(app: Http, references: References): void {
  app.post(
    '/api/fuse/reference/:set/versions',
    {
      config: { permission: 'fuse:reference:write' },
      schema: {
        tags: ['fuse'],
        summary: 'Change entries: makes the next version, which all rules read at once',
        params: BySet,
        body: ReferenceChange,
        response: { 201: ReferenceVersion },
      },
    },
    async ({ scope, params, body }, reply) =>
      reply.code(201).send(await references.change(scope, params.set, body)),
  );

  app.post(
    '/api/fuse/reference/:set/versions/:version/restore',
    {
      config: { permission: 'fuse:reference:write' },
      schema: {
        tags: ['fuse'],
        summary: 'Bring back the content of an older version as the next one',
        params: ByVersion,
        body: ReferenceRestore,
        response: { 201: ReferenceVersion },
      },
    },
    async ({ scope, params, body }, reply) =>
      reply.code(201).send(await references.restore(scope, params.set, { ...body, version: params.version })),
  );
}
