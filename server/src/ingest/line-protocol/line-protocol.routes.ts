import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Config } from '#platform/config/config.ts';
import { AppError } from '#platform/errors/errors.ts';
import { toAppError } from '#platform/http/errors.http.ts';
import type { Http } from '#platform/http/http.ts';
import type { Log } from '#platform/log/log.ts';
import type { LineProtocol } from './line-protocol.service.ts';
import type { Precision } from './line-protocol.ts';

/** The version clients see; some ask for at least 2. */
const INFLUXDB_VERSION = 'v2.7.0';
const RETRY_AFTER_SECONDS = 2;
const PRECISIONS: readonly string[] = ['ns', 'us', 'ms', 's'];

/** InfluxDB's word for a status; clients show it and some decide by it. */
const CODE_OF_STATUS: Readonly<Record<number, string>> = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not found',
  413: 'request too large',
  415: 'invalid',
  422: 'unprocessable entity',
  429: 'too many requests',
  503: 'unavailable',
};

const WriteQuery = z.object({
  org: z.string().max(200).optional(),
  orgID: z.string().max(200).optional(),
  bucket: z.string().max(200).optional(),
  precision: z.string().max(20).default('ns'),
});

type Parts = { lines: LineProtocol; config: Config; log: Log };

/**
 * `POST /api/v2/write` as InfluxDB 2 answers it, and `/ping`. Organisation is that of the key; `org` and `bucket` are
 * accepted and not looked at.
 */
export const lineProtocolRoutes =
  ({ lines, config, log }: Parts) =>
  async (app: Http) => {
    acceptAnyText(app, config);
    app.setErrorHandler((thrown, request, reply) => {
      const error = toAppError(thrown);
      if (error.status >= 500)
        log.error({ requestId: request.id, err: thrown }, 'a line protocol request failed');
      return answer(reply, error.status, messageOf(error));
    });

    app.route({
      method: ['GET', 'HEAD'],
      url: '/ping',
      config: { open: true },
      schema: { tags: ['ingest'], summary: 'InfluxDB clients ask whether anybody is there' },
      handler: (_request, reply) =>
        reply
          .header('x-influxdb-version', INFLUXDB_VERSION)
          .header('x-influxdb-build', 'OSS')
          .code(204)
          .send(),
    });

    app.post(
      '/api/v2/write',
      {
        config: { permission: 'ingest:observation:write' },
        schema: {
          tags: ['ingest'],
          summary: 'InfluxDB 2 line protocol; stored when the answer is 204',
          querystring: WriteQuery,
        },
      },
      async (request, reply) => {
        const { precision } = request.query;
        if (!PRECISIONS.includes(precision))
          return answer(reply, 400, `invalid precision; valid precision units are ${PRECISIONS.join(', ')}`);
        const body = (request.body as Buffer | undefined) ?? Buffer.alloc(0);
        const received = lines.receive(request.scope, { body, precision: precision as Precision });
        reply.raw.once('close', () => received.end(reply.raw.writableFinished && reply.statusCode < 500));
        const { error } = await received.write();
        return error === null ? reply.code(204).send() : answer(reply, 400, error);
      },
    );
  };

function answer(reply: FastifyReply, status: number, message: string): FastifyReply {
  if (status === 429 || status === 503) void reply.header('retry-after', String(RETRY_AFTER_SECONDS));
  if (status === 401) void reply.header('www-authenticate', 'Token realm="ronghe"');
  const code = CODE_OF_STATUS[status] ?? 'internal error';
  return reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify({ code, message }));
}

const messageOf = (error: AppError): string =>
  [error.message, ...(error.details ?? []).map(({ path, message }) => `${path}: ${message}`)].join('; ');

const inflate = promisify(gunzip);

/** Clients send the text under many content types, curl even as a form; what it is decides the address. */
function acceptAnyText(app: Http, config: Config): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    '*',
    { parseAs: 'buffer', bodyLimit: config.bodyBytesMax },
    async (request: FastifyRequest, body: Buffer) => {
      const encoding = request.headers['content-encoding'] ?? 'identity';
      if (encoding === 'identity' || body.length === 0) return body;
      if (encoding !== 'gzip') throw new AppError('REQUEST_NOT_UNDERSTOOD');
      try {
        return await inflate(body, { maxOutputLength: config.bodyBytesMax });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
          throw new AppError('REQUEST_TOO_LARGE', {}, { cause: error });
        const details = [{ path: 'body', message: 'is not gzip, as Content-Encoding says' }];
        throw new AppError('REQUEST_INVALID', {}, { details, cause: error });
      }
    },
  );
}
