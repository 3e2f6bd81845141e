import { setTimeout as delay } from 'node:timers/promises';
import type { HttpJsonReading } from '@ronghe/contracts';
import { AppError } from '#platform/errors/errors.ts';
import type { StoredConnection } from '../fuse.tables.ts';
import type { ReaderContext, SourcePage, SourceReader } from './reader.ts';
import { joinUrl } from './sources.ts';

const REQUEST_TIMEOUT_MS = 30_000;
const ANSWER_BYTES_MAX = 32 * 1024 * 1024;
const PAGES_MAX = 20_000;
const ATTEMPTS_MAX = 4;
const RETRY_DELAY_MS = 300;
const RETRY_DELAY_MS_MAX = 10_000;

type Connection = Extract<StoredConnection, { kind: 'http-json' }>;
type Answer = { status: number; body: unknown; retryAfterMs: number | null };
/** A failed attempt; `again` when another may succeed. */
class AttemptFailed extends Error {
  readonly again: boolean;
  readonly waitMs: number | null;
  constructor(reason: string, again: boolean, waitMs: number | null = null) {
    super(reason);
    this.again = again;
    this.waitMs = waitMs;
  }
}

/**
 * Reads a paged JSON list with a token that is renewed when it runs out. Redirects are not followed, so that an allowed
 * host cannot send us to another. A list that ends before its own total is an error.
 */
export function createHttpJsonReader(
  connection: Connection,
  password: string,
  context: ReaderContext,
): SourceReader {
  const reading = withDefaults(connection.reading);
  const unreachable = (reason: string) =>
    new AppError('SOURCE_UNREACHABLE', { source: context.source, reason });
  let token: string | null = null;

  async function signIn(signal: AbortSignal): Promise<string | null> {
    if (connection.tokenPath === '') return null;
    const credentials = { [reading.usernameField]: connection.username, [reading.passwordField]: password };
    const { status, body } = await request(joinUrl(connection.url, connection.tokenPath), signal, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(credentials),
    });
    if (status === 401 || status === 403) throw new AttemptFailed('user name or password was refused', false);
    demandOk(status);
    const found = at(body, reading.tokenField) ?? at(body, `data.${reading.tokenField}`);
    if (typeof found !== 'string' || found === '')
      throw new AttemptFailed(`no token at ${reading.tokenField} of the answer`, false);
    return found;
  }

  async function readPage(
    number: number,
    signal: AbortSignal,
  ): Promise<{ rows: unknown[]; total: number | null }> {
    const url = new URL(joinUrl(connection.url, connection.listPath));
    url.searchParams.set(reading.pageParameter, String(number));
    url.searchParams.set(reading.sizeParameter, String(reading.pageSize));
    for (const renewed of [false, true]) {
      token ??= await signIn(signal);
      const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
      const { status, body } = await request(url.href, signal, { headers });
      if (status === 401 && !renewed) {
        token = null;
        continue;
      }
      demandOk(status);
      return readList(body);
    }
    throw new AttemptFailed('the token was refused twice', false);
  }

  function readList(body: unknown): { rows: unknown[]; total: number | null } {
    const status = at(body, reading.statusField);
    if (status !== undefined && String(status) !== reading.statusOk) {
      const message = at(body, 'message') ?? at(body, 'msg') ?? '';
      throw new AttemptFailed(
        `the system answered ${reading.statusField} ${String(status)} ${String(message)}`,
        false,
      );
    }
    const rows = at(body, reading.itemsField);
    if (!Array.isArray(rows))
      throw new AttemptFailed(`no list at ${reading.itemsField} of the answer`, false);
    const total = at(body, reading.totalField);
    return { rows, total: typeof total === 'number' || typeof total === 'string' ? Number(total) : null };
  }

  async function insist<Value>(signal: AbortSignal, attempt: () => Promise<Value>): Promise<Value> {
    for (let count = 1; ; count += 1) {
      try {
        return await attempt();
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof AppError) throw error;
        const failed = error instanceof AttemptFailed ? error : new AttemptFailed(reasonOf(error), true);
        if (!failed.again || count === ATTEMPTS_MAX) throw unreachable(failed.message);
        const wait = failed.waitMs ?? RETRY_DELAY_MS * 2 ** (count - 1) * (0.5 + Math.random());
        context.log.warn({ attempt: count, reason: failed.message }, 'reading a source failed, trying again');
        await delay(Math.min(wait, RETRY_DELAY_MS_MAX), undefined, { signal });
      }
    }
  }

  async function* pages(signal: AbortSignal): AsyncGenerator<SourcePage> {
    let read = 0;
    for (let number = 1; number <= PAGES_MAX; number += 1) {
      signal.throwIfAborted();
      const { rows, total } = await insist(signal, () => readPage(number, signal));
      read += rows.length;
      if (Math.max(read, total ?? 0) > context.limits.rowsMax) {
        const reason = `more than ${context.limits.rowsMax} rows`;
        throw new AppError('SOURCE_TOO_LARGE', { source: context.source, reason });
      }
      if (rows.length > 0) yield { rows, share: total ? Math.min(1, read / total) : null };
      const ended = rows.length === 0 || (total === null ? rows.length < reading.pageSize : read >= total);
      if (!ended) continue;
      if (total !== null && read < total) throw unreachable(`the list ended after ${read} of ${total} rows`);
      return;
    }
    throw new AppError('SOURCE_TOO_LARGE', {
      source: context.source,
      reason: `more than ${PAGES_MAX} pages`,
    });
  }

  return { pages };
}

async function request(url: string, signal: AbortSignal, options: RequestInit): Promise<Answer> {
  const answer = await fetch(url, {
    ...options,
    redirect: 'manual',
    signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
  });
  const retryAfter = Number(answer.headers.get('retry-after') ?? Number.NaN);
  const retryAfterMs = Number.isFinite(retryAfter) ? retryAfter * 1000 : null;
  if (answer.status >= 300 && answer.status < 400) {
    await answer.body?.cancel();
    refuseRedirect(url, answer.headers.get('location') ?? '');
  }
  if (answer.status === 429 || answer.status >= 500) {
    await answer.body?.cancel();
    throw new AttemptFailed(`HTTP status ${answer.status}`, true, retryAfterMs);
  }
  return { status: answer.status, body: parse(await readText(answer)), retryAfterMs };
}

function refuseRedirect(from: string, location: string): never {
  const target = URL.canParse(location, from) ? new URL(location, from) : null;
  if (target && target.origin !== new URL(from).origin)
    throw new AppError('SOURCE_TARGET_REFUSED', { target: target.host });
  throw new AttemptFailed('the system answered with a redirect; enter the final address', false);
}

async function readText(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > ANSWER_BYTES_MAX) {
      throw new AttemptFailed(`an answer is over ${ANSWER_BYTES_MAX} bytes; use smaller pages`, false);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function demandOk(status: number): void {
  if (status < 200 || status >= 300) throw new AttemptFailed(`HTTP status ${status}`, false);
}

/** The value at a path of names joined by dots; undefined when there is none. */
function at(body: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    return (value as Record<string, unknown>)[name];
  }, body);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if (error.name === 'TimeoutError') return `no answer within ${REQUEST_TIMEOUT_MS / 1000} s`;
  const cause = error.cause as { code?: string } | undefined;
  return cause?.code ?? error.message;
}

const withDefaults = (reading: HttpJsonReading | undefined) => ({
  usernameField: reading?.usernameField ?? 'username',
  passwordField: reading?.passwordField ?? 'password',
  tokenField: reading?.tokenField ?? 'access_token',
  pageParameter: reading?.pageParameter ?? 'pageNo',
  sizeParameter: reading?.sizeParameter ?? 'pageSize',
  pageSize: reading?.pageSize ?? 200,
  itemsField: reading?.itemsField ?? 'data.list',
  totalField: reading?.totalField ?? 'data.total',
  statusField: reading?.statusField ?? 'code',
  statusOk: reading?.statusOk ?? '0',
});
