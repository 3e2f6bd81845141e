import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '#platform/config/config.ts';
import { AppError } from '#platform/errors/errors.ts';
import { toAppError } from '#platform/http/errors.http.ts';
import type { Http } from '#platform/http/http.ts';
import type { Log } from '#platform/log/log.ts';
import type { BodyGate, BodyLease } from './body-gate.ts';
import { type BodyPool, POOLED_BODY_BYTES_MIN } from './body-pool.ts';
import { type HttpFamily, httpAnswer, type Outcome, outcomeOfError } from './client-answers.ts';
import type { DoorService } from './door.service.ts';
import { snappyLength, uncompressSnappy } from './snappy.ts';

/** What the routes of a door are built from. */
export type DoorParts = {
  doors: DoorService;
  gate: BodyGate;
  pool: BodyPool;
  config: Pick<Config, 'ingestBodyBytesMax' | 'bodyBytesMax'>;
  log: Log;
};

type Door = {
  /** whose words the answers of this plugin speak */
  family: HttpFamily | ((request: FastifyRequest) => HttpFamily);
  gate: BodyGate;
  /** largest body after inflation */
  bytesMax: number;
  /** `snappy` in the block format of remote write, and then nothing else; otherwise gzip or nothing */
  encoding?: 'gzip' | 'snappy';
  /** where bodies get their memory from; only for doors whose handlers keep nothing of a body when they have answered */
  pool?: BodyPool;
  log: Log;
};

/**
 * Makes a plugin a door: bodies of any content type arrive as bytes, inflated and bounded, one by one and all together;
 * and whatever is thrown, also before the handler, is answered in the words of the client family.
 */
export function openDoor(app: Http, door: Door): void {
  app.removeAllContentTypeParsers();
  const leases = new WeakMap<FastifyRequest, BodyLease>();
  app.addHook('onRequest', async (request, reply) => {
    const lease = door.gate.lease(ownerOf(request));
    leases.set(request, lease);
    reply.raw.once('close', lease.release);
  });
  app.addContentTypeParser('*', (request: FastifyRequest, payload: Readable) =>
    readBody(request, payload, {
      ...door,
      lease: leases.get(request) ?? door.gate.lease(ownerOf(request)),
    }),
  );
  const { pool } = door;
  if (pool)
    app.addHook('onSend', async (request) => {
      // The handler is over, whatever became of its connection.
      if (Buffer.isBuffer(request.body)) pool.giveBack(request.body);
    });
  app.setErrorHandler((thrown, request, reply) => {
    const outcome = outcomeOfError(toAppError(thrown));
    const context = { requestId: request.id, url: request.routeOptions.url, err: thrown };
    // An overload is counted by the intake; a line for each would be one more load.
    if (outcome.kind === 'failed') door.log.error(context, 'a request at a door failed');
    else if (outcome.kind === 'unavailable') door.log.warn(context, 'a request at a door has to come again');
    const family = typeof door.family === 'string' ? door.family : door.family(request);
    return sendOutcome(reply, family, outcome);
  });
}

/** Who a body counts for: the organisation of the caller, or the address of one who need not sign in, as at /ping. */
const ownerOf = (request: FastifyRequest): string =>
  (request.scope as FastifyRequest['scope'] | null)?.organisation ?? request.ip;

/** Sends what `client-answers` decides. */
export function sendOutcome(reply: FastifyReply, family: HttpFamily, outcome: Outcome): FastifyReply {
  const locale = /^\s*en\b/i.test(reply.request.headers['accept-language'] ?? '') ? 'en' : 'zh-CN';
  const { status, headers, body } = httpAnswer(family, outcome, { locale, requestId: reply.request.id });
  // As bytes: to a text of JSON the framework would add a charset, and exporters of OTLP compare the whole header.
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  return reply
    .code(status)
    .headers(headers)
    .send(bytes ?? undefined);
}

/** The body as `openDoor` read it; empty when there was none. */
export const bodyOf = (request: FastifyRequest): Buffer =>
  Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);

/** Calls back once with whether the answer reached the sender and told it that the request is done. */
export function onAnswered(reply: FastifyReply, tell: (answered: boolean) => void): void {
  reply.raw.once('close', () => tell(reply.raw.writableFinished && reply.statusCode < 500));
}

type Limits = { lease: BodyLease; bytesMax: number; pool?: BodyPool | undefined };

async function readBody(
  request: FastifyRequest,
  payload: Readable,
  { lease, bytesMax, pool, encoding = 'gzip' }: Limits & { encoding?: Door['encoding'] },
): Promise<Buffer> {
  const limits = { lease, bytesMax };
  const told = request.headers['content-encoding'] || 'identity';
  if (told !== 'identity' && told !== encoding) throw new AppError('REQUEST_NOT_UNDERSTOOD');
  if (encoding === 'snappy') {
    // Some senders leave the header out; the body of remote write is never anything else.
    const packed = await collect(payload, payload, limits);
    const { length } = snappyLength(packed);
    if (length > bytesMax) throw new AppError('REQUEST_TOO_LARGE');
    lease.take(length);
    return uncompressSnappy(packed, { bytesMax });
  }
  // The front of the platform inflates bodies of `application/json` before they come here.
  const inflated = payload !== (request.raw as Readable);
  const length = Number(request.headers['content-length'] ?? 0);
  if (told === 'identity' && pool && length >= POOLED_BODY_BYTES_MIN && length <= bytesMax)
    return fill(pool.take(length), payload, lease);
  if (told === 'identity' || inflated) return collect(payload, payload, limits);
  const gunzip = createGunzip();
  let packedBytes = 0;
  payload.on('data', (chunk: Buffer) => {
    packedBytes += chunk.length;
  });
  payload.on('error', (error) => gunzip.destroy(error));
  try {
    return await collect(payload.pipe(gunzip), payload, limits);
  } catch (error) {
    // Nothing at all is not gzip, but it is what a client with nothing to say sends.
    if (packedBytes === 0 && payload.readableEnded) return Buffer.alloc(0);
    throw error;
  }
}

/** Reads to the end, or to the limit; what the sender still sends after a fault is let through unread. */
async function collect(stream: Readable, payload: Readable, { lease, bytesMax }: Limits): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
      size += (chunk as Buffer).length;
      if (size > bytesMax) throw new AppError('REQUEST_TOO_LARGE');
      lease.take((chunk as Buffer).length);
      chunks.push(chunk as Buffer);
    }
  } catch (error) {
    payload.unpipe();
    payload.resume();
    if (stream !== payload) stream.destroy();
    if (!(error as NodeJS.ErrnoException).code?.startsWith('Z_')) throw error;
    const details = [{ path: 'body', message: 'is not gzip, as Content-Encoding says' }];
    throw new AppError('REQUEST_INVALID', {}, { details, cause: error });
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}

/** Reads a body whose length is known; the front of HTTP sees to it that it is neither shorter nor longer. */
function fill(body: Buffer, payload: Readable, lease: BodyLease): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let at = 0;
    const end = () => {
      payload.off('data', read).off('error', fail).off('end', finish).off('close', breakOff);
    };
    const fail = (error: unknown) => {
      end();
      payload.resume();
      reject(error);
    };
    const breakOff = () => fail(new AppError('REQUEST_INVALID'));
    const finish = () => {
      if (at < body.length) return breakOff();
      end();
      resolve(body);
    };
    const read = (chunk: Buffer) => {
      try {
        lease.take(chunk.length);
        at += chunk.copy(body, at);
      } catch (error) {
        fail(error);
      }
    };
    payload.on('data', read).on('error', fail).on('end', finish).on('close', breakOff);
  });
}
