import type { ApiKey } from '@ronghe/contracts';
import { createAccessTokenStore } from '#platform/auth/access-token.store.ts';
import { type AddressRule, addressRule, plainAddress } from '#platform/auth/address.ts';
import type { AuthParts } from '#platform/auth/auth.parts.ts';
import { type Behind, createKeyStore } from '#platform/auth/key.store.ts';
import { type Scope, systemScope } from '#platform/auth/scope.ts';
import { hashToken, looksLikeAccessToken } from '#platform/auth/token.ts';

/** How long a key is trusted without asking the database again: the longest another process's revocation may take. */
export const KEY_CACHE_MS = 4_000;
/** Time between two entries of the audit log about one key that was refused for its address. */
export const REFUSAL_EVERY_MS = 60_000;
const KEY_CACHE_ROWS_MAX = 1_000;
const TOUCH_EVERY_MS = 60_000;

/** What a caller with a key brings besides it. */
export type KeyContext = Pick<Scope, 'from' | 'locale' | 'requestId'>;

type Kept = Behind & { rights: Scope['permissions']; rule: AddressRule; readAgainMs: number };

/** Keys of the last seconds, so that a busy collector does not cost a query per request. */
export type KeyMemory = {
  /** null when the secret is unknown, revoked or expired, or may not be used from there */
  scopeOf(secret: string, context: KeyContext): Promise<Scope | null>;
  /** as `scopeOf`, with what stands behind the secret */
  behind(secret: string, context: KeyContext): Promise<(Behind & { scope: Scope }) | null>;
  /** To be called after a change of the key is committed. */
  forget(id: string): void;
};

export function createKeyMemory(parts: AuthParts): KeyMemory {
  const { db, clock, log } = parts;
  const store = createKeyStore(db);
  const tokens = createAccessTokenStore(db);
  const refused = createRefusals(parts);
  const rows = new Map<string, Kept>();
  const touchedMs = new Map<string, number>();
  // Counts changes: a row that was read before one must not be kept after it.
  let changes = 0;

  const read = async (secret: string, secretHash: string): Promise<Kept | null> => {
    const [before, nowMs] = [changes, clock.now().getTime()];
    const places = looksLikeAccessToken(secret) ? tokens : store;
    const found = await places.findByHashUnscoped(secretHash);
    if (!found) return null;
    const kept = {
      ...found,
      rights: new Set(found.permissions),
      rule: addressRule(found.apiKey.allowedAddresses),
      readAgainMs: nowMs + KEY_CACHE_MS,
    };
    if (before === changes) keep(rows, secretHash, kept);
    return kept;
  };

  const touch = async (scope: Scope, old: boolean): Promise<void> => {
    const now = clock.now();
    const use = `${scope.actor.id} ${old} ${scope.from}`;
    if (now.getTime() - (touchedMs.get(use) ?? 0) < TOUCH_EVERY_MS) return;
    keep(touchedMs, use, now.getTime());
    try {
      await store.touch(scope, { now, old });
    } catch (error) {
      log.warn({ err: error, name: scope.actor.name }, 'the use of an API key could not be noted');
    }
  };

  const behind: KeyMemory['behind'] = async (secret, context) => {
    const secretHash = hashToken(secret);
    const nowMs = clock.now().getTime();
    const cached = rows.get(secretHash);
    const row = cached && cached.readAgainMs > nowMs ? cached : await read(secret, secretHash);
    if (!row || row.apiKey.revokedAt !== null) return null;
    const { apiKey, until, old, rights } = row;
    if (apiKey.expiresAt !== null && Date.parse(apiKey.expiresAt) <= nowMs) return null;
    if (until !== null && until.getTime() <= nowMs) return null;
    if (!row.rule(context.from)) {
      refused(apiKey, context);
      return null;
    }
    const scope: Scope = {
      actor: { kind: 'key', id: apiKey.id, name: apiKey.name },
      organisation: apiKey.organisation,
      permissions: rights,
      ...boundsOf(apiKey),
      ...context,
      from: context.from === null ? null : plainAddress(context.from),
    };
    await touch(scope, old);
    return { ...row, scope };
  };

  return {
    behind,
    scopeOf: async (secret, context) => (await behind(secret, context))?.scope ?? null,
    forget(id) {
      changes += 1;
      for (const [secretHash, { apiKey }] of rows) if (apiKey.id === id) rows.delete(secretHash);
    },
  };
}

const boundsOf = ({ allowedAddresses, expiresAt }: ApiKey): Pick<Scope, 'bounds'> =>
  allowedAddresses.length === 0 && expiresAt === null ? {} : { bounds: { allowedAddresses, expiresAt } };

/**
 * Tells the audit log that a key was used from where it may not be: at most one entry a minute, key and process, so that
 * nobody fills the log with it. Nobody waits for it: the answer must take as long as that to an unknown key.
 */
function createRefusals({ audit, clock, log }: AuthParts) {
  const toldMs = new Map<string, number>();
  return (apiKey: ApiKey, context: KeyContext): void => {
    const nowMs = clock.now().getTime();
    if (nowMs - (toldMs.get(apiKey.id) ?? 0) < REFUSAL_EVERY_MS) return;
    keep(toldMs, apiKey.id, nowMs);
    const { organisation, prefix } = apiKey;
    const scope = { ...systemScope({ organisation, permissions: [], name: 'sign-in' }), ...context };
    const change = {
      action: 'platform:key:refuse',
      target: `key:${prefix}`,
      after: { reason: 'address', from: context.from },
    };
    audit.record(scope, change).catch((error: unknown) => {
      log.warn({ err: error }, 'a refused API key could not be noted in the audit log');
    });
  };
}

/** Puts the newest at the end and drops the oldest beyond the limit. */
function keep<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  const oldest = map.keys().next().value;
  if (map.size > KEY_CACHE_ROWS_MAX && oldest !== undefined) map.delete(oldest);
}
