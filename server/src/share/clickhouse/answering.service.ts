import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createBrotliCompress, createDeflate, createGzip } from 'node:zlib';
import type { Locale } from '@ronghe/contracts';
import type { Auth } from '#platform/auth/auth.ts';
import type { Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Log } from '#platform/log/log.ts';
import type { Answer, AnswerSummary, Gateway } from '../gateway/gateway.ts';
import { readBody } from './body.reader.ts';
import { exceptionTail, failed, toClickHouseError } from './errors.ts';
import { contentTypeOf } from './formats.data.ts';
import { type Asked, encodingFor, readAsked } from './request.ts';

export const SERVER_NAME = 'Ronghe';
/** Answers up to this size that somebody wants whole (`wait_end_of_query`) are held; larger ones are sent as they come. */
const HELD_BYTES_MAX = 8_388_608;

type Parts = { gateway: Gateway; auth: Auth; log: Log; queriesOf: (scope: Scope) => () => void };
type Exchange = { request: IncomingMessage; response: ServerResponse; address: URL };

/** Answers one question of ClickHouse's HTTP interface, errors included. Never throws. */
export async function answerQuestion(parts: Parts, exchange: Exchange): Promise<void> {
  const { request, response, address } = exchange;
  const locale: Locale = /^\s*zh\b/i.test(request.headers['accept-language'] ?? '') ? 'zh-CN' : 'en';
  const requestId = randomUUID();
  const tag = randomBytes(8).toString('hex');
  const gone = new AbortController();
  response.once('close', () => gone.abort(new AppError('ENGINE_UNAVAILABLE')));
  response.setHeader('X-ClickHouse-Server-Display-Name', SERVER_NAME);
  response.setHeader('X-ClickHouse-Exception-Tag', tag);
  response.setHeader('X-ClickHouse-Query-Id', requestId);
  try {
    const asked = readAsked(address.searchParams, request.headers);
    if (asked.queryId !== null) response.setHeader('X-ClickHouse-Query-Id', asked.queryId);
    const from = request.socket.remoteAddress ?? '';
    const scope = await scopeOf(parts.auth, asked, { from, locale, requestId });
    const leave = parts.queriesOf(scope);
    try {
      const sql = await queryOf(request, asked);
      const answer = await parts.gateway.ask(scope, {
        sql,
        parameters: asked.parameters,
        settings: asked.settings,
        ...(asked.format === null ? {} : { format: asked.format }),
        purpose: asked.purpose,
        door: 'sql',
        signal: gone.signal,
        requestId,
      });
      await send({
        ...exchange,
        answer,
        asked,
        tag,
        onFail: (error) => told(parts.log, error, { locale, requestId }),
      });
    } finally {
      leave();
    }
  } catch (error) {
    refuse(response, told(parts.log, error, { locale, requestId }));
  }
}

type Context = { from: string; locale: Locale; requestId: string };

async function scopeOf(auth: Auth, { credentials }: Asked, context: Context): Promise<Scope> {
  if (credentials === null) throw new AppError('LOGIN_REQUIRED');
  const pair = 'bearer' in credentials ? { user: '', password: credentials.bearer } : credentials;
  return auth.scopeOfCredentials(pair, context);
}

async function queryOf(request: IncomingMessage, asked: Asked): Promise<string> {
  if (asked.blocks || asked.blocksIn)
    throw failed(
      48,
      'NOT_IMPLEMENTED',
      'compress=1 and decompress=1 are not served; set them to 0, or use Accept-Encoding',
    );
  const body = request.method === 'POST' ? await readBody(request) : '';
  const sql = [asked.query, body].filter((part) => part.trim() !== '').join('\n');
  if (sql === '') throw failed(62, 'SYNTAX_ERROR', 'Empty query');
  return sql;
}

/** Logs what is a fault of ours; gives what the caller is told. */
function told(log: Log, error: unknown, context: Omit<Context, 'from'>) {
  const known = error instanceof AppError && error.code !== 'INTERNAL' && error.status < 500;
  if (!known) log.error({ err: error, requestId: context.requestId }, 'a question over SQL failed');
  return toClickHouseError(error, context);
}

function refuse(
  response: ServerResponse,
  { status, code, text }: ReturnType<typeof toClickHouseError>,
): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  if (status === 401) response.setHeader('WWW-Authenticate', 'Basic realm="Ronghe SQL"');
  response.setHeader('X-ClickHouse-Exception-Code', String(code));
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
  // what is left of the body is not read: the connection ends with the answer
  if (status === 413 || code === 271) response.setHeader('Connection', 'close');
  response.writeHead(status).end(`${text}\n`);
}

type Sending = Exchange & {
  answer: Answer;
  asked: Asked;
  tag: string;
  onFail: (error: unknown) => { text: string };
};

async function send({ request, response, answer, asked, tag, onFail }: Sending): Promise<void> {
  response.setHeader('Content-Type', contentTypeOf(answer.format));
  response.setHeader('X-ClickHouse-Format', answer.format);
  response.setHeader('X-ClickHouse-Timezone', 'UTC');
  if (answer.sandbox) response.setHeader('X-Data-Sandbox', '1');
  const iterator = answer.chunks[Symbol.asyncIterator]();
  const held = await firstChunks(iterator, asked.waitForEnd ? HELD_BYTES_MAX : 0);
  response.setHeader('X-ClickHouse-Summary', summaryText(answer.summary()));
  if (asked.progressEveryMs !== null)
    response.setHeader('X-ClickHouse-Progress', summaryText(answer.summary()));
  const encoding = encodingFor(asked.compression ? String(request.headers['accept-encoding'] ?? '') : '');
  if (encoding !== '') response.setHeader('Content-Encoding', encoding);
  if (request.method === 'HEAD') {
    await iterator.return?.();
    return void response.writeHead(200).end();
  }
  response.writeHead(200);
  let broken = false;
  const body = Readable.from(
    bytesOf(iterator, held, (error) => {
      broken = true;
      return Buffer.from(exceptionTail(tag, onFail(error).text));
    }),
    { objectMode: false, highWaterMark: 131_072 },
  );
  const encoder = compressor(encoding);
  try {
    await (encoder
      ? pipeline(body, encoder, response, { end: false })
      : pipeline(body, response, { end: false }));
  } catch {
    // the caller went away: the answer is ended by `bytesOf`
    response.destroy();
    return;
  }
  // an answer that failed under way must not look complete to a client that knows nothing of tags
  if (broken) response.write('', () => response.destroy());
  else response.end();
}

/** Takes chunks until the end when all of it may be held, else until there is more than `bytesMax`. At least one. */
async function firstChunks(iterator: AsyncIterator<Uint8Array>, bytesMax: number) {
  const chunks: Uint8Array[] = [];
  let size = 0;
  do {
    const step = await iterator.next();
    if (step.done) return { chunks, ended: true };
    chunks.push(step.value);
    size += step.value.length;
  } while (size <= bytesMax);
  return { chunks, ended: false };
}

async function* bytesOf(
  iterator: AsyncIterator<Uint8Array>,
  { chunks, ended }: { chunks: readonly Uint8Array[]; ended: boolean },
  tail: (error: unknown) => Uint8Array,
): AsyncGenerator<Uint8Array> {
  let over = ended;
  try {
    yield* chunks;
    while (!over) {
      const step = await iterator.next();
      if (step.done) over = true;
      else yield step.value;
    }
  } catch (error) {
    over = true;
    yield tail(error);
  } finally {
    if (!over) await iterator.return?.();
  }
}

function compressor(encoding: string): Transform | null {
  if (encoding === 'gzip') return createGzip({ level: 1 });
  if (encoding === 'deflate') return createDeflate({ level: 1 });
  return encoding === 'br' ? createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 2 } }) : null;
}

const summaryText = ({ rowsRead, bytesRead, rows, bytes, elapsedNs }: AnswerSummary): string =>
  JSON.stringify({
    read_rows: String(rowsRead),
    read_bytes: String(bytesRead),
    written_rows: '0',
    written_bytes: '0',
    total_rows_to_read: '0',
    result_rows: String(rows),
    result_bytes: String(bytes),
    elapsed_ns: String(elapsedNs),
  });
