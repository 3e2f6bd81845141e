import type { Kysely } from 'kysely';
import type { AuthTables } from '#platform/auth/auth.tables.ts';

/** Sign-ins through a provider that may be under way at once. */
export const OIDC_FLOWS_MAX = 10_000;

export type OidcFlow = { browserHash: string; nonce: string; verifier: string; returnTo: string };

/**
 * Rows of `platform.oidc_flow`: sign-ins between going to the provider and coming back, under the SHA-256 of their state.
 * Without a scope throughout: nobody is known yet.
 */
export function createOidcStore(db: Kysely<AuthTables>) {
  return {
    /** False when too many are under way. */
    async beginUnscoped(
      stateHash: string,
      flow: OidcFlow,
      { now, expiresAt }: { now: Date; expiresAt: Date },
    ): Promise<boolean> {
      await db.deleteFrom('platform.oidc_flow').where('expires_at', '<=', now).execute();
      const { count } = await db
        .selectFrom('platform.oidc_flow')
        .select(({ fn }) => fn.countAll<string>().as('count'))
        .executeTakeFirstOrThrow();
      if (Number(count) >= OIDC_FLOWS_MAX) return false;
      await db
        .insertInto('platform.oidc_flow')
        .values({
          state_hash: stateHash,
          browser_hash: flow.browserHash,
          nonce: flow.nonce,
          verifier: flow.verifier,
          return_to: flow.returnTo,
          expires_at: expiresAt,
        })
        .execute();
      return true;
    },

    /** Takes the sign-in out, so that its state serves once. null when there is none or it took too long. */
    async takeUnscoped(stateHash: string, now: Date): Promise<OidcFlow | null> {
      const row = await db
        .deleteFrom('platform.oidc_flow')
        .where('state_hash', '=', stateHash)
        .returningAll()
        .executeTakeFirst();
      if (!row || row.expires_at <= now) return null;
      return {
        browserHash: row.browser_hash,
        nonce: row.nonce,
        verifier: row.verifier,
        returnTo: row.return_to,
      };
    },
  };
}
