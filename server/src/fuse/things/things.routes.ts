import {
  EnterpriseProfile,
  Id,
  ParkList,
  PersonList,
  PersonQuery,
  ProfileOverview,
  ThingList,
  ThingQuery,
} from '@ronghe/contracts';
import { z } from 'zod';
import type { Http } from '#platform/http/http.ts';
import type { Things } from './things.service.ts';

const ById = z.object({ id: Id });
const config = { permission: 'fuse:enterprise:read' } as const;

/** HTTP of what enterprises have. */
export const thingRoutes = (things: Things) => async (app: Http) => {
  app.get(
    '/api/fuse/enterprises/:id/things',
    {
      config,
      schema: {
        tags: ['fuse'],
        summary: 'Plants, equipment and products of an enterprise with the source of each value',
        params: ById,
        querystring: ThingQuery,
        response: { 200: ThingList },
      },
    },
    ({ scope, params, query }) => things.list(scope, params.id, query.kind),
  );

  app.get(
    '/api/fuse/enterprises/:id/people',
    {
      config,
      schema: {
        tags: ['fuse'],
        summary:
          'People in charge of an enterprise, masked unless a reason is given; each unmasked look is audited',
        params: ById,
        querystring: PersonQuery,
        response: { 200: PersonList },
      },
    },
    ({ scope, params, query }) => things.people(scope, params.id, query.reason),
  );

  app.get(
    '/api/fuse/enterprises/:id/profile',
    {
      config,
      schema: {
        tags: ['fuse'],
        summary: 'How full the profile of an enterprise is, what is missing and which source could bring it',
        params: ById,
        response: { 200: EnterpriseProfile },
      },
    },
    ({ scope, params }) => things.profile(scope, params.id),
  );

  app.get(
    '/api/fuse/profiles',
    {
      config,
      schema: {
        tags: ['fuse'],
        summary: 'Completeness of profiles by city and key industry, and which parts they have',
        response: { 200: ProfileOverview },
      },
    },
    ({ scope }) => things.overview(scope),
  );

  app.get(
    '/api/fuse/parks',
    {
      config,
      schema: {
        tags: ['fuse'],
        summary: 'Parks with sums of their enterprises, largest first',
        response: { 200: ParkList },
      },
    },
    ({ scope }) => things.parks(scope),
  );
};
