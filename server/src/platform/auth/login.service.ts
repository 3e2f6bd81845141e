import { type LoginAnswer, type LoginRequest, type Me, PERMISSION_NAMES } from '@ronghe/contracts';
import { createAttemptStore } from '#platform/auth/attempt.store.ts';
import type { AuthParts } from '#platform/auth/auth.parts.ts';
import { createFailureLimit } from '#platform/auth/failure-limit.ts';
import { demandStrong, hashPassword, isOutdated, passwordFits } from '#platform/auth/password.ts';
import { type Scope, systemScope } from '#platform/auth/scope.ts';
import { createSessionStore } from '#platform/auth/session.store.ts';
import type { SessionMemory } from '#platform/auth/session-memory.ts';
import { hashToken, newPassword, newSessionToken } from '#platform/auth/token.ts';
import { createTurns } from '#platform/auth/turns.ts';
import { createUserStore, type LoginUser } from '#platform/auth/user.store.ts';
import { AppError } from '#platform/errors/errors.ts';

/** Failed sign-ins a minute and address before 429. */
export const LOGIN_FAILURES_PER_MINUTE_MAX = 30;
/** Sign-ins in hand at once in one process, so that hashing cannot eat all memory and time. */
export const LOGINS_AT_ONCE_MAX = 100;

const MINUTE_MS = 60_000;
type Context = Pick<Scope, 'from' | 'locale' | 'requestId'>;

/** Begins a session of somebody who has proved who they are; `by` tells the audit log how, when not by a password. */
export type BeginSession = (
  user: Pick<LoginUser, 'id' | 'username' | 'organisation'>,
  context: Context,
  by?: { by: string; issuer: string },
) => Promise<{ token: string; expiresAt: Date }>;

/** Use cases of signing in and out; `me` tells who a scope is. See the type `Auth` for what each promises. */
export function createLogin(
  parts: AuthParts,
  { me, sessions }: { me: (scope: Scope) => Promise<Me>; sessions: SessionMemory },
) {
  const { db, audit, clock, config } = parts;
  const check = createPasswordCheck(parts);

  const begin: BeginSession = async (user, context, by) => {
    const now = clock.now();
    const token = newSessionToken();
    const expiresAt = new Date(now.getTime() + config.sessionHours * 60 * MINUTE_MS);
    const scope = bareScope(user, context);
    await db.transaction().execute(async (transaction) => {
      await createSessionStore(transaction).insert(scope, { tokenHash: hashToken(token), now, expiresAt });
      await createUserStore(transaction).update(scope, user.id, { last_login_at: now });
      const target = `user:${user.username}`;
      const change = { action: 'platform:session:create', target, ...(by ? { after: by } : {}) };
      await audit.record(scope, change, transaction);
    });
    // One more session may have ended the oldest.
    sessions.forget(user.id);
    return { token, expiresAt };
  };

  const scopeOfSession = async (token: string, context: Context): Promise<Scope | null> => {
    const user = await sessions.userOf(token);
    if (!user) return null;
    return {
      actor: { kind: 'user', id: user.userId, name: user.username },
      organisation: user.organisation,
      permissions: user.rights,
      roles: user.roles,
      ...context,
    };
  };

  return {
    begin,

    /** null when the session ended, was never there, or its user is disabled. */
    scopeOfSession,

    async login(request: LoginRequest, context: Context & { from: string }): Promise<LoginAnswer> {
      const username = request.username.trim().toLowerCase();
      const user = await check(username, request.password, context);
      if (isOutdated(user.passwordHash)) {
        const password_hash = await hashPassword(request.password);
        await createUserStore(db).update(bareScope(user, context), user.id, { password_hash });
      }
      const { token, expiresAt } = await begin(user, context);
      const scope = await scopeOfSession(token, context);
      if (!scope) throw new AppError('LOGIN_FAILED');
      return { token, expiresAt: expiresAt.toISOString(), me: await me(scope) };
    },

    async logout(scope: Scope, token: string): Promise<void> {
      await db.transaction().execute(async (transaction) => {
        if (!(await createSessionStore(transaction).end(scope, hashToken(token)))) return;
        const change = { action: 'platform:session:end', target: `user:${scope.actor.name}` };
        await audit.record(scope, change, transaction);
      });
      sessions.forget(scope.actor.id);
    },

    async changePassword(scope: Scope, request: { current: string; next: string }): Promise<void> {
      if (scope.actor.kind !== 'user') throw new AppError('LOGIN_REQUIRED');
      const user = await check(scope.actor.name, request.current, { ...scope, from: scope.from ?? 'local' });
      if (request.next === request.current) throw new AppError('PASSWORD_WEAK');
      demandStrong(request.next, user.username);
      const password_hash = await hashPassword(request.next);
      await db.transaction().execute(async (transaction) => {
        await createUserStore(transaction).update(scope, user.id, { password_hash });
        await createSessionStore(transaction).endAll(scope, user.id);
        const change = { action: 'platform:password:change', target: `user:${user.username}` };
        await audit.record(scope, change, transaction);
      });
      sessions.forget(user.id);
    },
  };
}

/** The scope of somebody whose password was right; their rights are not needed for what it is used for. */
const bareScope = (user: Parameters<BeginSession>[0], context: Context): Scope => ({
  actor: { kind: 'user', id: user.id, name: user.username },
  organisation: user.organisation,
  permissions: new Set(),
  from: context.from,
  locale: context.locale,
  requestId: context.requestId,
});

/**
 * Checks a name and a password and keeps count of failures. Unknown, disabled and wrong take the same steps: the same
 * queries, one verification against a real hash, one count, one audit entry. So neither answer nor time tells them apart.
 */
function createPasswordCheck({ db, audit, clock, config, log }: AuthParts) {
  const users = createUserStore(db);
  const attempts = createAttemptStore(db);
  const addresses = createFailureLimit({ clock, failuresMax: LOGIN_FAILURES_PER_MINUTE_MAX });
  // One at a time per name: many guesses at once must not all pass the lock before the first one is counted.
  const turns = createTurns({ waitingMax: LOGINS_AT_ONCE_MAX });
  const lockMs = config.loginLockMinutes * MINUTE_MS;
  let decoy: Promise<string> | null = null;

  const fail = async (username: string, user: LoginUser | null, context: Context): Promise<never> => {
    const limits = { now: clock.now(), attemptsMax: config.loginAttemptsMax, lockMs };
    const lockedUntil = await attempts.failUnscoped(username, limits);
    // A name nobody has may be a password typed into the wrong field; it is not kept.
    const target = user ? `user:${user.username}` : 'user:unknown';
    const organisation = user?.organisation ?? config.organisationPath;
    const scope = { ...systemScope({ organisation, permissions: [], name: 'sign-in' }), ...pick(context) };
    await audit.record(scope, {
      action: lockedUntil ? 'platform:session:lock' : 'platform:session:refuse',
      target,
    });
    log.info({ from: context.from, requestId: context.requestId }, 'a sign-in was refused');
    throw new AppError('LOGIN_FAILED');
  };

  return (username: string, password: string, context: Context & { from: string }): Promise<LoginUser> => {
    addresses.begin(context.from);
    return turns.take(username, async () => {
      const lockedUntil = await attempts.lockedUntilUnscoped(username, clock.now());
      if (lockedUntil) {
        const minutes = Math.ceil((lockedUntil.getTime() - clock.now().getTime()) / MINUTE_MS);
        throw new AppError('LOGIN_LOCKED', { minutes });
      }
      decoy ??= hashPassword(newPassword());
      const decoyHash = await decoy;
      const user = await users.findForLoginUnscoped(username);
      const fits = await passwordFits(user?.passwordHash ?? decoyHash, password);
      if (!user || !fits || user.disabled) return fail(username, user, context);
      addresses.succeed(context.from);
      await attempts.clearUnscoped(username);
      return user;
    });
  };
}

const pick = ({ from, locale, requestId }: Context): Context => ({ from, locale, requestId });

/** The scope of the platform's own first steps. */
export const bootstrapScope = (organisation: string): Scope =>
  systemScope({ organisation, permissions: PERMISSION_NAMES, name: 'bootstrap' });
