import {
  CollectorName,
  Configuration,
  ConfigurationRestore,
  ConfigurationState,
  ConfigurationVersionPage,
  ConfigurationVersionQuery,
  NewConfiguration,
} from '@ronghe/contracts';
import { z } from 'zod';
import type { Http } from '#platform/http/http.ts';
import type { Configurations } from './configuration.service.ts';

const Named = z.object({ name: CollectorName });
const NamedVersion = Named.extend({ version: z.coerce.number().int().min(1) });

/** HTTP of configurations and their versions. */
export const configurationRoutes = (configurations: Configurations) => async (app: Http) => {
  app.get(
    '/api/collect/collectors/:name/configuration',
    {
      config: { permission: 'collect:collector:read' },
      schema: {
        tags: ['collect'],
        summary: 'The newest configuration of a collector, secrets sealed, and what the collector can do',
        params: Named,
        response: { 200: ConfigurationState },
      },
    },
    ({ scope, params }) => configurations.state(scope, params.name),
  );

  app.post(
    '/api/collect/collectors/:name/configuration',
    {
      config: { permission: 'collect:collector:write' },
      schema: {
        tags: ['collect'],
        summary: 'Save the next version; the collector takes it over at once, or as soon as it is back',
        params: Named,
        body: NewConfiguration,
        response: { 201: Configuration },
      },
    },
    async ({ scope, params, body }, reply) =>
      reply.code(201).send(await configurations.save(scope, params.name, body)),
  );

  app.get(
    '/api/collect/collectors/:name/configuration/versions',
    {
      config: { permission: 'collect:collector:read' },
      schema: {
        tags: ['collect'],
        summary: 'Versions of a configuration, the newest first',
        params: Named,
        querystring: ConfigurationVersionQuery,
        response: { 200: ConfigurationVersionPage },
      },
    },
    ({ scope, params, query }) => configurations.list(scope, params.name, query),
  );

  app.get(
    '/api/collect/collectors/:name/configuration/versions/:version',
    {
      config: { permission: 'collect:collector:read' },
      schema: {
        tags: ['collect'],
        summary: 'One version with its content',
        params: NamedVersion,
        response: { 200: Configuration },
      },
    },
    ({ scope, params }) => configurations.get(scope, params.name, params.version),
  );

  app.post(
    '/api/collect/collectors/:name/configuration/versions/:version/restore',
    {
      config: { permission: 'collect:collector:write' },
      schema: {
        tags: ['collect'],
        summary: 'Bring the content of an older version back as the next one',
        params: NamedVersion,
        body: ConfigurationRestore,
        response: { 201: Configuration },
      },
    },
    async ({ scope, params, body }, reply) =>
      reply
        .code(201)
        .send(await configurations.restore(scope, params.name, { ...body, version: params.version })),
  );
};
