import { DoorList } from '@ronghe/contracts';
import type { Http } from '#platform/http/http.ts';
import type { Doors } from './door-list.service.ts';

/** HTTP of the list of doors. */
export const doorListRoutes = (doors: Doors) => async (app: Http) => {
  app.get(
    '/api/ingest/doors',
    {
      config: { permission: 'ingest:observation:read' },
      schema: {
        tags: ['ingest'],
        summary: 'Where this installation takes data from',
        response: { 200: DoorList },
      },
    },
    ({ scope }) => doors.list(scope),
  );
};
