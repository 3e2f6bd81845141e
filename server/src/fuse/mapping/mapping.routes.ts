import {
  Id,
  MappingPreview,
  MappingPreviewRequest,
  MappingSaved,
  MappingSuggestion,
  MappingVersionList,
  NewMappingVersion,
  TableProfile,
} from '@ronghe/contracts';
import { z } from 'zod';
import type { Http } from '#platform/http/http.ts';
import type { Mappings } from './mapping.service.ts';

const ById = z.object({ id: Id });
const ByVersion = ById.extend({ version: z.coerce.number().int().min(1) });
const MappingRestore = z.object({
  note: NewMappingVersion.shape.note,
  basedOn: NewMappingVersion.shape.basedOn,
});

/** HTTP of mappings: versions of a source's mapping, proposals, previews. */
export const mappingRoutes = (mappings: Mappings) => async (app: Http) => {
  registerVersions(app, mappings);
  registerTrying(app, mappings);
};

function registerVersions(app: Http, mappings: Mappings): void {
  app.get(
    '/api/fuse/sources/:id/mappings',
    {
      config: { permission: 'fuse:source:read' },
      schema: {
        tags: ['fuse'],
        summary: 'Versions of a source’s mapping, the newest first',
        params: ById,
        response: { 200: MappingVersionList },
      },
    },
    async ({ scope, params }) => ({ items: await mappings.list(scope, params.id) }),
  );

  app.post(
    '/api/fuse/sources/:id/mappings',
    {
      config: { permission: 'fuse:source:write' },
      schema: {
        tags: ['fuse'],
        summary: 'Make the next version of a source’s mapping; it must pass its tests',
        params: ById,
        body: NewMappingVersion,
        response: { 201: MappingSaved },
      },
    },
    async ({ scope, params, body }, reply) =>
      reply.code(201).send(await mappings.save(scope, params.id, body)),
  );

  app.post(
    '/api/fuse/sources/:id/mappings/:version/restore',
    {
      config: { permission: 'fuse:source:write' },
      schema: {
        tags: ['fuse'],
        summary: 'Bring back the content of an older version as the next one',
        params: ByVersion,
        body: MappingRestore,
        response: { 201: MappingSaved },
      },
    },
    async ({ scope, params, body }, reply) =>
      reply.code(201).send(await mappings.restore(scope, params.id, { ...body, version: params.version })),
  );
}

function registerTrying(app: Http, mappings: Mappings): void {
  app.post(
    '/api/fuse/mappings/suggest',
    {
      config: { permission: 'fuse:source:read' },
      schema: {
        tags: ['fuse'],
        summary: 'Propose a mapping for a profiled table',
        body: TableProfile,
        response: { 200: MappingSuggestion },
      },
    },
    async ({ scope, body }) => mappings.suggest(scope, body),
  );

  app.post(
    '/api/fuse/mappings/preview',
    {
      config: { permission: 'fuse:source:read' },
      schema: {
        tags: ['fuse'],
        summary: 'Show what a mapping makes of rows; nothing is kept',
        body: MappingPreviewRequest,
        response: { 200: MappingPreview },
      },
    },
    ({ scope, body }) => mappings.preview(scope, body),
  );
}
