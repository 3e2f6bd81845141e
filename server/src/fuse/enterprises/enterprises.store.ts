import type { EnterpriseExportQuery, EnterpriseSummary, Page, RowFinding } from '@ronghe/contracts';
import { type Kysely, sql } from 'kysely';
import { withinScope } from '#platform/auth/scope.store.ts';
import type { Scope } from '#platform/auth/scope.ts';
import { decodeCursor, encodeCursor, invalidCursor } from '#platform/paging/cursor.ts';
import type { FuseTables } from '../fuse.tables.ts';
import type { MatchingRule } from '../matching/matching.ts';
import { toFinding } from '../sources/findings.store.ts';
import type { Row } from '../sources/rows.ts';
import { foldForSearch } from '../standards/names.ts';
import { toSummary } from './enterprises.ts';
import type { StoredEnterprise, StoredValue } from './golden.store.ts';

const ISSUES_MAX = 500;
const RECORDS_MAX = 200;
/** Where enterprises without revenue stand in the order: after all others. */
const NO_REVENUE = -1e300;
const revenueOrder = sql<number>`coalesce(revenue, -1e300)`;

export type StoredRecord = {
  source: string;
  entityKey: string;
  rowKey: string;
  run: string;
  matchedBy: MatchingRule;
  row: Row;
};
type PageOptions = { cursor?: string | undefined; limit: number };

/** Reads golden records; every call sees the scope's organisation and what lies below it. */
export function createEnterpriseStore(db: Kysely<FuseTables>) {
  const matching = (scope: Scope, filter: EnterpriseExportQuery) => {
    let query = db
      .selectFrom('fuse.enterprise')
      .where('state', '=', 'active')
      .where(withinScope(scope, 'organisation'));
    if (filter.city) query = query.where('city', '=', filter.city);
    if (filter.keyIndustry) query = query.where('key_industry', '=', filter.keyIndustry);
    if (filter.size) query = query.where('size', '=', filter.size);
    const searched = foldForSearch(filter.search ?? '').replace(/[\\%_]/g, '\\$&');
    if (searched !== '') query = query.where('search', 'like', `%${searched}%`);
    return query;
  };
  return {
    async count(scope: Scope, filter: EnterpriseExportQuery): Promise<number> {
      const { total } = await matching(scope, filter)
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      return total;
    },

    /** Largest revenue first, the older first among equals. */
    async page(
      scope: Scope,
      filter: EnterpriseExportQuery,
      { cursor, limit }: PageOptions,
    ): Promise<Omit<Page<EnterpriseSummary>, 'total'>> {
      let query = matching(scope, filter).selectAll();
      if (cursor) {
        const { revenue, number } = placeOf(cursor);
        query = query.where((where) =>
          where.or([
            where(revenueOrder, '<', revenue),
            where.and([where(revenueOrder, '=', revenue), where('number', '>', number)]),
          ]),
        );
      }
      const rows = await query
        .orderBy(revenueOrder, 'desc')
        .orderBy('number')
        .limit(limit + 1)
        .execute();
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      const next =
        rows.length > limit && last ? encodeCursor([last.revenue ?? NO_REVENUE, last.number]) : null;
      return { items: items.map(toSummary), next };
    },

    /** By its id or by one it had before a merge; null when there is none or it lies outside the scope. */
    async find(scope: Scope, id: string): Promise<StoredEnterprise | null> {
      const row = await db
        .selectFrom('fuse.enterprise')
        .selectAll()
        .where(withinScope(scope, 'organisation'))
        .where(
          sql<boolean>`id = coalesce((select enterprise from fuse.enterprise_alias alias where alias.id = ${id}), ${id}::uuid)`,
        )
        .executeTakeFirst();
      return row ?? null;
    },

    async values(_scope: Scope, enterprise: string): Promise<StoredValue[]> {
      return db
        .selectFrom('fuse.enterprise_value')
        .selectAll()
        .where('enterprise', '=', enterprise)
        .execute();
    },

    /** Present records behind it: the newest row of each. */
    async records(_scope: Scope, enterprise: string): Promise<StoredRecord[]> {
      const rows = await db
        .selectFrom('fuse.link as link')
        .innerJoin('fuse.record as record', (join) =>
          join.onRef('record.source', '=', 'link.source').onRef('record.row_key', '=', 'link.row_key'),
        )
        .innerJoin('fuse.source as source', 'source.id', 'link.source')
        .where('link.enterprise', '=', enterprise)
        .where('link.gone', '=', false)
        .select(['link.source', 'link.entity_key', 'link.matched_by'])
        .select(['record.row_key', 'record.run', 'record.row'])
        .orderBy('source.priority', 'desc')
        .orderBy('record.row_key')
        .limit(RECORDS_MAX)
        .execute();
      return rows.map((row) => ({
        source: row.source,
        entityKey: row.entity_key,
        rowKey: row.row_key,
        run: row.run,
        matchedBy: row.matched_by,
        row: row.row,
      }));
    },

    /** Open findings of all rows behind it, also of past months. */
    async issues(_scope: Scope, enterprise: string): Promise<RowFinding[]> {
      const rows = await db
        .selectFrom('fuse.finding as finding')
        .innerJoin('fuse.record as record', (join) =>
          join.onRef('record.source', '=', 'finding.source').onRef('record.row_key', '=', 'finding.row_key'),
        )
        .innerJoin('fuse.link as link', (join) =>
          join.onRef('link.source', '=', 'record.source').onRef('link.entity_key', '=', 'record.entity_key'),
        )
        .where('link.enterprise', '=', enterprise)
        .where('link.gone', '=', false)
        .where('finding.closed', 'is', null)
        .selectAll('finding')
        .orderBy('finding.number', 'desc')
        .limit(ISSUES_MAX)
        .execute();
      return rows.map(toFinding);
    },
  };
}
export type EnterpriseStore = ReturnType<typeof createEnterpriseStore>;

function placeOf(cursor: string): { revenue: number; number: number } {
  const [revenue, number] = decodeCursor(cursor, 2).map(Number);
  if (revenue === undefined || !Number.isFinite(revenue) || !Number.isSafeInteger(number))
    throw invalidCursor();
  return { revenue, number: number ?? 0 };
}
