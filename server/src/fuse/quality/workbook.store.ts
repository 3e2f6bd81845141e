import type { Bilingual } from '@ronghe/contracts';
import { type Kysely, sql } from 'kysely';
import type { Scope } from '#platform/auth/scope.ts';
import type { Analytics } from '#platform/db/analytics.ts';
import type { FuseTables } from '../fuse.tables.ts';
import type { FindingRule } from '../standards/findings.ts';

export type WorkbookLine = {
  row_key: string;
  period: string;
  field: string;
  value: string;
  expected: string;
  file: string;
  place: number;
  /** finding of the standards that the line is about, where the issue is about several */
  finding?: string;
  /** rule that the line broke, where the issue is about several */
  broken?: { name: Bilingual; remedy: Bilingual };
};
type Asked = { source: string; rule: string; after: { key: string; place: number } | null; limit: number };

/** Rows for the owner of the data, of a source that the service has found inside the scope. */
export function createWorkbookStore(db: Kysely<FuseTables>, analytics: Analytics) {
  return {
    /** Where rows stand in what the source delivered; rows that nobody knows the place of are missing. */
    async places(
      _scope: Scope,
      source: string,
      rowKeys: readonly string[],
    ): Promise<Map<string, { file: string; place: number }>> {
      if (rowKeys.length === 0) return new Map();
      const rows = await analytics.query<{ row_key: string; file: string; place: number }>(
        `select row_key, argMax(toString(file), (number, received_at)) as file,
           argMax(place, (number, received_at)) as place
         from fuse.landing where source = {source:String} and row_key in {keys:Array(String)} and change <> 'gone'
         group by row_key`,
        { params: { source, keys: [...new Set(rowKeys)] } },
      );
      return new Map(rows.map(({ row_key, file, place }) => [row_key, { file, place }]));
    },

    /** Rows as readers see them that a finding of the standards is about. */
    async found(
      _scope: Scope,
      { source, rule, after, limit }: Asked,
      numbers: readonly number[],
    ): Promise<WorkbookLine[]> {
      return analytics.query<WorkbookLine>(
        `select row_key, toString(period) as period, toString(finding_field[indexOf(finding_rule, {rule:String})]) as field,
           finding_value[indexOf(finding_rule, {rule:String})] as value, '' as expected, '' as file, 0 as place
         from (
           select * from fuse.record where source = {source:String} and number in {numbers:Array(UInt64)}
           order by source, entity_key, row_key, number desc limit 1 by entity_key, row_key)
         where gone = 0 and has(finding_rule, {rule:String}) and row_key > {key:String}
         order by row_key limit {limit:UInt64}`,
        { params: { source, rule, numbers, key: after?.key ?? '', limit } },
      );
    },

    /** Rows that have a finding which only showed when they were fused. */
    async fusing(_scope: Scope, { source, rule, after, limit }: Asked): Promise<WorkbookLine[]> {
      const rows = await db
        .selectFrom('fuse.finding')
        .where('source', '=', source)
        .where('rule', '=', rule as FindingRule)
        .where('closed', 'is', null)
        .where(sql<boolean>`row_key collate "C" > ${after?.key ?? ''}`)
        .select(['row_key', 'field', 'value'])
        .distinctOn(sql`row_key collate "C"`)
        .orderBy(sql`row_key collate "C"`)
        .limit(limit)
        .execute();
      return rows.map(({ row_key, field, value }) => ({
        ...{ row_key, period: '', field: field ?? '', value: value ?? '' },
        ...{ expected: '', file: '', place: 0 },
      }));
    },

    /** Places of one run that had a problem of this kind when they were read; rows are named by where they stand. */
    async problems(
      _scope: Scope,
      { source, rule, limit }: Omit<Asked, 'after'>,
      number: number,
    ): Promise<WorkbookLine[]> {
      return analytics.query<WorkbookLine>(
        `select '' as row_key, '' as period, column as field, text as value, '' as expected,
           toString(file) as file, place
         from fuse.problem final
         where source = {source:String} and number = {number:UInt64} and rule = {rule:String}
         order by file, place, column limit {limit:UInt64}`,
        { params: { source, rule, number, limit } },
      );
    },

    /** Rows of one run that a finding kept out; that any kept out when `rule` is empty. */
    async rejected(
      _scope: Scope,
      { source, rule, after, limit }: Asked,
      number: number,
    ): Promise<WorkbookLine[]> {
      const from = after ?? { key: '', place: -1 };
      return analytics.query<WorkbookLine>(
        `select row_key, '' as period, greatest(1, indexOf(finding_rule, {rule:String})) as at,
           toString(finding_field[at]) as field, finding_value[at] as value, '' as expected,
           toString(finding_rule[at]) as finding, toString(file) as file, place
         from fuse.reject final
         where source = {source:String} and number = {number:UInt64}
           and ({rule:String} = '' or has(finding_rule, {rule:String}))
           and (row_key, toInt64(place)) > ({key:String}, {place:Int64})
         order by row_key, place limit {limit:UInt64}`,
        { params: { source, rule, number, key: from.key, place: from.place, limit } },
      );
    },
  };
}
