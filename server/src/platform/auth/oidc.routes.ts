import { OidcOffer } from '@ronghe/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Auth } from '#platform/auth/auth.ts';
import { requestLocale, sessionCookie } from '#platform/auth/credential.ts';
import { OIDC_FLOW_MS } from '#platform/auth/oidc.service.ts';
import type { Config } from '#platform/config/config.ts';
import { toAppError } from '#platform/http/errors.http.ts';
import type { Http } from '#platform/http/http.ts';

const TAGS = ['auth'];
const COOKIE = 'ronghe_oidc';
const PATH = '/api/auth/oidc';

/** Sign-in of people through an OpenID provider. What goes wrong is told on the sign-in page, where the person is. */
export const oidcRoutes =
  ({ oidc }: Pick<Auth, 'oidc'>, config: Config) =>
  async (app: Http) => {
    const secure = config.publicUrl?.startsWith('https:') ?? false;
    // Lax: the provider's page sends the browser back, and the cookie has to come along.
    const flowCookie = (value: string, maxAgeSeconds: number) =>
      `${COOKIE}=${value}; Path=${PATH}; HttpOnly; SameSite=Lax; Max-Age=${maxAgeSeconds}${secure ? '; Secure' : ''}`;
    const contextOf = (request: FastifyRequest) => ({
      ...{ from: request.ip, locale: requestLocale(request), requestId: request.id },
    });
    const tell = (thrown: unknown, reply: FastifyReply) => {
      const { code } = toAppError(thrown);
      return reply.header('set-cookie', flowCookie('', 0)).redirect(`/sign-in?refused=${code}`);
    };

    app.get(
      PATH,
      {
        config: { open: true },
        schema: {
          tags: TAGS,
          summary: 'Whether people may sign in through an OpenID provider',
          response: { 200: OidcOffer },
        },
      },
      async () => oidc.offer(),
    );

    app.get(
      `${PATH}/start`,
      {
        config: { open: true },
        schema: {
          tags: TAGS,
          summary: 'Send the browser to the OpenID provider',
          querystring: z.object({ to: z.string().max(2000).optional() }),
          response: { 302: z.null() },
        },
      },
      async (request, reply) => {
        void reply.header('cache-control', 'no-store');
        if (!oidc.offer().offered) return reply.callNotFound();
        try {
          const { url, browser } = await oidc.start(request.query.to, contextOf(request));
          void reply.header('set-cookie', flowCookie(browser, OIDC_FLOW_MS / 1000));
          return reply.redirect(url);
        } catch (error) {
          return tell(error, reply);
        }
      },
    );

    app.get(
      `${PATH}/callback`,
      {
        config: { open: true },
        schema: {
          tags: TAGS,
          summary: 'Where the OpenID provider sends people back to',
          response: { 302: z.null() },
        },
      },
      async (request, reply) => {
        void reply.header('cache-control', 'no-store').header('referrer-policy', 'no-referrer');
        if (!oidc.offer().offered) return reply.callNotFound();
        const answer = new URL(request.url, 'http://localhost').searchParams;
        try {
          const back = { answer, browser: request.cookies[COOKIE] ?? null };
          const { token, returnTo } = await oidc.finish(back, contextOf(request));
          const maxAgeSeconds = config.sessionHours * 3600;
          const cookies = [sessionCookie(token, { maxAgeSeconds, secure }), flowCookie('', 0)];
          return reply.header('set-cookie', cookies).redirect(returnTo);
        } catch (error) {
          return tell(error, reply);
        }
      },
    );
  };
