import { createHmac, randomBytes } from 'node:crypto';
import type { AuthParts } from '#platform/auth/auth.parts.ts';
import type { Auth } from '#platform/auth/auth.ts';
import { createFailureLimit } from '#platform/auth/failure-limit.ts';
import type { Scope } from '#platform/auth/scope.ts';
import { looksLikeKey } from '#platform/auth/token.ts';
import { AppError } from '#platform/errors/errors.ts';

/** Wrong keys a minute and address before 429; people have the limits of signing in. */
const KEY_FAILURES_PER_MINUTE_MAX = 600;
/** How long a person's password that was right is not verified again; a new password or a disabled account end it at once. */
const REMEMBERED_MS = 600_000;
const REMEMBERED_MAX = 1_000;
/** What clients send when they were told no user; it is nobody's name. */
const NOBODY = new Set(['', 'default']);

type Context = Parameters<Auth['scopeOfCredentials']>[1];
type Ways = {
  scopeOfKey(key: string, context: Context): Promise<Scope | null>;
  login: Auth['login'];
  scopeOfSession(token: string, context: Context): Promise<Scope | null>;
};

/**
 * Names and passwords that come with every request, as other protocols send them. Verifying a password costs as much as it must, so a
 * person gets a session by the first one, kept under a digest of both with a secret of this process: what ends sessions ends it too.
 */
export function createCredentialCheck(
  { clock }: Pick<AuthParts, 'clock'>,
  { scopeOfKey, login, scopeOfSession }: Ways,
): Auth['scopeOfCredentials'] {
  const failures = createFailureLimit({ clock, failuresMax: KEY_FAILURES_PER_MINUTE_MAX });
  const secret = randomBytes(32);
  const remembered = new Map<string, { token: string; untilMs: number }>();

  const byKey = async (user: string, key: string, context: Context): Promise<Scope> => {
    failures.begin(context.from);
    const scope = await scopeOfKey(key, context);
    const names =
      scope !== null && (NOBODY.has(user) || user === scope.actor.id || key.startsWith(`${user}_`));
    if (!names) throw new AppError('LOGIN_FAILED');
    failures.succeed(context.from);
    return scope;
  };

  const byPassword = async (username: string, password: string, context: Context): Promise<Scope> => {
    const digest = createHmac('sha256', secret)
      .update(JSON.stringify([username, password]))
      .digest('base64');
    const known = remembered.get(digest);
    if (known && known.untilMs > clock.now().getTime()) {
      const scope = await scopeOfSession(known.token, context);
      if (scope) return scope;
    }
    remembered.delete(digest);
    const { token } = await login({ username, password }, context);
    const scope = await scopeOfSession(token, context);
    if (!scope) throw new AppError('LOGIN_FAILED');
    remembered.set(digest, { token, untilMs: clock.now().getTime() + REMEMBERED_MS });
    const [oldest] = remembered.keys();
    if (remembered.size > REMEMBERED_MAX && oldest !== undefined) remembered.delete(oldest);
    return scope;
  };

  return ({ user, password }, context) =>
    looksLikeKey(password) ? byKey(user, password, context) : byPassword(user, password, context);
}
