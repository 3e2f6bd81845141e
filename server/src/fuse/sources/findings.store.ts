import type { Page, RowFinding } from '@ronghe/contracts';
import { type Kysely, type Selectable, sql } from 'kysely';
import { withinScope } from '#platform/auth/scope.store.ts';
import type { Scope } from '#platform/auth/scope.ts';
import { encodeCursor } from '#platform/paging/cursor.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { numberOf } from '../paging.ts';
import { FINDING_RULES, type Finding, type FindingRule } from '../standards/findings.ts';
import type { Row } from './rows.ts';

/** Rules asked when rows are fused, not when they land; the two stages do not close each other's findings. */
const FUSING_RULES: readonly FindingRule[] = ['name-ambiguous', 'unit-jump'];
const INSERT_ROWS = 500;

export type RowFindings = { rowKey: string; row: Row; findings: readonly Finding[] };
type Stage = 'landing' | 'fusing';
type At = { source: string; run: number; at: Date };

/** Findings by source and row as a run writes them: open now, with the runs that opened and closed them. */
export function createUnscopedFindingStore(db: Kysely<FuseTables>) {
  const open = (source: string) =>
    db.selectFrom('fuse.finding').where('source', '=', source).where('closed', 'is', null);
  const close = async ({ run, at }: At, numbers: readonly number[]) => {
    if (numbers.length === 0) return;
    await db
      .updateTable('fuse.finding')
      .set({ closed: run, closed_at: at })
      .where('number', '=', sql<number>`any(${[...numbers]}::bigint[])`)
      .execute();
  };
  return {
    /**
     * Makes the open findings of these rows what they are now; those that stay are not touched.
     * @returns row keys whose findings changed
     */
    async set(at: At, rows: readonly RowFindings[], stage: Stage): Promise<Set<string>> {
      if (rows.length === 0) return new Set();
      const keys = rows.map(({ rowKey }) => rowKey);
      const before = await open(at.source)
        .select(['number', 'row_key', 'rule', 'field', 'value'])
        .where('row_key', '=', sql<string>`any(${keys})`)
        .where('rule', stage === 'fusing' ? 'in' : 'not in', FUSING_RULES)
        .execute();
      const wanted = new Map(
        rows.flatMap(({ rowKey, row, findings }) =>
          findings.map((finding) => [identityOf({ row_key: rowKey, ...finding }), { rowKey, row, finding }]),
        ),
      );
      const ended = before.filter((finding) => !wanted.has(identityOf(finding)));
      for (const finding of before) wanted.delete(identityOf(finding));
      await close(
        at,
        ended.map(({ number }) => number),
      );
      const begun = [...wanted.values()];
      for (let start = 0; start < begun.length; start += INSERT_ROWS) {
        await db
          .insertInto('fuse.finding')
          .values(
            begun.slice(start, start + INSERT_ROWS).map(({ rowKey, row, finding }) => ({
              source: at.source,
              row_key: rowKey,
              ...finding,
              row: JSON.stringify(row),
              opened: at.run,
              opened_at: at.at,
              closed: null,
              closed_at: null,
            })),
          )
          .execute();
      }
      return new Set([...ended.map((finding) => finding.row_key), ...begun.map(({ rowKey }) => rowKey)]);
    },

    /** Row keys with an open finding, in order, after one. */
    async keysAfter(source: string, after: string, limit: number): Promise<string[]> {
      const rows = await open(source)
        .select('row_key')
        .distinct()
        .where('row_key', '>', after)
        .orderBy('row_key')
        .limit(limit)
        .execute();
      return rows.map((row) => row.row_key);
    },

    /** Ends all findings of rows that the source does not deliver any more. */
    async closeRows(at: At, rowKeys: readonly string[]): Promise<void> {
      if (rowKeys.length === 0) return;
      const rows = await open(at.source)
        .select('number')
        .where('row_key', '=', sql<string>`any(${[...rowKeys]})`)
        .execute();
      await close(
        at,
        rows.map(({ number }) => number),
      );
    },
  };
}

/** Findings as people read them: of sources inside the scope. */
export function createFindingStore(db: Kysely<FuseTables>) {
  return {
    /** What was open when a run ended. */
    async asOfRun(
      scope: Scope,
      { source, number }: { source: string; number: number },
      { cursor, limit }: { cursor?: string | undefined; limit: number },
    ): Promise<Page<RowFinding>> {
      const then = db
        .selectFrom('fuse.finding as finding')
        .innerJoin('fuse.source as source', 'source.id', 'finding.source')
        .where(withinScope(scope, 'source.organisation'))
        .where('finding.source', '=', source)
        .where('opened', '<=', number)
        .where((where) => where.or([where('closed', 'is', null), where('closed', '>', number)]));
      let page = then.selectAll('finding');
      if (cursor) page = page.where('finding.number', '>', numberOf(cursor));
      const found = await page
        .orderBy('finding.number')
        .limit(limit + 1)
        .execute();
      const { total } = await then
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return {
        items: items.map(toFinding),
        next: found.length > limit && last ? encodeCursor([last.number]) : null,
        total,
      };
    },
  };
}

const identityOf = (finding: {
  row_key: string;
  rule: FindingRule;
  field: string | null;
  value: string | null;
}): string => JSON.stringify([finding.row_key, finding.rule, finding.field, finding.value]);

/** A finding as the API shows it: with its rule's severity, dimension and text. */
export function toFinding(row: Selectable<FuseTables['fuse.finding']>): RowFinding {
  const { severity, dimension, message } = FINDING_RULES[row.rule];
  return {
    rowKey: row.row_key,
    field: row.field,
    rule: row.rule,
    severity,
    dimension,
    message,
    value: row.value,
    row: row.row,
  };
}
