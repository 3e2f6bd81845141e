import { type Kysely, sql } from 'kysely';
import type { Ids } from '#platform/clock/clock.ts';
import { recordset } from '#platform/db/recordset.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { idOfRecord, type RecordId } from '../matching/constraints.ts';

/** A pair of records that a person should look at. */
export type Doubt = { a: RecordId; b: RecordId; weight: number; usefulness: number };

const ordered = ({ a, b, ...rest }: Doubt): Doubt =>
  idOfRecord(a) < idOfRecord(b) ? { a, b, ...rest } : { a: b, b: a, ...rest };

/** Doubtful pairs as runs and decisions write them. Works for a run, over the whole province. */
export function createUnscopedDoubtStore(db: Kysely<FuseTables>) {
  return {
    /**
     * Brings the queue up to date for records that were looked at again: pairs they are no longer part of are settled, those found are open, unless a person
     * has answered them.
     */
    async renew(
      records: readonly RecordId[],
      doubts: readonly Doubt[],
      { ids, at, model }: { ids: Ids; at: Date; model: number },
    ): Promise<void> {
      if (records.length === 0) return;
      const [sources, keys] = [
        records.map(({ source }) => source),
        records.map(({ entityKey }) => entityKey),
      ];
      await sql`update fuse.review_pair pair set state = 'settled'
        from unnest(${sources}::uuid[], ${keys}::text[]) as seen (source, key)
        where pair.state = 'open' and ((pair.source_a = seen.source and pair.key_a = seen.key)
          or (pair.source_b = seen.source and pair.key_b = seen.key))`.execute(db);
      const found = new Map(
        doubts.map(ordered).map((one) => [`${idOfRecord(one.a)} ${idOfRecord(one.b)}`, one]),
      );
      if (found.size === 0) return;
      await db
        .insertInto('fuse.review_pair')
        .values(
          [...found.values()].map(({ a, b, weight, usefulness }) => ({
            id: ids.next(),
            state: 'open' as const,
            ...{ source_a: a.source, key_a: a.entityKey, source_b: b.source, key_b: b.entityKey },
            ...{ weight, usefulness, model, at },
            ...{ later_until: null, decision: null, decided_by: null, decided_at: null },
          })),
        )
        .onConflict((conflict) =>
          conflict
            .columns(['source_a', 'key_a', 'source_b', 'key_b'])
            .doUpdateSet(({ ref }) => ({
              state: 'open' as const,
              weight: ref('excluded.weight'),
              usefulness: ref('excluded.usefulness'),
              model: ref('excluded.model'),
              at: ref('excluded.at'),
            }))
            .where('fuse.review_pair.state', 'in', ['open', 'settled']),
        )
        .execute();
    },

    /** Open pairs that were judged longest ago. */
    async oldest(limit: number): Promise<{ id: string; a: RecordId; b: RecordId }[]> {
      const rows = await db
        .selectFrom('fuse.review_pair')
        .select(['id', 'source_a', 'key_a', 'source_b', 'key_b'])
        .where('state', '=', 'open')
        .orderBy('at')
        .limit(limit)
        .execute();
      return rows.map((row) => ({
        id: row.id,
        a: { source: row.source_a, entityKey: row.key_a },
        b: { source: row.source_b, entityKey: row.key_b },
      }));
    },

    /** What pairs weigh now; those that are no longer doubtful are settled. */
    async judged(
      pairs: readonly { id: string; weight: number; usefulness: number; isOpen: boolean }[],
      { at, model }: { at: Date; model: number },
    ): Promise<void> {
      if (pairs.length === 0) return;
      await sql`update fuse.review_pair pair
        set weight = given.weight, usefulness = given.usefulness, at = ${at}, model = ${model}, state = case when given."isOpen" then 'open' else 'settled' end
        from ${recordset(pairs, { id: 'uuid', weight: 'real', usefulness: 'real', '"isOpen"': 'boolean' })}
        where pair.id = given.id and pair.state = 'open'`.execute(db);
    },

    /** What a withdrawn decision had answered waits again. */
    async reopen(decision: string): Promise<void> {
      await db
        .updateTable('fuse.review_pair')
        .set({ state: 'open', decision: null, decided_by: null, decided_at: null })
        .where('decision', '=', decision)
        .execute();
    },
  };
}

/** Doubt is greatest at even odds; a large enterprise counts up to twice as much as one nobody has figures of. */
export function usefulnessOf(weight: number, revenues: readonly (number | null)[]): number {
  const probability = 1 / (1 + 2 ** -weight);
  const revenue = Math.max(0, ...revenues.map((one) => one ?? 0));
  const importance = Math.min(1, Math.log10(1 + revenue) / 7);
  return 4 * probability * (1 - probability) * (0.5 + 0.5 * importance);
}
