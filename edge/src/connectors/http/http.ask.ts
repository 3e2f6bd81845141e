import type { Clock } from '../../clock.ts';
import type { Answer, Client } from './http.client.ts';
import type { HttpPoll } from './http.config.ts';
import { decodeBody } from './http.decode.ts';
import { follow, NOWHERE, parsePointer } from './http.pointer.ts';

/** A peer that asks for a longer pause than this is asked again anyway. */
const RETRY_AFTER_MS_MAX = 3_600_000;
/** A token is renewed so long before its end, or at nine tenths of its life, whichever is later. */
const RENEW_BEFORE_MS = 60_000;

/**
 * Why there is no usable answer: `credentials` when a person must act, `later` when the peer asked for a pause, `refused`
 * when the same question will hardly be answered otherwise. Everything else is a failure of the network or the peer.
 */
export class HttpFailure extends Error {
  readonly kind: 'credentials' | 'later' | 'refused' | 'broken';
  readonly retryAfterMs: number;
  constructor(kind: HttpFailure['kind'], message: string, retryAfterMs = 0) {
    super(message);
    this.name = 'HttpFailure';
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
  }
}

/** What one request brought: its JSON, or null when the peer says that there is nothing (204). */
export type Asked = { json: unknown; text: Buffer };

/** Asks with the credentials of the configuration, which it keeps to itself. */
export type Asker = {
  /** Throws HttpFailure, HttpBodyError, or what the network says. */
  ask(place: { url: URL; body: string | undefined }, signal: AbortSignal): Promise<Asked | null>;
};

/** The wall clock decides over dates of `Retry-After` only. */
export function createAsker(options: { config: HttpPoll; client: Client; clock: Clock }): Asker {
  const { config, client, clock } = options;
  const { authentication, success } = config;
  const tokens = authentication.kind === 'login' ? createTokens(options) : null;

  const send = async (
    place: { url: URL; body: string | undefined },
    signal: AbortSignal,
  ): Promise<{ answer: Answer; json: unknown; expired: boolean }> => {
    const credentials =
      tokens === null
        ? credentialsOf(authentication)
        : { [authentication.header]: bearer(authentication.header, await tokens.current(signal)) };
    const answer = await client.ask(
      {
        ...place,
        method: config.method,
        headers: {
          ...config.headers,
          ...(config.method === 'POST' ? { 'content-type': config.contentType } : {}),
          ...credentials,
        },
      },
      signal,
    );
    if (answer.status === 401) return { answer, json: null, expired: true };
    if (answer.status < 200 || answer.status > 299) throw failureOf(answer, clock.now().getTime());
    if (answer.status === 204 || answer.status === 205) return { answer, json: null, expired: false };
    const json = decodeBody(answer.body, answer.headers['content-type']);
    const says = success === undefined ? NOWHERE : follow(json, parsePointer(success.path));
    const expired = success?.renew.some((each) => each === says) === true;
    if (success !== undefined && !expired && !success.values.some((each) => each === says))
      throw new HttpFailure('refused', `the answer says ${shown(says)} at ${success.path}`);
    return { answer, json, expired };
  };

  return {
    async ask(place, signal) {
      let got = await send(place, signal);
      if (got.expired && tokens !== null) {
        tokens.forget();
        got = await send(place, signal);
      }
      if (got.expired)
        throw new HttpFailure(
          'credentials',
          'the peer refuses the credentials (401); correct `authentication` of this connection',
        );
      if (got.answer.status === 204 || got.answer.status === 205) return null;
      return { json: got.json, text: got.answer.body };
    },
  };
}

/** The headers of kinds that need no request of their own (RFC 7617, RFC 6750 section 2.1). */
function credentialsOf(authentication: HttpPoll['authentication']): Record<string, string> {
  const { kind, username = '', password = '', token = '', header } = authentication;
  if (kind === 'basic')
    return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
  return kind === 'bearer' ? { [header]: bearer(header, token) } : {};
}

const bearer = (header: string, token: string): string =>
  header === 'authorization' ? `Bearer ${token}` : token;

/** The token of a login: asked for when it is needed, kept until shortly before its end. */
function createTokens(options: { config: HttpPoll; client: Client; clock: Clock }) {
  const { client, clock } = options;
  const { login } = options.config.authentication;
  let kept: { token: string; untilMs: number } | null = null;

  const renew = async (signal: AbortSignal): Promise<{ token: string; untilMs: number }> => {
    if (login === undefined) throw new HttpFailure('credentials', 'kind login without a login');
    const headers = { 'content-type': login.contentType };
    const answer = await client.ask(
      { url: new URL(login.url), method: 'POST', headers, body: login.body },
      signal,
    );
    if (answer.status === 401 || answer.status === 403 || answer.status === 400)
      throw new HttpFailure(
        'credentials',
        `the login is refused (${answer.status}); correct \`authentication.login\``,
      );
    if (answer.status < 200 || answer.status > 299) throw failureOf(answer, clock.now().getTime());
    const json = decodeBody(answer.body, answer.headers['content-type']);
    const token = follow(json, parsePointer(login.tokenPath));
    // Peers that answer 200 with an error inside are many.
    if (typeof token !== 'string' || !/^[\x21-\x7e]{1,16384}$/.test(token))
      throw new HttpFailure('credentials', `the login’s answer has no token at ${login.tokenPath}`);
    const told = login.expiresPath === undefined ? null : follow(json, parsePointer(login.expiresPath));
    const life = typeof told === 'number' && told > 0 ? told : login.lifeSeconds;
    const lifeMs = life === undefined ? Number.POSITIVE_INFINITY : life * 1_000;
    return { token, untilMs: clock.elapsedMs() + Math.max(lifeMs - RENEW_BEFORE_MS, lifeMs * 0.9) };
  };

  return {
    async current(signal: AbortSignal): Promise<string> {
      if (kept === null || clock.elapsedMs() >= kept.untilMs) kept = await renew(signal);
      return kept.token;
    },
    forget(): void {
      kept = null;
    },
  };
}

/** What a status other than 2xx means (RFC 9110, section 15). */
function failureOf(answer: Answer, nowMs: number): HttpFailure {
  const { status } = answer;
  if (status === 401 || status === 403)
    return new HttpFailure(
      'credentials',
      status === 401
        ? 'the peer refuses the credentials (401); correct `authentication` of this connection'
        : 'these credentials may not read this address (403); the peer must grant it',
    );
  if (status === 429 || status === 503) {
    const retryAfterMs = retryAfterOf(answer.headers['retry-after'], nowMs);
    return new HttpFailure('later', `the peer asks for a pause (${status})`, retryAfterMs);
  }
  return new HttpFailure(
    status >= 500 || status === 408 ? 'broken' : 'refused',
    `the peer answers status ${status}`,
  );
}

/** Seconds or a date (RFC 9110, section 10.2.3), at most an hour; 0 when it is neither. */
export function retryAfterOf(header: string | undefined, nowMs: number): number {
  if (header === undefined) return 0;
  const waitMs = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - nowMs;
  return Number.isFinite(waitMs) ? Math.min(Math.max(waitMs, 0), RETRY_AFTER_MS_MAX) : 0;
}

const shown = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? JSON.stringify(value).slice(0, 60)
    : value === NOWHERE
      ? 'nothing'
      : 'something else';
