import type { AuditEntry } from '@ronghe/contracts';
import { type Kysely, type Selectable, sql } from 'kysely';
import type { ChainEntry, ChainHead } from '#platform/audit/chain.ts';
import { withinScope } from '#platform/auth/scope.store.ts';
import type { Scope } from '#platform/auth/scope.ts';

/** Columns of the audit log. `before` and `after` are written as JSON text and read as values. */
export type AuditTables = {
  'platform.audit_entry': {
    sequence: number;
    at: Date;
    actor: string;
    actor_id: string;
    actor_kind: AuditEntry['actorKind'];
    organisation: string;
    address: string | null;
    request_id: string;
    action: string;
    target: string;
    before: unknown;
    after: unknown;
    hash: string;
  };
  'platform.audit_head': { one: boolean; sequence: number; hash: string };
};

/** Rows of the audit log. Pass a transaction to take part in it. */
export function createAuditStore(db: Kysely<AuditTables>) {
  return {
    /**
     * Locks and reads the head, so that writers queue up here until the transaction ends. Without a scope: the chain is one
     * for the whole installation.
     */
    async lockHeadUnscoped(): Promise<ChainHead> {
      await db
        .insertInto('platform.audit_head')
        .values({ one: true, sequence: 0, hash: '' })
        .onConflict((conflict) => conflict.column('one').doNothing())
        .execute();
      const row = await db
        .selectFrom('platform.audit_head')
        .select(['sequence', 'hash'])
        .forUpdate()
        .executeTakeFirstOrThrow();
      return { sequence: Number(row.sequence), hash: row.hash };
    },

    /** Appends the entry and moves the head onto it. Without a scope for the same reason. */
    async appendUnscoped(entry: ChainEntry, hash: string): Promise<void> {
      await db
        .insertInto('platform.audit_entry')
        .values({
          sequence: entry.sequence,
          at: new Date(entry.at),
          actor: entry.actor,
          actor_id: entry.actorId,
          actor_kind: entry.actorKind,
          organisation: entry.organisation,
          address: entry.from,
          request_id: entry.requestId,
          action: entry.action,
          target: entry.target,
          before: asJson(entry.before),
          after: asJson(entry.after),
          hash,
        })
        .execute();
      await db.updateTable('platform.audit_head').set({ sequence: entry.sequence, hash }).execute();
    },

    /** Newest first, of the scope's organisation and below; `below` is the sequence of the last row of the page before. */
    async list(
      scope: Scope,
      query: { below: number | null; limit: number; search: string | null },
    ): Promise<{ entries: AuditEntry[]; total: number }> {
      let matching = db.selectFrom('platform.audit_entry').where(withinScope(scope, 'organisation'));
      if (query.search !== null) {
        const pattern = `%${query.search.replace(/[\\%_]/g, '\\$&')}%`;
        matching = matching.where((eb) =>
          eb.or([
            eb('actor', 'ilike', pattern),
            eb('action', 'ilike', pattern),
            eb('target', 'ilike', pattern),
          ]),
        );
      }
      const { total } = await matching
        .select(sql<number>`count(*)::int`.as('total'))
        .executeTakeFirstOrThrow();
      const page = query.below === null ? matching : matching.where('sequence', '<', query.below);
      const rows = await page.selectAll().orderBy('sequence', 'desc').limit(query.limit).execute();
      return { entries: rows.map(toEntry), total };
    },

    /** The head, or null before the first entry. Asked for by `verify`, which demands the root organisation. */
    async head(_scope: Scope): Promise<ChainHead | null> {
      const row = await db.selectFrom('platform.audit_head').select(['sequence', 'hash']).executeTakeFirst();
      return row ? { sequence: Number(row.sequence), hash: row.hash } : null;
    },

    /** A page of the whole chain in order. Asked for by `verify`, which demands the root organisation. */
    async page(
      _scope: Scope,
      query: { above: number; limit: number },
    ): Promise<(ChainEntry & { hash: string })[]> {
      const rows = await db
        .selectFrom('platform.audit_entry')
        .selectAll()
        .where('sequence', '>', query.above)
        .orderBy('sequence')
        .limit(query.limit)
        .execute();
      return rows.map((row) => ({ ...toEntry(row), actorId: row.actor_id, requestId: row.request_id }));
    },
  };
}

const asJson = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));

const toEntry = (row: Selectable<AuditTables['platform.audit_entry']>): AuditEntry => ({
  sequence: Number(row.sequence),
  at: row.at.toISOString(),
  actor: row.actor,
  actorKind: row.actor_kind,
  organisation: row.organisation,
  from: row.address,
  action: row.action,
  target: row.target,
  before: row.before,
  after: row.after,
  hash: row.hash,
});
