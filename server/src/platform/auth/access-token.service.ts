import type { TokenAnswer } from '@ronghe/contracts';
import { createAccessTokenStore } from '#platform/auth/access-token.store.ts';
import { type ClientRequest, scopeOfToken, TokenRefusal } from '#platform/auth/access-token.ts';
import type { AuthParts } from '#platform/auth/auth.parts.ts';
import { createFailureLimit } from '#platform/auth/failure-limit.ts';
import type { KeyContext, KeyMemory } from '#platform/auth/key-memory.ts';
import { hashToken, looksLikeKey, newAccessToken } from '#platform/auth/token.ts';

/** How long an access token lasts, unless its key ends before. */
export const ACCESS_TOKEN_MS = 15 * 60_000;
/** Refused requests for a token a minute and address; generous, because one address may hide a whole plant. */
export const TOKEN_FAILURES_PER_MINUTE_MAX = 300;

/** Access tokens for keys; see the type `Auth` for what it promises. */
export function createAccessTokens({ db, clock, log }: AuthParts, memory: KeyMemory) {
  const store = createAccessTokenStore(db);
  const failures = createFailureLimit({ clock, failuresMax: TOKEN_FAILURES_PER_MINUTE_MAX });
  return {
    async issueToken(asked: ClientRequest, context: KeyContext & { from: string }): Promise<TokenAnswer> {
      failures.begin(context.from);
      const found = looksLikeKey(asked.secret) ? await memory.behind(asked.secret, context) : null;
      // One answer for an unknown id, a wrong key and a refused address.
      if (found?.apiKey.id !== asked.id.toLowerCase()) {
        log.info({ from: context.from, requestId: context.requestId }, 'an access token was refused');
        throw new TokenRefusal('invalid_client', 'unknown key, or it may not be used');
      }
      failures.succeed(context.from);
      const { apiKey, scope, until } = found;
      const permissions = scopeOfToken(asked.scope, scope.permissions);
      const now = clock.now();
      const ends = [now.getTime() + ACCESS_TOKEN_MS];
      if (until !== null) ends.push(until.getTime());
      if (apiKey.expiresAt !== null) ends.push(Date.parse(apiKey.expiresAt));
      const expiresAt = new Date(Math.min(...ends));
      const token = newAccessToken();
      await store.insert(scope, { tokenHash: hashToken(token), permissions, now, expiresAt });
      return {
        access_token: token,
        token_type: 'Bearer',
        expires_in: Math.floor((expiresAt.getTime() - now.getTime()) / 1000),
        scope: permissions.join(' '),
      };
    },
  };
}
