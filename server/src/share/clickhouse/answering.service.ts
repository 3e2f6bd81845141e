import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Locale } from '@ronghe/contracts';
import type { Auth } from '#platform/auth/auth.ts';
import type { Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Log } from '#platform/log/log.ts';
import type { AnswerSummary, Gateway } from '../gateway/gateway.ts';
import { writeBlock } from './blocks/blocks.ts';
import { formOf, readBody, textOf } from './body.reader.ts';
import { exceptionTail, failed, toClickHouseError } from './errors.ts';
import { type OpenHead, startProgress } from './progress.service.ts';
import { type Asked, readAsked } from './request.ts';
import { send, summaryText } from './sending.service.ts';

export const SERVER_NAME = 'Ronghe';

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
  // in blocks are all errors but those of signing in, as in ClickHouse
  let blocks = address.searchParams.get('compress') === '1';
  let headOf: () => OpenHead | null = () => null;
  try {
    const first = readAsked(address.searchParams, request.headers);
    const from = request.socket.remoteAddress ?? '';
    blocks = false;
    const scope = await scopeOf(parts.auth, first, { from, locale, requestId });
    blocks = first.blocks;
    const leave = parts.queriesOf(scope);
    try {
      const asked = await withBody(exchange, first);
      if (asked.queryId !== null) response.setHeader('X-ClickHouse-Query-Id', asked.queryId);
      blocks = asked.blocks;
      const look = { now: () => NOTHING_YET };
      headOf = watched(exchange, asked, () => look.now());
      const answer = await parts.gateway.ask(scope, {
        sql: asked.query,
        parameters: asked.parameters,
        settings: asked.settings,
        database: asked.database,
        ...(asked.format === null ? {} : { format: asked.format }),
        purpose: asked.purpose,
        door: 'sql',
        signal: gone.signal,
        requestId,
        watch: (now) => {
          look.now = now;
        },
      });
      const onFail = (error: unknown) => told(parts.log, error, { locale, requestId });
      await send({ request, response, answer, asked, tag, headOf, onFail });
    } finally {
      leave();
    }
  } catch (error) {
    refuse(response, { ...told(parts.log, error, { locale, requestId }), blocks, head: headOf(), tag });
  }
}

const NOTHING_YET: AnswerSummary = { rowsRead: 0, bytesRead: 0, rows: 0, bytes: 0, elapsedNs: 0 };

/** Sends headers of progress where they are asked for; what it gives ends them. */
function watched(
  { request, response }: Exchange,
  { progressEveryMs }: Asked,
  now: () => AnswerSummary,
): () => OpenHead | null {
  if (progressEveryMs === null || request.method === 'HEAD' || request.httpVersion !== '1.1')
    return () => null;
  const startedMs = performance.now();
  const textNow = () =>
    summaryText({ ...now(), elapsedNs: Math.round((performance.now() - startedMs) * 1e6) });
  const progress = startProgress(response, { everyMs: progressEveryMs, textNow });
  response.once('close', () => progress.stop());
  return progress.stop;
}

type Context = { from: string; locale: Locale; requestId: string };

async function scopeOf(auth: Auth, { credentials }: Asked, context: Context): Promise<Scope> {
  if (credentials === null) throw new AppError('LOGIN_REQUIRED');
  const pair = 'bearer' in credentials ? { user: '', password: credentials.bearer } : credentials;
  return auth.scopeOfCredentials(pair, context);
}

/** What is asked with what stands in the body: the rest of the query, or a form with more of what the address has. */
async function withBody({ request, address }: Exchange, first: Asked): Promise<Asked> {
  const bytes =
    request.method === 'POST' ? await readBody(request, { blocks: first.blocksIn }) : new Uint8Array();
  const contentType = request.headers['content-type'] ?? '';
  const isForm = /^multipart\/form-data\b/i.test(contentType);
  const fields = isForm ? await formOf(bytes, contentType) : [];
  const asked = isForm
    ? readAsked(new URLSearchParams([...address.searchParams, ...fields]), request.headers)
    : first;
  const query = [asked.query, isForm ? '' : textOf(bytes)].filter((part) => part.trim() !== '').join('\n');
  if (query === '') throw failed(62, 'SYNTAX_ERROR', 'Empty query');
  return { ...asked, query };
}

/** Logs what is a fault of ours; gives what the caller is told. */
function told(log: Log, error: unknown, context: Omit<Context, 'from'>) {
  const known = error instanceof AppError && error.code !== 'INTERNAL' && error.status < 500;
  if (!known) log.error({ err: error, requestId: context.requestId }, 'a question over SQL failed');
  return toClickHouseError(error, context);
}

type Refusing = ReturnType<typeof toClickHouseError> & {
  blocks: boolean;
  head: OpenHead | null;
  tag: string;
};

function refuse(response: ServerResponse, { status, code, text, blocks, head, tag }: Refusing): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  if (status === 401) response.setHeader('WWW-Authenticate', 'Basic realm="Ronghe SQL"');
  response.setHeader('X-ClickHouse-Exception-Code', String(code));
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
  const written = Buffer.from(head === null ? `${text}\n` : exceptionTail(tag, text));
  const body = blocks ? writeBlock(written) : written;
  if (head !== null) {
    const target = head.body();
    target.pipe(head.socket);
    return void target.end(body);
  }
  // what is left of the body is not read: the connection ends with the answer
  if (status === 413 || code === 271) response.setHeader('Connection', 'close');
  response.writeHead(status).end(body);
}
