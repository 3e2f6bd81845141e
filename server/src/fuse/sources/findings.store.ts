import type { MappedFinding as MappedFindingSchema, Page, RowFinding } from '@ronghe/contracts';
import { type Kysely, sql } from 'kysely';
import type { z } from 'zod';
import { withinScope } from '#platform/auth/scope.store.ts';
import type { Scope } from '#platform/auth/scope.ts';
import type { Analytics } from '#platform/db/analytics.ts';
import { decodeCursor, encodeCursor } from '#platform/paging/cursor.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { FINDING_RULES, type Finding, type FindingRule } from '../standards/findings.ts';
import { CURRENT, createUnscopedRecordStore, currentParams, VISIBLE } from './records.store.ts';
import type { Visible } from './records.ts';
import type { Row } from './rows.ts';

const INSERT_ROWS = 500;
/** Where pages of findings of rows end and those of fusing begin. */
const [OF_ROWS, OF_FUSING] = ['rows', 'fusing'];

export type RowFindings = { rowKey: string; entityKey: string; findings: readonly Finding[] };
type At = { source: string; run: number; at: Date };
/** A run as its findings are asked for: what stood when it ended. */
export type RunMoment = { source: string; number: number; mode: 'full' | 'incremental' };

/**
 * Findings that only show when rows are fused, by source and row: open now, with the runs that opened and closed them. What
 * the standards found in a single row stands with the row's version in ClickHouse.
 */
export function createUnscopedFindingStore(db: Kysely<FuseTables>) {
  return {
    /** Makes the open findings of these enterprises of the source what they are now; those that stay are not touched. */
    async set(at: At, entityKeys: readonly string[], rows: readonly RowFindings[]): Promise<void> {
      if (entityKeys.length === 0) return;
      const before = await db
        .selectFrom('fuse.finding')
        .select(['number', 'row_key', 'rule', 'field', 'value'])
        .where('source', '=', at.source)
        .where('closed', 'is', null)
        .where('entity_key', '=', sql<string>`any(${[...entityKeys]})`)
        .execute();
      const wanted = new Map(
        rows.flatMap(({ rowKey, entityKey, findings }) =>
          findings.map((finding) => [
            identityOf({ row_key: rowKey, ...finding }),
            { rowKey, entityKey, finding },
          ]),
        ),
      );
      const ended = before.filter((finding) => !wanted.has(identityOf(finding)));
      for (const finding of before) wanted.delete(identityOf(finding));
      if (ended.length > 0)
        await db
          .updateTable('fuse.finding')
          .set({ closed: at.run, closed_at: at.at })
          .where('number', '=', sql<number>`any(${ended.map(({ number }) => number)}::bigint[])`)
          .execute();
      const begun = [...wanted.values()];
      for (let start = 0; start < begun.length; start += INSERT_ROWS) {
        await db
          .insertInto('fuse.finding')
          .values(
            begun.slice(start, start + INSERT_ROWS).map(({ rowKey, entityKey, finding }) => ({
              source: at.source,
              row_key: rowKey,
              entity_key: entityKey,
              ...finding,
              row: '{}',
              opened: at.run,
              opened_at: at.at,
              closed: null,
              closed_at: null,
            })),
          )
          .execute();
      }
    },
  };
}

type RowOfFinding = {
  rowKey: string;
  step: number;
  rule: FindingRule;
  field: string;
  value: string;
  row: string;
};

/** Findings of the newest visible version of each row, and of the rows that were rejected and have not come good since. */
const ROWS_WITH_FINDINGS = `
  select row_key, '' as row, finding_rule, finding_field, finding_value from ${CURRENT} where notEmpty(finding_rule)
  union all
  select row_key, row, finding_rule, finding_field, finding_value from (
    select * from fuse.reject where ${VISIBLE} and number >= {since:UInt64}
    order by row_key, place, number desc limit 1 by row_key, place
  ) as rejected
  where {whole:UInt8} or (row_key, number) not in (
    select rejected.row_key, rejected.number from fuse.reject as rejected
    inner join (select row_key, max(number) as newest from fuse.record where ${VISIBLE} group by row_key) as good
      on good.row_key = rejected.row_key
    where rejected.source = {source:String} and good.newest > rejected.number)`;
/** One line a finding, numbered within its row. */
const FINDINGS = `
  select row_key as rowKey, step, rule, field, value, row from (${ROWS_WITH_FINDINGS})
  array join arrayEnumerate(finding_rule) as step, finding_rule as rule, finding_field as field, finding_value as value`;

/** Findings as people read them: of sources inside the scope. */
export function createFindingStore(db: Kysely<FuseTables>, analytics: Analytics) {
  const records = createUnscopedRecordStore(db, analytics);

  async function momentOf({ source, number, mode }: RunMoment) {
    const visible = (await records.visible([source])).get(source) ?? { upTo: 0, except: [] };
    const then: Visible = { upTo: number, except: visible.except.filter((one) => one < number) };
    const params = {
      ...(await currentParams(analytics, source, then)),
      since: mode === 'full' ? number : 0,
      whole: mode === 'full' ? 1 : 0,
    };
    return { then, params };
  }

  const fusing = (scope: Scope, { source, number }: RunMoment) =>
    db
      .selectFrom('fuse.finding as finding')
      .innerJoin('fuse.source as source', 'source.id', 'finding.source')
      .where(withinScope(scope, 'source.organisation'))
      .where('finding.source', '=', source)
      .where('opened', '<=', number)
      .where((where) => where.or([where('closed', 'is', null), where('closed', '>', number)]));

  async function fusingPage(
    scope: Scope,
    run: RunMoment,
    { after, limit }: { after: number; limit: number },
  ) {
    const rows = await fusing(scope, run)
      .select(['finding.number', 'row_key', 'field', 'rule', 'value'])
      .where('finding.number', '>', after)
      .orderBy('finding.number')
      .limit(limit)
      .execute();
    return rows;
  }

  return {
    /** What was open when a run ended; the service has found the run inside the scope. */
    async asOfRun(
      scope: Scope,
      run: RunMoment,
      { cursor, limit }: { cursor?: string | undefined; limit: number },
    ): Promise<Page<RowFinding>> {
      const [stage = OF_ROWS, key = '', step = '0'] = cursor ? decodeCursor(cursor, 3).map(String) : [];
      const { then, params } = await momentOf(run);
      const [count] = await analytics.query<{ total: string }>(`select count() as total from (${FINDINGS})`, {
        params,
        timeoutMs: 60_000,
      });
      const { total } = await fusing(scope, run)
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      const found =
        stage === OF_ROWS
          ? await analytics.query<RowOfFinding>(
              `select * from (${FINDINGS}) where (rowKey, step) > ({key:String}, {step:UInt32})
               order by rowKey, step limit {rows:UInt32}`,
              { params: { ...params, key, step: Number(step), rows: limit + 1 }, timeoutMs: 60_000 },
            )
          : [];
      const rows = found.slice(0, limit);
      const rest = limit - rows.length;
      const after = stage === OF_FUSING ? Number(step) : 0;
      const later = found.length > limit ? [] : await fusingPage(scope, run, { after, limit: rest + 1 });
      const fused = later.slice(0, rest);
      const raw = await records.raw(run.source, then, [
        ...rows.filter(({ row }) => row === '').map(({ rowKey }) => rowKey),
        ...fused.map(({ row_key }) => row_key),
      ]);
      const rowOf = (rowKey: string): Row => raw.get(rowKey)?.row ?? {};
      const [lastRow, lastFused] = [rows.at(-1), fused.at(-1)];
      const next =
        found.length > limit && lastRow
          ? encodeCursor([OF_ROWS, lastRow.rowKey, lastRow.step])
          : later.length > rest
            ? encodeCursor([OF_FUSING, '', lastFused?.number ?? after])
            : null;
      return {
        items: [
          ...rows.map((one) =>
            toFinding({
              ...emptyAsNull(one),
              rowKey: one.rowKey,
              row: one.row === '' ? rowOf(one.rowKey) : JSON.parse(one.row),
            }),
          ),
          ...fused.map((one) => toFinding({ ...one, rowKey: one.row_key, row: rowOf(one.row_key) })),
        ],
        next,
        total: total + Number(count?.total ?? 0),
      };
    },

    /** Open findings of fusing of these rows of a source. */
    async fusingOf(_scope: Scope, source: string, entityKeys: readonly string[], limit: number) {
      if (entityKeys.length === 0) return [];
      return db
        .selectFrom('fuse.finding')
        .select(['row_key', 'rule', 'field', 'value'])
        .where('source', '=', source)
        .where('closed', 'is', null)
        .where('entity_key', '=', sql<string>`any(${[...entityKeys]})`)
        .orderBy('number', 'desc')
        .limit(limit)
        .execute();
    },
  };
}
export type FindingStore = ReturnType<typeof createFindingStore>;

const identityOf = (finding: {
  row_key: string;
  rule: FindingRule;
  field: string | null;
  value: string | null;
}): string => JSON.stringify([finding.row_key, finding.rule, finding.field, finding.value]);

const emptyAsNull = ({
  rule,
  field,
  value,
}: {
  rule: FindingRule;
  field: string;
  value: string;
}): Finding => ({
  rule,
  field: field === '' ? null : field,
  value: value === '' ? null : value,
});

/** Findings of a version as its parallel lists hold them. */
export const findingsOf = (version: { rules: string[]; fields: string[]; faults: string[] }): Finding[] =>
  version.rules.map((rule, at) =>
    emptyAsNull({
      rule: rule as FindingRule,
      field: version.fields[at] ?? '',
      value: version.faults[at] ?? '',
    }),
  );

/** A finding as the API shows it: with its rule's severity, dimension and text. */
export function toFinding(row: Finding & { rowKey: string; row: Row }): RowFinding {
  const { severity, dimension, message } = FINDING_RULES[row.rule];
  return {
    rowKey: row.rowKey,
    field: row.field,
    rule: row.rule,
    severity,
    dimension,
    message,
    value: row.value,
    row: row.row,
  };
}

type MappedFinding = z.infer<typeof MappedFindingSchema>;

/** The same without the row. */
export const toMappedFinding = ({ rule, field, value }: Finding): MappedFinding => ({
  rule,
  field,
  value,
  severity: FINDING_RULES[rule].severity,
  message: FINDING_RULES[rule].message,
});
