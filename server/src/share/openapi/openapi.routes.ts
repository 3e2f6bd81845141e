import type { Http } from '#platform/http/http.ts';
import type { Descriptions } from './openapi.service.ts';
import type { WholeDescription } from './openapi.ts';

/** HTTP of the description of shared data. */
export const openApiRoutes = (descriptions: Descriptions) => async (app: Http) => {
  app.get(
    '/api/share/openapi.json',
    {
      config: { permission: 'share:dataset:read' },
      schema: {
        tags: ['share'],
        summary: 'OpenAPI 3.1 of the datasets, columns and operations that the caller may use',
      },
    },
    ({ scope }) => descriptions.openApi(scope, app.swagger() as unknown as WholeDescription),
  );
};
