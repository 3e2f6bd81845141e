import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { ERRORS } from '@ronghe/contracts';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { Http } from '#platform/http/http.ts';

/** OpenAPI 3.1 at `/openapi.json`, and a page at `/docs` that loads nothing from outside. */
export async function describeApi(app: Http, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Ronghe 融合',
        version,
        description: `Industrial big data fusion platform. Errors share one shape; codes: ${Object.keys(ERRORS).join(', ')}.`,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'Session token or API key' },
          cookie: { type: 'apiKey', in: 'cookie', name: 'ronghe_session' },
        },
      },
      security: [{ bearer: [] }, { cookie: [] }],
    },
    transform: (input) => {
      const { schema, url } = jsonSchemaTransform(input);
      const { open, permission } = input.route.config ?? {};
      const extra = {
        ...(permission ? { 'x-permission': permission } : {}),
        ...(open ? { security: [] } : {}),
      };
      const hide = !url.startsWith('/api/') && !['/health', '/ready', '/metrics'].includes(url);
      return { schema: { ...schema, ...extra, ...(hide ? { hide: true } : {}) }, url };
    },
    transformObject: (input) => withoutUnused(jsonSchemaTransformObject(input)),
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: false,
    uiConfig: { docExpansion: 'none', deepLinking: true },
  });
  app.get('/openapi.json', { config: { open: true }, schema: { hide: true } as never }, () => app.swagger());
}

type Described = { paths?: unknown; components?: { schemas?: Record<string, unknown> } };
const SCHEMA = '#/components/schemas/';

/** The description with the schemas that some route leads to; each comes twice, as what is sent and as what is answered, and most are one of both. */
function withoutUnused<Description extends object>(description: Description): Description {
  const { components, paths } = description as Described;
  const schemas = components?.schemas ?? {};
  const used = new Set<string>();
  const open: unknown[] = [paths];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== 'object' || value === null) continue;
    for (const child of Object.values(value)) open.push(child);
    const target = '$ref' in value && typeof value.$ref === 'string' ? value.$ref : '';
    const name = target.startsWith(SCHEMA) ? target.slice(SCHEMA.length) : null;
    if (name === null || used.has(name)) continue;
    used.add(name);
    open.push(schemas[name]);
  }
  const kept = Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name)));
  return { ...description, components: { ...components, schemas: kept } };
}
