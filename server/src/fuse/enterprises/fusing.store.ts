import { type Kysely, sql } from 'kysely';
import type { FuseTables } from '../fuse.tables.ts';
import type { CleanRow, Row } from '../sources/rows.ts';
import type { Member } from './summary.ts';

export type Head = { entityKey: string; rowKey: string; period: string | null; clean: CleanRow; row: Row };

const anyId = (ids: readonly string[]) => sql<string>`any(${[...ids]}::uuid[])`;

/** What fusing reads: the records that wait and those that stand behind enterprises. Works for a run, over the whole province. */
export function createUnscopedFusingStore(db: Kysely<FuseTables>) {
  return {
    async pending(source: string, limit: number): Promise<string[]> {
      const rows = await db
        .selectFrom('fuse.pending')
        .select('entity_key')
        .where('source', '=', source)
        .orderBy('entity_key')
        .limit(limit)
        .execute();
      return rows.map((row) => row.entity_key);
    },

    async pendingCount(source: string): Promise<number> {
      const { count } = await db
        .selectFrom('fuse.pending')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('source', '=', source)
        .executeTakeFirstOrThrow();
      return count;
    },

    async donePending(source: string, entityKeys: readonly string[]): Promise<void> {
      await db
        .deleteFrom('fuse.pending')
        .where('source', '=', source)
        .where('entity_key', '=', sql<string>`any(${[...entityKeys]})`)
        .execute();
    },

    /** The newest row of each enterprise of the source: the latest month, or the only row. */
    async heads(source: string, entityKeys: readonly string[]): Promise<Map<string, Head>> {
      const rows = await db
        .selectFrom('fuse.record')
        .distinctOn('entity_key')
        .select(['entity_key', 'row_key', 'period', 'clean', 'row'])
        .where('source', '=', source)
        .where('entity_key', '=', sql<string>`any(${[...entityKeys]})`)
        .orderBy('entity_key')
        .orderBy(sql`period desc nulls last`)
        .orderBy('row_key')
        .execute();
      return new Map(
        rows.map((row) => [
          row.entity_key,
          {
            entityKey: row.entity_key,
            rowKey: row.row_key,
            period: row.period,
            clean: row.clean,
            row: row.row,
          },
        ]),
      );
    },

    /** All rows of these enterprises of the source, oldest month first. */
    async history(source: string, entityKeys: readonly string[]): Promise<Head[]> {
      const rows = await db
        .selectFrom('fuse.record')
        .select(['entity_key', 'row_key', 'period', 'clean', 'row'])
        .where('source', '=', source)
        .where('entity_key', '=', sql<string>`any(${[...entityKeys]})`)
        .orderBy('entity_key')
        .orderBy('period')
        .execute();
      return rows.map((row) => ({
        entityKey: row.entity_key,
        rowKey: row.row_key,
        period: row.period,
        clean: row.clean,
        row: row.row,
      }));
    },

    /** The newest row of each present record behind the enterprises, with its source's weight. */
    async members(ids: readonly string[]): Promise<Map<string, Member[]>> {
      const rows = await db
        .selectFrom('fuse.link as link')
        .innerJoin('fuse.record as record', (join) =>
          join.onRef('record.source', '=', 'link.source').onRef('record.row_key', '=', 'link.row_key'),
        )
        .innerJoin('fuse.source as source', 'source.id', 'link.source')
        .where('link.enterprise', '=', anyId(ids))
        .where('link.gone', '=', false)
        .select(['link.enterprise', 'link.source', 'record.row_key', 'record.period', 'record.clean'])
        .select(['source.priority', 'source.organisation'])
        .execute();
      const members = new Map<string, Member[]>(ids.map((id) => [id, []]));
      for (const row of rows) {
        members.get(row.enterprise)?.push({
          source: row.source,
          priority: row.priority,
          organisation: row.organisation,
          rowKey: row.row_key,
          period: row.period,
          values: row.clean.values,
        });
      }
      return members;
    },

    /** Open findings of all rows (also past months) behind the enterprises. */
    async findingCounts(ids: readonly string[]): Promise<Map<string, number>> {
      const rows = await db
        .selectFrom('fuse.link as link')
        .innerJoin('fuse.record as record', (join) =>
          join.onRef('record.source', '=', 'link.source').onRef('record.entity_key', '=', 'link.entity_key'),
        )
        .innerJoin('fuse.finding as finding', (join) =>
          join
            .onRef('finding.source', '=', 'record.source')
            .onRef('finding.row_key', '=', 'record.row_key')
            .on('finding.closed', 'is', null),
        )
        .where('link.enterprise', '=', anyId(ids))
        .where('link.gone', '=', false)
        .groupBy('link.enterprise')
        .select(({ fn }) => ['link.enterprise', fn.countAll<number>().as('findings')])
        .execute();
      return new Map(rows.map((row) => [row.enterprise, row.findings]));
    },
  };
}
export type FusingStore = ReturnType<typeof createUnscopedFusingStore>;
