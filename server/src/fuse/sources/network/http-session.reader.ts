import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '#platform/errors/errors.ts';
import { type HttpAnswer, HttpFailed, type HttpRequest } from '#platform/network/pinned-http.ts';
import type { TargetGuard } from '#platform/network/target-guard.ts';
import type { StoredConnection } from '../../fuse.tables.ts';
import type { DelivererContext } from '../delivery.ts';
import { reasonTexts } from '../reasons.ts';
import { jsonOf, readToken } from './http-answer.ts';
import { joinUrl, type ListReading, retryAfterMs } from './http-paging.ts';

const ATTEMPTS_MAX = 4;
const RETRY_DELAY_MS = 300;
const RETRY_DELAY_MS_MAX = 10_000;
/** A system that asks for a longer pause is asked again by the next run. */
const RETRY_AFTER_MS_MAX = 120_000;
/** A token is renewed this long before it runs out, or when nine tenths of its time are over. */
const TOKEN_MARGIN_MS = 10_000;
/** What systems answer to a page behind the last one. */
const NO_SUCH_PAGE: readonly number[] = [400, 404, 416, 422];

/** A failed attempt that another may mend, and the pause the system asked for. */
class Again extends Error {
  readonly waitMs: number | null;
  constructor(reason: string, waitMs: number | null) {
    super(reason);
    this.waitMs = waitMs;
  }
}

type Options = {
  connection: Extract<StoredConnection, { kind: 'http-json' }>;
  reading: ListReading;
  password: string;
  guard: Pick<TargetGuard, 'request'>;
  context: DelivererContext;
  clock: { now(): Date };
};

/**
 * Requests of one delivery to one system: signed in, with a token renewed when it runs out or is refused (once), and
 * repeated with growing pauses, or those that `Retry-After` names, as long as it makes sense.
 */
export function createHttpSession({ connection, reading, password, guard, context, clock }: Options) {
  const unreachable = (reason: string, cause?: unknown) =>
    new AppError(
      'SOURCE_UNREACHABLE',
      { source: context.source, ...reasonTexts(hideSecrets(reason)) },
      { cause },
    );
  let token: { text: string; renewAt: number } | null = null;

  /** Systems repeat in their messages what was sent to them. */
  function hideSecrets(text: string): string {
    return [password, token?.text].reduce<string>(
      (shown, secret) => (secret ? shown.replaceAll(secret, '***') : shown),
      text,
    );
  }

  async function signIn(signal: AbortSignal): Promise<string | null> {
    if (connection.tokenPath === '') return null;
    if (token !== null && performance.now() < token.renewAt) return token.text;
    const credentials = {
      [reading.usernameField]: connection.username,
      [reading.passwordField]: password,
    };
    const answer = await ask(joinUrl(connection.url, connection.tokenPath), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(credentials),
      signal,
    });
    if (answer.status === 401 || answer.status === 403)
      throw unreachable('user name or password was refused');
    demandOk(answer);
    const found = readToken(reading, jsonOf(answer.body, answer.headers['content-type']));
    if ('fault' in found) throw unreachable(found.fault);
    const goodMs = found.seconds === null ? Number.POSITIVE_INFINITY : found.seconds * 1_000;
    token = {
      text: found.token,
      renewAt: performance.now() + Math.max(goodMs * 0.9, goodMs - TOKEN_MARGIN_MS),
    };
    return token.text;
  }

  /** One answer; what another attempt may mend is thrown as `Again`. */
  async function ask(url: string, request: HttpRequest): Promise<HttpAnswer> {
    const answer = await guard.request(url, request);
    if (answer.status === 408 || answer.status === 425 || answer.status === 429 || answer.status >= 500)
      throw new Again(
        `HTTP status ${answer.status}`,
        retryAfterMs(answer.headers['retry-after'], clock.now().getTime()),
      );
    return answer;
  }

  function demandOk({ status }: HttpAnswer): void {
    if (status < 200 || status >= 300) throw unreachable(`HTTP status ${status}`);
  }

  async function getSigned(
    url: string,
    mayBeAbsent: boolean,
    signal: AbortSignal,
  ): Promise<HttpAnswer | null> {
    const plain = reading.tokenHeader.toLowerCase() !== 'authorization';
    for (const renewed of [false, true]) {
      const text = await signIn(signal);
      const headers = text === null ? {} : { [reading.tokenHeader]: plain ? text : `Bearer ${text}` };
      const answer = await ask(url, { headers: { accept: 'application/json', ...headers }, signal });
      if (answer.status === 401 && text !== null) {
        token = null;
        if (renewed) break;
        continue;
      }
      if (mayBeAbsent && NO_SUCH_PAGE.includes(answer.status)) return null;
      demandOk(answer);
      return answer;
    }
    throw unreachable('the token was refused twice');
  }

  async function insist<Value>(signal: AbortSignal, attempt: () => Promise<Value>): Promise<Value> {
    for (let count = 1; ; count += 1) {
      try {
        return await attempt();
      } catch (error) {
        signal.throwIfAborted();
        const wait = waitAfter(error, count);
        const reason = hideSecrets((error as Error).message);
        context.log.warn({ attempt: count, reason }, 'reading a source failed, trying again');
        await delay(wait, undefined, { signal });
      }
    }
  }

  /** Milliseconds to the next attempt. @throws when there is to be none */
  function waitAfter(error: unknown, count: number): number {
    if (!(error instanceof Again) && !(error instanceof HttpFailed)) throw error;
    const again = error instanceof Again || error.again;
    if (!again || count === ATTEMPTS_MAX) throw unreachable(error.message, error);
    const asked = error instanceof Again ? error.waitMs : null;
    if (asked !== null && asked > RETRY_AFTER_MS_MAX)
      throw unreachable(`${error.message}; the system asks to wait ${Math.ceil(asked / 1_000)} s`, error);
    return asked ?? Math.min(RETRY_DELAY_MS * 2 ** (count - 1) * (0.5 + Math.random()), RETRY_DELAY_MS_MAX);
  }

  return {
    /** A failure of the source in its own name, without its secrets. */
    unreachable,
    /** An answer of status 2xx; null for a page that may be absent and is. @throws SOURCE_UNREACHABLE, SOURCE_TARGET_REFUSED */
    get: (
      url: string,
      { signal, mayBeAbsent }: { signal: AbortSignal; mayBeAbsent: boolean },
    ): Promise<HttpAnswer | null> => insist(signal, () => getSigned(url, mayBeAbsent, signal)),
  };
}
