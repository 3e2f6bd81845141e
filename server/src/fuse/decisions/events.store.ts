import type { EnterpriseEvent, EnterpriseEventKind, Page } from '@ronghe/contracts';
import { type Kysely, sql } from 'kysely';
import { withinScope } from '#platform/auth/scope.store.ts';
import type { Scope } from '#platform/auth/scope.ts';
import { encodeCursor } from '#platform/paging/cursor.ts';
import type { Cause } from '../enterprises/fusing.ts';
import type { EventDetail, FuseTables } from '../fuse.tables.ts';
import { numberOf } from '../paging.ts';

const INSERT_ROWS = 500;

export type NewEvent = {
  kind: EnterpriseEventKind;
  enterprise: string;
  other?: string;
  otherName?: string;
  detail?: EventDetail;
};
export type StoredEvent = {
  kind: EnterpriseEventKind;
  enterprise: string;
  other: string | null;
  otherName: string | null;
  at: Date;
  detail: EventDetail;
};

/** Events of enterprises as runs and decisions write them, inside their transaction and over the whole province. */
export function createUnscopedEventStore(db: Kysely<FuseTables>) {
  const events = () =>
    db
      .selectFrom('fuse.enterprise_event')
      .select(['kind', 'enterprise', 'other', 'other_name as otherName', 'at', 'detail']);
  return {
    async add(events: readonly NewEvent[], cause: Cause, at: Date): Promise<void> {
      for (let start = 0; start < events.length; start += INSERT_ROWS)
        await db
          .insertInto('fuse.enterprise_event')
          .values(
            events.slice(start, start + INSERT_ROWS).map((event) => ({
              ...cause,
              kind: event.kind,
              enterprise: event.enterprise,
              other: event.other ?? null,
              other_name: event.otherName ?? null,
              at,
              detail: JSON.stringify(event.detail ?? { records: [] }),
            })),
          )
          .execute();
    },

    /** How the ids in `others` last became aliases, by id. */
    async endings(others: readonly string[]): Promise<Map<string, StoredEvent>> {
      const rows = await events()
        .where('other', '=', sql<string>`any(${[...others]}::uuid[])`)
        .where('kind', 'in', ['merged', 'undone'])
        .orderBy('number')
        .execute();
      return new Map(rows.map((row) => [row.other ?? '', row]));
    },

    /** What a decision did when it took effect; null when it changed no enterprise. */
    async effectOf(decision: string): Promise<StoredEvent | null> {
      const row = await events()
        .where('decision', '=', decision)
        .where('kind', 'in', ['merged', 'split'])
        .orderBy('number')
        .executeTakeFirst();
      return row ?? null;
    },
  };
}
export type EventStore = ReturnType<typeof createUnscopedEventStore>;

/** Events as people read them. */
export function createEventListStore(db: Kysely<FuseTables>) {
  return {
    /** What happened to an enterprise, whom the service has found inside the scope, and to the ids that lead to it; newest first. */
    async list(
      scope: Scope,
      enterprise: string,
      { cursor, limit }: { cursor?: string | undefined; limit: number },
    ): Promise<Page<EnterpriseEvent>> {
      const ids = db
        .selectFrom('fuse.enterprise_alias')
        .select('id')
        .where('enterprise', '=', enterprise)
        .union(db.selectNoFrom(sql<string>`${enterprise}::uuid`.as('id')));
      const all = db
        .selectFrom('fuse.enterprise_event as event')
        .leftJoin('fuse.decision as decision', 'decision.id', 'event.decision')
        .leftJoin('fuse.enterprise as other', (join) =>
          join.onRef('other.id', '=', 'event.other').on(withinScope(scope, 'other.organisation')),
        )
        .where((where) => where.or([where('event.enterprise', 'in', ids), where('event.other', 'in', ids)]));
      let page = all
        .selectAll('event')
        .select(['decision.state as decision_state', 'other.name as present_name']);
      if (cursor) page = page.where('event.number', '<', numberOf(cursor));
      const found = await page
        .orderBy('event.number', 'desc')
        .limit(limit + 1)
        .execute();
      const { total } = await all
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return {
        items: items.map((row) => ({
          number: row.number,
          kind: row.kind,
          at: row.at.toISOString(),
          actor: row.actor,
          reason: row.reason,
          enterprise: row.enterprise,
          other: row.other,
          otherName: row.other_name ?? row.present_name,
          records: row.detail.records.length,
          run: row.run,
          decision: row.decision,
          decisionState: row.decision_state,
        })),
        next: found.length > limit && last ? encodeCursor([last.number]) : null,
        total,
      };
    },
  };
}
