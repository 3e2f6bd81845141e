import type { Locale } from '@ronghe/contracts';
import type { FastifyRequest } from 'fastify';
import { looksLikeAccessToken, looksLikeKey, looksLikeSession } from '#platform/auth/token.ts';
import { AppError } from '#platform/errors/errors.ts';

/** Name of the cookie that carries the session token. */
export const SESSION_COOKIE = 'ronghe_session';
/** Header that cookie callers send with every change; another site cannot set it without being asked first. */
export const CSRF_HEADER = 'x-ronghe-csrf';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** What a request shows of who it is; `key` is also an access token that was given for one. */
export type Credential = { kind: 'session' | 'key'; secret: string; fromCookie: boolean };

/** Where a route takes a key besides the header; see `keyIn` of a route. */
export type KeyPlace = 'influxdb' | 'path';
type Asked = Pick<FastifyRequest, 'headers'> &
  Partial<Pick<FastifyRequest, 'query' | 'params'> & { keyIn: KeyPlace | undefined }>;

/**
 * Reads `Authorization` (RFC 6750 Bearer, RFC 7617 Basic with the key as password, `Token` as InfluxDB clients send) or
 * the session cookie. null when there is none or it has no shape of ours. A header that is there and wrong is never made
 * good by a cookie. With `keyIn` the key may stand elsewhere: a header still comes before the query, and an address that
 * names a key stands for that key alone.
 */
export function readCredential(request: Asked): Credential | null {
  const { authorization } = request.headers;
  if (request.keyIn === 'path') return asKey(textAt(request.params, 'token'));
  if (authorization !== undefined)
    return readHeader(authorization) ?? (request.keyIn === 'influxdb' ? readTokenPair(authorization) : null);
  if (request.keyIn === 'influxdb' && hasText(request.query, 'p')) return asKey(textAt(request.query, 'p'));
  const secret = readCookie(request.headers.cookie);
  return secret && looksLikeSession(secret) ? { kind: 'session', secret, fromCookie: true } : null;
}

function readHeader(authorization: string): Credential | null {
  const [, scheme, value] = /^([A-Za-z]+) +(\S+) *$/.exec(authorization) ?? [];
  if (!scheme || !value) return null;
  const name = scheme.toLowerCase();
  if (name === 'basic') {
    const pair = Buffer.from(value, 'base64').toString('utf8');
    return asKey(pair.slice(pair.indexOf(':') + 1));
  }
  // InfluxDB's clients say `Token`; both words carry either kind, so that a tool needs to know only one of them.
  if (name !== 'bearer' && name !== 'token') return null;
  return looksLikeSession(value) ? { kind: 'session', secret: value, fromCookie: false } : asKey(value);
}

/** Clients of InfluxDB 1 may send `Token user:password`; the password is the key. */
function readTokenPair(authorization: string): Credential | null {
  const [, pair] = /^token +(\S+) *$/i.exec(authorization) ?? [];
  return pair?.includes(':') ? asKey(pair.slice(pair.indexOf(':') + 1)) : null;
}

const hasText = (values: unknown, name: string): boolean => textAt(values, name) !== '';
/** '' when it is not there, or there twice. */
function textAt(values: unknown, name: string): string {
  const value = (values as Readonly<Record<string, unknown>> | null | undefined)?.[name];
  return typeof value === 'string' ? value : '';
}

const asKey = (secret: string): Credential | null =>
  looksLikeKey(secret) || looksLikeAccessToken(secret) ? { kind: 'key', secret, fromCookie: false } : null;

function readCookie(header: string | undefined): string | null {
  for (const part of header?.split(';') ?? []) {
    const [name, value] = part.trim().split('=', 2);
    if (name === SESSION_COOKIE) return value ?? null;
  }
  return null;
}

/**
 * A change by cookie must come from our own pages: the header of our own, and the `Origin` our own host when it is sent.
 * `publicHost` is the host people use when a proxy hides it.
 * @throws AppError CSRF_REFUSED
 */
export function demandSameSite(
  request: Pick<FastifyRequest, 'headers' | 'method' | 'host'>,
  publicHost: string | null,
): void {
  if (SAFE_METHODS.has(request.method)) return;
  if (request.headers[CSRF_HEADER] !== '1') throw new AppError('CSRF_REFUSED');
  demandOwnOrigin(request, publicHost);
}

/** @throws AppError CSRF_REFUSED when an `Origin` is sent and is another host */
export function demandOwnOrigin(
  request: Pick<FastifyRequest, 'headers' | 'host'>,
  publicHost: string | null,
): void {
  const { origin } = request.headers;
  if (origin === undefined) return;
  const host = URL.canParse(origin) ? new URL(origin).host : '';
  if (host === '' || (host !== request.host && host !== publicHost)) throw new AppError('CSRF_REFUSED');
}

/** `Set-Cookie` of a new session. `secure` when people reach the platform over https. */
export const sessionCookie = (token: string, options: { maxAgeSeconds: number; secure: boolean }): string =>
  [
    `${SESSION_COOKIE}=${token}`,
    'Path=/',
    'HttpOnly',
    'SameSite=Strict',
    `Max-Age=${Math.max(0, Math.floor(options.maxAgeSeconds))}`,
    ...(options.secure ? ['Secure'] : []),
  ].join('; ');

/** The language a caller asks for; Chinese unless English comes first. */
export const requestLocale = (request: Pick<FastifyRequest, 'headers'>): Locale =>
  /^\s*en\b/i.test(request.headers['accept-language'] ?? '') ? 'en' : 'zh-CN';
