import type { AuthParts } from '#platform/auth/auth.parts.ts';
import { permissionsOf } from '#platform/auth/role.ts';
import type { Scope } from '#platform/auth/scope.ts';
import { createSessionStore, type SessionUser } from '#platform/auth/session.store.ts';
import { hashToken } from '#platform/auth/token.ts';

/**
 * How long a session is trusted without asking the database again: the longest it takes until a sign-out, a new password or
 * other roles given in another process are seen here. In this process they count at once.
 */
export const SESSION_MEMORY_MS = 4_000;
const SESSIONS_MAX = 1_000;

/** Who a session belongs to; `rights` is the same object as long as the session is remembered. */
export type RememberedUser = SessionUser & { readonly rights: Scope['permissions'] };

/** Sessions of the last seconds, so that a page with twenty charts does not cost twenty queries. */
export type SessionMemory = {
  /** null when the session ended, was never there, or its user is disabled */
  userOf(token: string): Promise<RememberedUser | null>;
  /** To be called after a change of the user's sessions, roles or state is committed. */
  forget(userId: string): void;
};

type Kept = { user: RememberedUser; untilMs: number };

export function createSessionMemory({ db, clock }: Pick<AuthParts, 'db' | 'clock'>): SessionMemory {
  const store = createSessionStore(db);
  const kept = new Map<string, Kept>();
  // Counts changes: a row that was read before one must not be kept after it.
  let changes = 0;

  const read = async (tokenHash: string): Promise<RememberedUser | null> => {
    const [before, now] = [changes, clock.now()];
    const found = await store.findUnscoped(tokenHash, now);
    kept.delete(tokenHash);
    if (!found) return null;
    const user = { ...found, rights: permissionsOf(found.roles, found.customPermissions) };
    if (before !== changes) return user;
    const untilMs = Math.min(now.getTime() + SESSION_MEMORY_MS, user.expiresAt.getTime());
    kept.set(tokenHash, { user, untilMs });
    const oldest = kept.keys().next().value;
    if (kept.size > SESSIONS_MAX && oldest !== undefined) kept.delete(oldest);
    return user;
  };

  return {
    async userOf(token) {
      const tokenHash = hashToken(token);
      const entry = kept.get(tokenHash);
      return entry && entry.untilMs > clock.now().getTime() ? entry.user : read(tokenHash);
    },
    forget(userId) {
      changes += 1;
      for (const [tokenHash, { user }] of kept) if (user.userId === userId) kept.delete(tokenHash);
    },
  };
}
