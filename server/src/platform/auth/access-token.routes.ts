import { PERMISSION_NAMES, TokenAnswer, TokenError, TokenRequest } from '@ronghe/contracts';
import type { FastifyRequest } from 'fastify';
import { readTokenRequest, TokenRefusal } from '#platform/auth/access-token.ts';
import type { Auth } from '#platform/auth/auth.ts';
import { requestLocale } from '#platform/auth/credential.ts';
import type { Config } from '#platform/config/config.ts';
import { toAppError } from '#platform/http/errors.http.ts';
import type { Http } from '#platform/http/http.ts';

const FORM = 'application/x-www-form-urlencoded';
const FORM_BYTES_MAX = 16_384;
const TOKEN_PATH = '/api/auth/token';

/** Client credentials of OAuth 2.1: `/api/auth/token` (RFC 6749, 4.4) and where clients find it (RFC 8414). */
export const accessTokenRoutes = (auth: Auth, config: Config) => async (app: Http) => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    FORM,
    { parseAs: 'string', bodyLimit: FORM_BYTES_MAX },
    async (_request: FastifyRequest, body: string) => readForm(body),
  );

  app.post(
    TOKEN_PATH,
    {
      config: { open: true },
      errorHandler: (thrown, _request, reply) => {
        const { status, body } = toTokenError(thrown);
        if (status === 401) void reply.header('www-authenticate', 'Basic realm="ronghe"');
        return reply.code(status).header('cache-control', 'no-store').send(body);
      },
      schema: {
        tags: ['auth'],
        summary: 'A short-lived access token for an API key (OAuth 2.1 client credentials)',
        consumes: [FORM],
        body: TokenRequest,
        response: { 200: TokenAnswer, '4xx': TokenError, '5xx': TokenError },
      },
    },
    async (request, reply) => {
      void reply.header('cache-control', 'no-store').header('pragma', 'no-cache');
      const asked = readTokenRequest(request.body, request.headers.authorization);
      const context = { from: request.ip, locale: requestLocale(request), requestId: request.id };
      return auth.issueToken(asked, context);
    },
  );

  app.get(
    '/.well-known/oauth-authorization-server',
    { config: { open: true }, schema: { hide: true } as never },
    async (request, reply) => {
      void reply.header('cache-control', 'no-store');
      const issuer = config.publicUrl?.replace(/\/+$/, '') ?? ownAddress(request);
      return {
        issuer,
        token_endpoint: `${issuer}${TOKEN_PATH}`,
        token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
        grant_types_supported: ['client_credentials'],
        response_types_supported: [],
        scopes_supported: PERMISSION_NAMES,
        service_documentation: `${issuer}/docs`,
      };
    },
  );
};

/** The address the caller used, for installations that have not been told their own. */
const ownAddress = ({ protocol, host }: FastifyRequest): string => `${protocol}://${host}`;

/** A name that stands twice becomes a list, which no field takes (RFC 6749, 3.2). */
function readForm(text: string): Record<string, string | string[]> {
  const form = new URLSearchParams(text);
  return Object.fromEntries(
    [...new Set(form.keys())].map((name) => {
      const values = form.getAll(name);
      return [name, values.length === 1 ? (values[0] ?? '') : values];
    }),
  );
}

/** Everything that can go wrong, as clients of OAuth read it. */
function toTokenError(thrown: unknown): {
  status: number;
  body: { error: string; error_description: string };
} {
  if (thrown instanceof TokenRefusal)
    return { status: thrown.status, body: { error: thrown.error, error_description: thrown.message } };
  const { status, message } = toAppError(thrown);
  const error =
    status === 429 || status === 503
      ? 'temporarily_unavailable'
      : status >= 500
        ? 'server_error'
        : 'invalid_request';
  return { status, body: { error, error_description: message } };
}
