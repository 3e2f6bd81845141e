import {
  ApiKey,
  ApiKeyList,
  ApiKeyPatch,
  ApiKeyWithSecret,
  Id,
  KeyRotation,
  NewApiKey,
  NewOrganisation,
  NewRole,
  NewUser,
  Organisation,
  OrganisationList,
  Role,
  RoleList,
  User,
  UserList,
  UserPatch,
} from '@ronghe/contracts';
import { z } from 'zod';
import type { Auth } from '#platform/auth/auth.ts';
import type { Http } from '#platform/http/http.ts';

const TAGS = ['auth'];
const ById = z.object({ id: Id });

/** Organisations, users, roles and keys: `/api/auth/{organisations,users,roles,keys}`. */
export const directoryRoutes = (auth: Auth) => async (app: Http) => {
  organisationRoutes(app, auth);
  userRoutes(app, auth);
  keyRoutes(app, auth);
};

function organisationRoutes(app: Http, auth: Auth): void {
  app.get(
    '/api/auth/organisations',
    {
      config: { permission: 'platform:organisation:read' },
      schema: {
        tags: TAGS,
        summary: 'The caller’s organisation and all below it',
        response: { 200: OrganisationList },
      },
    },
    async (request) => ({ items: await auth.organisations(request.scope) }),
  );

  app.post(
    '/api/auth/organisations',
    {
      config: { permission: 'platform:organisation:write' },
      schema: {
        tags: TAGS,
        summary: 'Add an organisation below one of the caller’s',
        body: NewOrganisation,
        response: { 201: Organisation },
      },
    },
    async (request, reply) => reply.code(201).send(await auth.addOrganisation(request.scope, request.body)),
  );
}

function userRoutes(app: Http, auth: Auth): void {
  app.get(
    '/api/auth/users',
    {
      config: { permission: 'platform:user:read' },
      schema: { tags: TAGS, summary: 'Users of the caller’s organisations', response: { 200: UserList } },
    },
    async (request) => ({ items: await auth.users(request.scope) }),
  );

  app.post(
    '/api/auth/users',
    {
      config: { permission: 'platform:user:write' },
      schema: { tags: TAGS, summary: 'Add a user', body: NewUser, response: { 201: User } },
    },
    async (request, reply) => reply.code(201).send(await auth.addUser(request.scope, request.body)),
  );

  app.patch(
    '/api/auth/users/:id',
    {
      config: { permission: 'platform:user:write' },
      schema: {
        tags: TAGS,
        summary: 'Change, disable or unlock a user, or set a new password',
        params: ById,
        body: UserPatch,
        response: { 200: User },
      },
    },
    (request) => auth.changeUser(request.scope, request.params.id, request.body),
  );

  app.get(
    '/api/auth/roles',
    {
      config: { permission: 'platform:user:read' },
      schema: { tags: TAGS, summary: 'Roles and their permissions', response: { 200: RoleList } },
    },
    async (request) => ({ items: await auth.roles(request.scope) }),
  );

  app.post(
    '/api/auth/roles',
    {
      config: { permission: 'platform:user:write' },
      schema: {
        tags: TAGS,
        summary: 'Add a role of one’s own (root organisation)',
        body: NewRole,
        response: { 201: Role },
      },
    },
    async (request, reply) => reply.code(201).send(await auth.addRole(request.scope, request.body)),
  );
}

function keyRoutes(app: Http, auth: Auth): void {
  app.get(
    '/api/auth/keys',
    {
      config: { permission: 'platform:key:read' },
      schema: {
        tags: TAGS,
        summary: 'API keys of the caller’s organisations',
        response: { 200: ApiKeyList },
      },
    },
    async (request) => ({ items: await auth.keys(request.scope) }),
  );

  app.post(
    '/api/auth/keys',
    {
      config: { permission: 'platform:key:write' },
      schema: {
        tags: TAGS,
        summary: 'Issue an API key; the key itself is in this answer and nowhere else',
        body: NewApiKey,
        response: { 201: ApiKeyWithSecret },
      },
    },
    async (request, reply) => {
      void reply.header('cache-control', 'no-store');
      return reply.code(201).send(await auth.addKey(request.scope, request.body));
    },
  );

  app.patch(
    '/api/auth/keys/:id',
    {
      config: { permission: 'platform:key:write' },
      schema: {
        tags: TAGS,
        summary:
          'Change what a key is called, where it may be used from and until when; never more permissions',
        params: ById,
        body: ApiKeyPatch,
        response: { 200: ApiKey },
      },
    },
    (request) => auth.changeKey(request.scope, request.params.id, request.body),
  );

  app.post(
    '/api/auth/keys/:id/rotate',
    {
      config: { permission: 'platform:key:write' },
      schema: {
        tags: TAGS,
        summary: 'A new secret for a key; the one until now works for the days of grace',
        params: ById,
        body: KeyRotation,
        response: { 200: ApiKeyWithSecret },
      },
    },
    async (request, reply) => {
      void reply.header('cache-control', 'no-store');
      return auth.rotateKey(request.scope, request.params.id, request.body);
    },
  );

  app.delete(
    '/api/auth/keys/:id',
    {
      config: { permission: 'platform:key:write' },
      schema: { tags: TAGS, summary: 'Revoke an API key', params: ById, response: { 204: z.null() } },
    },
    async (request, reply) => {
      await auth.revokeKey(request.scope, request.params.id);
      return reply.code(204).send(null);
    },
  );
}
