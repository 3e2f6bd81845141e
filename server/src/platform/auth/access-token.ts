import { PERMISSION_NAMES, type Permission, type TokenRequest } from '@ronghe/contracts';

/** Why no token is given, in the words of RFC 6749, 5.2. */
export class TokenRefusal extends Error {
  readonly error: 'invalid_request' | 'invalid_client' | 'invalid_scope' | 'unsupported_grant_type';

  constructor(error: TokenRefusal['error'], description: string) {
    super(description);
    this.name = 'TokenRefusal';
    this.error = error;
  }

  get status(): number {
    return this.error === 'invalid_client' ? 401 : 400;
  }
}

/** Who asks for a token, with what they show for it, and for which permissions (null: all of the key). */
export type ClientRequest = { id: string; secret: string; scope: readonly string[] | null };

/**
 * Reads a request of client credentials: `client_secret_basic` or `client_secret_post` (RFC 6749, 2.3.1 and 4.4.2).
 * @throws TokenRefusal
 */
export function readTokenRequest(body: TokenRequest, authorization: string | undefined): ClientRequest {
  const scope = body.scope?.split(' ').filter((name) => name !== '') ?? [];
  if (body.grant_type === undefined) throw new TokenRefusal('invalid_request', 'grant_type is missing');
  if (body.grant_type !== 'client_credentials')
    throw new TokenRefusal('unsupported_grant_type', 'only client_credentials is supported');
  return { ...readClient(body, authorization), scope: scope.length === 0 ? null : scope };
}

function readClient(body: TokenRequest, authorization: string | undefined): { id: string; secret: string } {
  if (authorization === undefined) {
    if (!body.client_id || !body.client_secret)
      throw new TokenRefusal('invalid_client', 'send the id of the key and the key, as Basic or in the form');
    return { id: body.client_id, secret: body.client_secret };
  }
  const basic = readBasic(authorization);
  if (!basic) throw new TokenRefusal('invalid_client', 'Authorization must be Basic with id and key');
  if (body.client_secret !== undefined)
    throw new TokenRefusal(
      'invalid_request',
      'the key may stand in Authorization or in the form, not in both',
    );
  if (body.client_id !== undefined && body.client_id !== basic.id)
    throw new TokenRefusal('invalid_request', 'client_id is another one in Authorization');
  return basic;
}

/** Id and secret are form-encoded before they are put together (RFC 6749, 2.3.1). */
function readBasic(authorization: string): { id: string; secret: string } | null {
  const [, value] = /^basic +([A-Za-z0-9+/=_-]+) *$/i.exec(authorization) ?? [];
  if (!value) return null;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  if (colon < 1) return null;
  try {
    const [id, secret] = [pair.slice(0, colon), pair.slice(colon + 1)].map((part) =>
      decodeURIComponent(part.replaceAll('+', ' ')),
    );
    return id && secret ? { id, secret } : null;
  } catch {
    return null;
  }
}

/**
 * Permissions a token gets: those asked for, all of the key when none is.
 * @throws TokenRefusal invalid_scope when the key does not have one of them
 */
export function scopeOfToken(asked: readonly string[] | null, has: ReadonlySet<Permission>): Permission[] {
  if (asked === null) return [...has].sort();
  const granted = PERMISSION_NAMES.filter((name) => has.has(name) && asked.includes(name));
  if (new Set(asked).size !== granted.length)
    throw new TokenRefusal('invalid_scope', 'the key does not have every permission of the scope');
  return granted.sort();
}
