import { hash, randomBytes } from 'node:crypto';

const SECRET_BYTES = 32;
const PREFIX_BYTES = 4;
const SESSION_PATTERN = /^[A-Za-z0-9_-]{43}$/;
const ACCESS_TOKEN_PATTERN = /^rt_[A-Za-z0-9_-]{43}$/;
const KEY_PATTERN = /^rk_[0-9a-f]{8}_[A-Za-z0-9_-]{43}$/;

/** A new session token: 256 random bits as 43 characters of base64url. */
export const newSessionToken = (): string => randomBytes(SECRET_BYTES).toString('base64url');

/** A new API key `rk_<8 hex>_<43 base64url>` and its readable prefix; the last part holds 256 random bits. */
export function newApiKey(): { key: string; prefix: string } {
  const prefix = `rk_${randomBytes(PREFIX_BYTES).toString('hex')}`;
  return { key: `${prefix}_${randomBytes(SECRET_BYTES).toString('base64url')}`, prefix };
}

/** A new access token `rt_<43 base64url>`: 256 random bits. */
export const newAccessToken = (): string => `rt_${randomBytes(SECRET_BYTES).toString('base64url')}`;

/** What is stored of a token or key. 256 random bits cannot be guessed, so a fast hash is enough. */
export const hashToken = (token: string): string => hash('sha256', token, 'hex');

/** A made-up password for the first administrator: 24 characters, 144 bits. */
export const newPassword = (): string => randomBytes(18).toString('base64url');

export const looksLikeSession = (text: string): boolean => SESSION_PATTERN.test(text);
export const looksLikeKey = (text: string): boolean => KEY_PATTERN.test(text);
export const looksLikeAccessToken = (text: string): boolean => ACCESS_TOKEN_PATTERN.test(text);
