import type { Audit } from '#platform/audit/audit.ts';
import { withinScope } from '#platform/auth/scope.store.ts';
import type { Scope } from '#platform/auth/scope.ts';
import type { Relational } from '#platform/db/relational.ts';

type EnrolmentTable = { collector: string; organisation: string; code_hash: string; expires_at: Date };
type Tables = {
  'collect.enrolment': EnrolmentTable;
  'collect.collector': { name: string; organisation: string; api_key: string | null };
};

/** A code that can still be used, with the key that its collector has now. */
export type OpenEnrolment = { collector: string; organisation: string; apiKey: string | null };

/** One-time codes in PostgreSQL, at most one of a collector. */
export type EnrolmentStore = ReturnType<typeof createEnrolmentStore>;

export function createEnrolmentStore({ relational, audit }: { relational: Relational; audit: Audit }) {
  const database = relational.as<Tables>();
  return {
    /** Keeps a code of a collector that was found through the scope; the one before is worth nothing from now on. */
    async save(
      scope: Scope,
      code: { collector: string; organisation: string; codeHash: string; expiresAt: Date },
    ): Promise<void> {
      const { collector, organisation, codeHash, expiresAt } = code;
      await database.transaction().execute(async (transaction) => {
        await transaction
          .insertInto('collect.enrolment')
          .values({ collector, organisation, code_hash: codeHash, expires_at: expiresAt })
          .onConflict((conflict) =>
            conflict.column('collector').doUpdateSet({ code_hash: codeHash, expires_at: expiresAt }),
          )
          .execute();
        const after = { expiresAt: expiresAt.toISOString() };
        const change = { target: `collector ${collector}`, organisation, after };
        await audit.record(scope, { action: 'collect:enrolment:create', ...change }, transaction);
      });
    },

    /** Whose code this is; nobody is known yet, so the code itself is what entitles. Null when it is unknown or has expired. */
    async findUnscoped(codeHash: string, now: Date): Promise<OpenEnrolment | null> {
      const row = await database
        .selectFrom('collect.enrolment as enrolment')
        .innerJoin('collect.collector as collector', 'collector.name', 'enrolment.collector')
        .where('enrolment.code_hash', '=', codeHash)
        .where('enrolment.expires_at', '>', now)
        .select(['collector.name', 'collector.organisation', 'collector.api_key'])
        .executeTakeFirst();
      return row ? { collector: row.name, organisation: row.organisation, apiKey: row.api_key } : null;
    },

    /** Uses the code up and gives the collector its new key, both or neither. False when somebody else was faster. */
    async use(scope: Scope, use: { codeHash: string; collector: string; apiKey: string }): Promise<boolean> {
      return database.transaction().execute(async (transaction) => {
        const used = await transaction
          .deleteFrom('collect.enrolment')
          .where('code_hash', '=', use.codeHash)
          .where('collector', '=', use.collector)
          .where(withinScope(scope, 'organisation'))
          .returning('organisation')
          .executeTakeFirst();
        if (!used) return false;
        await transaction
          .updateTable('collect.collector')
          .set({ api_key: use.apiKey })
          .where('name', '=', use.collector)
          .where(withinScope(scope, 'organisation'))
          .execute();
        const change = { target: `collector ${use.collector}`, organisation: used.organisation };
        await audit.record(scope, { action: 'collect:collector:enrol', ...change }, transaction);
        return true;
      });
    },
  };
}
