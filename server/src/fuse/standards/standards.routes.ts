import { CodeReading, FuseDictionaries } from '@ronghe/contracts';
import { z } from 'zod';
import type { Http } from '#platform/http/http.ts';
import { readCode } from './standards.service.ts';

/** HTTP of the standards: dictionaries and the check of one code. */
export const standardRoutes = (content: () => FuseDictionaries) => async (app: Http) => {
  app.get(
    '/api/fuse/dictionaries',
    {
      config: { permission: 'fuse:enterprise:read' },
      schema: {
        tags: ['fuse'],
        summary: 'Names of cities, industries, sizes, attributes, rules and indicators',
        response: { 200: FuseDictionaries },
      },
    },
    async () => content(),
  );

  app.get(
    '/api/fuse/codes/:code',
    {
      config: { permission: 'fuse:enterprise:read' },
      schema: {
        tags: ['fuse'],
        summary: 'Check a unified social credit code and take it apart',
        params: z.object({ code: z.string().min(1).max(40) }),
        response: { 200: CodeReading },
      },
    },
    async ({ scope, params }) => readCode(scope, params.code),
  );
};
