import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createGunzip } from 'node:zlib';
import cookie from '@fastify/cookie';
import rateLimit from '@fastify/rate-limit';
import fastifyStatic from '@fastify/static';
import type { Locale } from '@ronghe/contracts';
import fastify, { type FastifyRequest } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Auth } from '#platform/auth/auth.ts';
import { createFailureLimit } from '#platform/auth/failure-limit.ts';
import { demand } from '#platform/auth/scope.ts';
import { systemClock } from '#platform/clock/clock.ts';
import type { Config } from '#platform/config/config.ts';
import { AppError, errorBody } from '#platform/errors/errors.ts';
import { describeApi } from '#platform/http/api-description.ts';
import { toAppError } from '#platform/http/errors.http.ts';
import type { Http } from '#platform/http/http.ts';
import type { Metrics } from '#platform/http/metrics.ts';
import { safeHeaders } from '#platform/http/safe-headers.ts';
import type { Log } from '#platform/log/log.ts';

const REQUEST_TIMEOUT_MS = 60_000;
const URL_BYTES_MAX = 8_192;
/** Requests with a wrong credential a minute and address; generous, because one address may hide a whole plant. */
const FAILED_SIGN_INS_PER_MINUTE_MAX = 600;

type Parts = {
  config: Config;
  auth: Auth;
  log: Log;
  metrics: Metrics;
  version: string;
  webRoot?: string | null;
};

/**
 * The HTTP front of the platform: validation by the contracts, one error shape, request ids, sign-in on every `/api`
 * route that is not marked open and on each other that asks for a permission, body and rate limits, security headers that also work on a plain-HTTP intranet.
 */
export async function createHttp({ config, auth, log, metrics, version, webRoot }: Parts): Promise<Http> {
  const app: Http = fastify({
    bodyLimit: config.bodyBytesMax,
    // `true` is one hop: everything further left in X-Forwarded-For may be the caller's own invention.
    trustProxy: config.trustProxy === true ? (_address, hop) => hop === 0 : config.trustProxy,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: 400, ignoreTrailingSlash: true },
    http: { maxHeaderSize: URL_BYTES_MAX * 2 },
    genReqId: () => randomUUID(),
    logger: false,
    forceCloseConnections: 'idle',
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  answerErrors(app, log);
  await protect(app, config);
  await describeApi(app, version);
  identifyCallers(app, auth);
  inflateJson(app);
  measure(app, { log, metrics });
  await servePortal(app, webRoot ?? null);
  return app;
}

async function protect(app: Http, config: Config): Promise<void> {
  const headers = safeHeaders({ tls: config.publicUrl?.startsWith('https:') ?? false });
  // The first hook, so that a refusal has them too. No hook of every request is a promise that it does not need: each is a turn of the loop's queue.
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(headers).header('x-request-id', request.id);
    done();
  });
  await app.register(cookie);
  await app.register(rateLimit, {
    max: config.requestsPerMinuteMax,
    timeWindow: '1 minute',
    // After sign-in, so that a caller is known by who they are; inventing credentials buys no fresh allowance.
    hook: 'preHandler',
    keyGenerator: (request) => request.scope?.actor.id ?? request.ip,
    allowList: (request) => !asksWho(request),
    errorResponseBuilder: () => new AppError('RATE_LIMITED'),
  });
}

/** By the route that was found, never by the raw URL: the router decodes `/%61pi/…`, a comparison of texts does not. */
const isApi = (request: FastifyRequest): boolean => request.routeOptions.url?.startsWith('/api/') ?? false;

/** Doors of other tools lie outside `/api` and ask for a permission all the same. */
const asksWho = (request: FastifyRequest): boolean =>
  isApi(request) || request.routeOptions.config.permission !== undefined;

function identifyCallers(app: Http, auth: Auth): void {
  const failures = createFailureLimit({ clock: systemClock, failuresMax: FAILED_SIGN_INS_PER_MINUTE_MAX });
  // Fastify asks for null here; the hook below fills it before any handler of a closed route runs.
  app.decorateRequest('scope', null as never);
  app.addHook('onRequest', async (request) => {
    const { open, permission } = request.routeOptions.config;
    if (request.is404 || open || !asksWho(request)) return;
    failures.begin(request.ip);
    request.scope = await auth.scopeOf(request);
    failures.succeed(request.ip);
    if (permission) demand(request.scope, permission);
  });
}

/** Gzip bodies of JSON routes; Fastify's body limit counts the inflated bytes. */
function inflateJson(app: Http): void {
  app.addHook('preParsing', (request, _reply, payload, done) => {
    const encoding = request.headers['content-encoding'];
    if (
      !encoding ||
      encoding === 'identity' ||
      !request.headers['content-type']?.startsWith('application/json')
    )
      return done(null, payload);
    if (encoding !== 'gzip') return done(new AppError('REQUEST_NOT_UNDERSTOOD'));
    const inflated = Object.assign(createGunzip(), { receivedEncodedLength: 0 });
    payload.on('data', (chunk: Buffer) => {
      inflated.receivedEncodedLength += chunk.length;
    });
    payload.on('error', (error) => inflated.destroy(error));
    done(null, payload.pipe(inflated));
  });
}

function measure(app: Http, { log, metrics }: { log: Log; metrics: Metrics }): void {
  metrics.describe('ronghe_http_requests_total', 'HTTP requests by route and status');
  const counters = new Map<string, () => void>();
  app.addHook('onResponse', (request, reply, done) => {
    const { method } = request;
    const [route, status] = [request.routeOptions.url ?? 'unknown', String(reply.statusCode)];
    const key = `${method} ${status} ${route}`;
    let count = counters.get(key);
    if (!count) {
      count = metrics.counter('ronghe_http_requests_total', { method, route, status });
      counters.set(key, count);
    }
    count();
    if (log.isLevelEnabled('debug'))
      log.debug(
        { requestId: request.id, method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
        'answered',
      );
    done();
  });
}

function answerErrors(app: Http, log: Log): void {
  app.setErrorHandler((thrown, request, reply) => {
    const error = toAppError(thrown);
    if (error.status >= 500)
      log.error({ requestId: request.id, url: request.routeOptions.url, err: thrown }, 'a request failed');
    if (error.status === 503) void reply.header('retry-after', '2');
    return reply
      .code(error.status)
      .send(errorBody(error, { locale: localeOf(request), requestId: request.id }));
  });
  app.setNotFoundHandler((request, reply) => {
    const error = new AppError('ROUTE_NOT_FOUND');
    return reply.code(404).send(errorBody(error, { locale: localeOf(request), requestId: request.id }));
  });
}

/** Chinese unless the caller prefers English. */
export function localeOf(request: FastifyRequest): Locale {
  return /^\s*en\b/i.test(request.headers['accept-language'] ?? '') ? 'en' : 'zh-CN';
}

/** Serves the built portal with a fall-back to index.html for its own routes; without a build only the API is there. */
async function servePortal(app: Http, root: string | null): Promise<void> {
  if (!root || !existsSync(root)) return;
  await app.register(fastifyStatic, {
    root,
    index: false,
    wildcard: false,
    setHeaders: (reply, path) => {
      void reply.header(
        'cache-control',
        path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      );
    },
  });
  const page = (request: FastifyRequest) =>
    !/^\/(api|docs|openapi\.json|health|ready|metrics|ping)(\/|$|\?)/.test(request.url);
  app.get('/*', { config: { open: true }, schema: { hide: true } as never }, (request, reply) => {
    if (!page(request) || /\.[a-z0-9]{1,5}(\?|$)/.test(request.url)) return reply.callNotFound();
    return reply.sendFile('index.html');
  });
}
