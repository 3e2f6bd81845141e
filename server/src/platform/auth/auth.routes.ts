import { LoginAnswer, LoginRequest, Me, PasswordChange } from '@ronghe/contracts';
import { z } from 'zod';
import { accessTokenRoutes } from '#platform/auth/access-token.routes.ts';
import type { Auth } from '#platform/auth/auth.ts';
import { demandOwnOrigin, readCredential, requestLocale, sessionCookie } from '#platform/auth/credential.ts';
import { directoryRoutes } from '#platform/auth/directory.routes.ts';
import { oidcRoutes } from '#platform/auth/oidc.routes.ts';
import type { Config } from '#platform/config/config.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Http } from '#platform/http/http.ts';

const TAGS = ['auth'];

/** Signing in and out, and the directory of organisations, users, roles and keys: `/api/auth/…`. */
export const authRoutes = (auth: Auth, config: Config) => async (app: Http) => {
  const secure = config.publicUrl?.startsWith('https:') ?? false;
  const publicHost = config.publicUrl ? new URL(config.publicUrl).host : null;
  const noCookie = sessionCookie('', { maxAgeSeconds: 0, secure });

  app.post(
    '/api/auth/login',
    {
      config: { open: true },
      schema: {
        tags: TAGS,
        summary: 'Sign in; sets the session cookie and returns the token',
        body: LoginRequest,
        response: { 200: LoginAnswer },
      },
    },
    async (request, reply) => {
      // Keeps another site from signing a person in under a name of its choice.
      demandOwnOrigin(request, publicHost);
      const context = { from: request.ip, locale: requestLocale(request), requestId: request.id };
      const answer = await auth.login(request.body, context).catch((error: unknown) => {
        if (error instanceof AppError && error.code === 'RATE_LIMITED')
          void reply.header('retry-after', String(error.values.seconds ?? 1));
        throw error;
      });
      const maxAgeSeconds = config.sessionHours * 3600;
      void reply.header('set-cookie', sessionCookie(answer.token, { maxAgeSeconds, secure }));
      void reply.header('cache-control', 'no-store');
      return answer;
    },
  );

  app.post(
    '/api/auth/logout',
    { schema: { tags: TAGS, summary: 'Sign out: ends this session', response: { 204: z.null() } } },
    async (request, reply) => {
      const credential = readCredential(request);
      if (credential?.kind === 'session') await auth.logout(request.scope, credential.secret);
      return reply.header('set-cookie', noCookie).code(204).send(null);
    },
  );

  app.get(
    '/api/auth/me',
    { schema: { tags: TAGS, summary: 'Who the caller is and what they may do', response: { 200: Me } } },
    async (request, reply) => {
      void reply.header('cache-control', 'no-store');
      return auth.me(request.scope);
    },
  );

  app.post(
    '/api/auth/password',
    {
      schema: {
        tags: TAGS,
        summary: 'Change one’s own password; ends all of one’s sessions',
        body: PasswordChange,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await auth.changePassword(request.scope, request.body);
      return reply.header('set-cookie', noCookie).code(204).send(null);
    },
  );

  await app.register(directoryRoutes(auth));
  await app.register(accessTokenRoutes(auth, config));
  await app.register(oidcRoutes(auth, config));
};
