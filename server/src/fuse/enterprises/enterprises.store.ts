import type { EnterpriseExportQuery, EnterpriseSummary, Page, RowFinding } from '@ronghe/contracts';
import { type Kysely, sql } from 'kysely';
import { withinScope } from '#platform/auth/scope.store.ts';
import type { Scope } from '#platform/auth/scope.ts';
import type { Analytics } from '#platform/db/analytics.ts';
import { decodeCursor, encodeCursor, invalidCursor } from '#platform/paging/cursor.ts';
import type { FuseTables } from '../fuse.tables.ts';
import type { MatchingRule } from '../matching/matching.ts';
import { createFindingStore, findingsOf, toFinding } from '../sources/findings.store.ts';
import { createUnscopedRecordStore } from '../sources/records.store.ts';
import type { Visible } from '../sources/records.ts';
import type { Row } from '../sources/rows.ts';
import { foldForSearch } from '../standards/names.ts';
import { toSummary } from './enterprises.ts';
import type { StoredEnterprise, StoredValue } from './golden.store.ts';

const ISSUES_MAX = 500;
const RECORDS_MAX = 200;
const NOTHING: Visible = { upTo: 0, except: [] };
/** Where enterprises without revenue stand in the order: after all others. */
const NO_REVENUE = -1e300;
/** Where enterprises stand whose profile was not counted yet: before all others. */
const NOT_COUNTED = -1;
/** How lists are ordered; the older enterprise comes first among equals. */
const ORDERS = {
  revenue: {
    by: sql<number>`coalesce(revenue, -1e300)`,
    direction: 'desc',
    after: '<',
    of: (row: { revenue: number | null }) => row.revenue ?? NO_REVENUE,
  },
  completeness: {
    by: sql<number>`coalesce(profile.score, -1)`,
    direction: 'asc',
    after: '>',
    of: (row: { completeness: number | null }) => row.completeness ?? NOT_COUNTED,
  },
} as const;

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
export function createEnterpriseStore(db: Kysely<FuseTables>, analytics: Analytics) {
  const stored = createUnscopedRecordStore(db, analytics);
  const findings = createFindingStore(db, analytics);
  const matching = (scope: Scope, filter: EnterpriseExportQuery) => {
    let query = db
      .selectFrom('fuse.enterprise')
      .where('state', '=', 'active')
      .where(withinScope(scope, 'organisation'));
    if (filter.city) query = query.where('city', '=', filter.city);
    if (filter.keyIndustry) query = query.where('key_industry', '=', filter.keyIndustry);
    if (filter.size) query = query.where('size', '=', filter.size);
    const { park } = filter;
    if (park)
      query = query.where(
        sql<boolean>`id in (select enterprise from fuse.enterprise_value where attribute = 'park' and value = ${park})`,
      );
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

    /** In the order that the filter names, the older first among equals. */
    async page(
      scope: Scope,
      filter: EnterpriseExportQuery,
      { cursor, limit }: PageOptions,
    ): Promise<Omit<Page<EnterpriseSummary>, 'total'>> {
      const order = ORDERS[filter.sort ?? 'revenue'];
      let query = matching(scope, filter)
        .leftJoin('fuse.profile_filled as profile', 'profile.enterprise', 'fuse.enterprise.number')
        .selectAll('fuse.enterprise')
        .select('profile.score as completeness');
      if (cursor) {
        const { value, number } = placeOf(cursor);
        query = query.where((where) =>
          where.or([
            where(order.by, order.after, value),
            where.and([where(order.by, '=', value), where('number', '>', number)]),
          ]),
        );
      }
      const rows = await query
        .orderBy(order.by, order.direction)
        .orderBy('number')
        .limit(limit + 1)
        .execute();
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      const next = rows.length > limit && last ? encodeCursor([order.of(last), last.number]) : null;
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

    /** Present records behind it: the newest row of each, and what is wrong with all its rows, also of past months. */
    async records(
      scope: Scope,
      enterprise: string,
    ): Promise<{ records: StoredRecord[]; issues: { source: string; finding: RowFinding }[] }> {
      const links = await db
        .selectFrom('fuse.link as link')
        .innerJoin('fuse.source as source', 'source.id', 'link.source')
        .where('link.enterprise', '=', enterprise)
        .where('link.gone', '=', false)
        .select(['link.source', 'link.entity_key', 'link.row_key', 'link.matched_by'])
        .orderBy('source.priority', 'desc')
        .orderBy('link.row_key')
        .limit(RECORDS_MAX)
        .execute();
      const visible = await stored.visible(links.map(({ source }) => source));
      const all: StoredRecord[] = [];
      const issues: { source: string; finding: RowFinding }[] = [];
      for (const { source, entity_key, row_key, matched_by } of links) {
        const seen = visible.get(source) ?? NOTHING;
        const versions = await stored.current({ source, visible: seen, entityKeys: [entity_key] });
        const faulty = versions.filter(({ rules }) => rules.length > 0);
        const fused = await findings.fusingOf(scope, source, [entity_key], ISSUES_MAX);
        const shown = [row_key, ...faulty.map(({ rowKey }) => rowKey), ...fused.map((one) => one.row_key)];
        const raw = await stored.raw(source, seen, [...new Set(shown)]);
        const rowOf = (rowKey: string): Row => raw.get(rowKey)?.row ?? {};
        if (versions.some(({ rowKey }) => rowKey === row_key))
          all.push({
            source,
            entityKey: entity_key,
            rowKey: row_key,
            run: raw.get(row_key)?.run ?? '',
            matchedBy: matched_by,
            row: rowOf(row_key),
          });
        for (const version of faulty)
          for (const finding of findingsOf(version))
            issues.push({
              source,
              finding: toFinding({ ...finding, rowKey: version.rowKey, row: rowOf(version.rowKey) }),
            });
        for (const one of fused)
          issues.push({
            source,
            finding: toFinding({ ...one, rowKey: one.row_key, row: rowOf(one.row_key) }),
          });
      }
      return { records: all, issues: issues.slice(0, ISSUES_MAX) };
    },
  };
}
export type EnterpriseStore = ReturnType<typeof createEnterpriseStore>;

function placeOf(cursor: string): { value: number; number: number } {
  const [value, number] = decodeCursor(cursor, 2).map(Number);
  if (value === undefined || !Number.isFinite(value) || !Number.isSafeInteger(number)) throw invalidCursor();
  return { value, number: number ?? 0 };
}
