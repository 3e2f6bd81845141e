import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Id, PushedRows, PushReceipt } from '@ronghe/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { AppError } from '#platform/errors/errors.ts';
import type { Http } from '#platform/http/http.ts';
import type { Push } from './push.service.ts';
import { invalid, parseBody } from './push.ts';

/** What a sender waits that was sent away because the run before has not ended. */
const RETRY_AFTER_SECONDS = 5;
const ById = z.object({ id: Id });
const Key = PushedRows.shape.idempotencyKey;
const TOKEN_CHARACTERS_MAX = 200;
type EventsRequest = Pick<FastifyRequest, 'scope' | 'body'> & {
  headers: { 'idempotency-key'?: string | undefined };
};

type Parts = { push: Push; bodyBytesMax: number };

/**
 * HTTP of pushing. Bodies are read here, so that long numbers keep their digits and events may come line by line; the
 * largest body is the platform's (`bodyBytesMax`), after decompression.
 */
export const pushRoutes = (parts: Parts) => async (app: Http) => {
  await app.register(async (inner: Http) => registerRows(inner, parts));
  await app.register(async (inner: Http) => registerEvents(inner, parts));
};

function registerRows(app: Http, { push, bodyBytesMax }: Parts): void {
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string', bodyLimit: bodyBytesMax },
    async (_request: FastifyRequest, body: string) => parseBody(body),
  );
  app.post(
    '/api/fuse/sources/:id/rows',
    {
      config: { permission: 'fuse:row:write' },
      bodyLimit: bodyBytesMax,
      schema: {
        tags: ['fuse'],
        summary: 'Push rows into a source of kind push; durable when the answer comes, then a run reads them',
        params: ById,
        body: PushedRows,
        response: { 202: PushReceipt },
      },
    },
    async ({ scope, params, body }, reply) =>
      reply.code(202).send(await askAgain(reply, push.rows(scope, params.id, body))),
  );
}

function registerEvents(app: Http, { push, bodyBytesMax }: Parts): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (request: FastifyRequest, payload: Readable) =>
    readText(request, payload, bodyBytesMax),
  );
  const schema = {
    tags: ['fuse'],
    headers: z.looseObject({
      'idempotency-key': Key.optional().describe('a key that came before answers as it did then'),
    }),
    response: { 202: PushReceipt, 204: z.void() },
  };
  const take = async ({ scope, headers, body }: EventsRequest, id: string, reply: FastifyReply) => {
    const text = typeof body === 'string' ? body : '';
    if (text.trim() === '') throw invalid([{ path: 'body', message: 'empty' }]);
    const key = headers['idempotency-key'] ?? null;
    const receipt = await askAgain(reply, push.events(scope, id, { body: text, key }));
    return receipt === null ? reply.code(204).send() : reply.code(202).send(receipt);
  };
  app.post(
    '/api/fuse/sources/:id/events',
    {
      config: { permission: 'fuse:row:write' },
      bodyLimit: bodyBytesMax,
      schema: {
        ...schema,
        summary:
          'Push change events of Debezium: one, a JSON array, or one on each line; 204 when none changes a row',
        params: ById,
      },
    },
    (request, reply) => take(request, request.params.id, reply),
  );
  app.post(
    '/api/fuse/sources/:id/events/:token',
    {
      config: { permission: 'fuse:row:write', keyIn: 'path' },
      bodyLimit: bodyBytesMax,
      schema: {
        ...schema,
        summary:
          'The same for a sender that can set no header, as the HTTP sink of Debezium Server; the token is an API key',
        params: ById.extend({ token: z.string().max(TOKEN_CHARACTERS_MAX) }),
      },
    },
    (request, reply) => take(request, request.params.id, reply),
  );
}

/** Tells a sender when to come again that met a run which has not ended. */
async function askAgain<Answer>(reply: FastifyReply, work: Promise<Answer>): Promise<Answer> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof AppError && error.code === 'RUN_ACTIVE')
      void reply.header('retry-after', String(RETRY_AFTER_SECONDS));
    throw error;
  }
}

/** The body as text, inflated and bounded. JSON was inflated by the front already. */
async function readText(request: FastifyRequest, payload: Readable, bytesMax: number): Promise<string> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  const inflated = request.headers['content-type']?.startsWith('application/json') ?? false;
  if (encoding !== 'identity' && encoding !== 'gzip') throw new AppError('REQUEST_NOT_UNDERSTOOD');
  const stream = encoding === 'gzip' && !inflated ? inflate(payload) : payload;
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      bytes += chunk.byteLength;
      if (bytes > bytesMax) throw new AppError('REQUEST_TOO_LARGE');
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof AppError
      ? error
      : invalid([{ path: 'body', message: 'broken off or no gzip' }], error);
  }
  return decode(Buffer.concat(chunks));
}

function inflate(payload: Readable): Readable {
  const stream = createGunzip();
  payload.on('error', (error) => stream.destroy(error));
  return payload.pipe(stream);
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw invalid([{ path: 'body', message: 'not UTF-8' }], error);
  }
}
