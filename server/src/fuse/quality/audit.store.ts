import type { Scope } from '#platform/auth/scope.ts';
import type { Analytics } from '#platform/db/analytics.ts';
import { type Audited, createBinder, type Statement, stateSql } from './compile.ts';
import type { Counted } from './scores.ts';

/** An audit may take as long as the largest source needs; a person who tries a rule does not wait so long. */
const AUDIT_TIMEOUT_MS = 600_000;

export type BreachLine = {
  rule: string;
  row_key: string;
  entity_key: string;
  period: string;
  field: string;
  value: string;
  expected: string;
};

/** Rows and breaches in ClickHouse, of a source that the service has found inside the scope. The SQL over rows is compiled. */
export function createAuditStore(analytics: Analytics) {
  return {
    /** One line of counts: `c…` asked and `f…` failed by the place of the rule. */
    async count(
      _scope: Scope,
      { sql, params }: Statement,
      rules: number,
    ): Promise<{ counts: Omit<Counted, 'skipped'>[]; rows: number; newest: string | null }> {
      const [row = {}] = await analytics.query<Record<string, string | number | null>>(sql, {
        params,
        timeoutMs: AUDIT_TIMEOUT_MS,
      });
      const counts = Array.from({ length: rules }, (_value, at) => ({
        checked: Number(row[`c${at}`] ?? 0),
        failed: Number(row[`f${at}`] ?? 0),
      }));
      const newest = row.newest;
      return { counts, rows: Number(row.rows ?? 0), newest: newest ? String(newest) : null };
    },

    async keep(_scope: Scope, { sql, params }: Statement): Promise<void> {
      await analytics.command(sql, { params, timeoutMs: AUDIT_TIMEOUT_MS });
    },

    async examples(_scope: Scope, { sql, params }: Statement): Promise<BreachLine[]> {
      return analytics.query<BreachLine>(sql, { params });
    },

    /** Rows of one run that were rejected, by the finding that kept them out. */
    async rejectedBy(
      _scope: Scope,
      { source, number }: { source: string; number: number },
    ): Promise<Map<string, number>> {
      const rows = await analytics.query<{ rule: string; rows: string }>(
        `select rule, count() as rows from (select row_key, place, arrayJoin(arrayDistinct(finding_rule)) as rule
           from fuse.reject final where source = {source:String} and number = {number:UInt64})
         group by rule order by rule`,
        { params: { source, number } },
      );
      return new Map(rows.map(({ rule, rows: count }) => [rule, Number(count)]));
    },

    /** Rows of one run that had a problem when they were read, by its kind. */
    async problemsBy(
      _scope: Scope,
      { source, number }: { source: string; number: number },
    ): Promise<Map<string, number>> {
      const rows = await analytics.query<{ kind: string; rows: string }>(
        `select toString(rule) as kind, uniqExact(file, place) as rows from fuse.problem
         where source = {source:String} and number = {number:UInt64} group by kind order by kind`,
        { params: { source, number } },
      );
      return new Map(rows.map(({ kind, rows: count }) => [kind, Number(count)]));
    },

    /** The one of the runs that most versions of the source are from: where an audit begins. */
    async base(
      _scope: Scope,
      { source, numbers }: Pick<Audited, 'source' | 'numbers'>,
    ): Promise<number | undefined> {
      const [most] = await analytics.query<{ base: string }>(
        `select number as base from fuse.record
         where source = {source:String} and number in {numbers:Array(UInt64)}
         group by base order by count() desc, base limit 1`,
        { params: { source, numbers } },
      );
      return most ? Number(most.base) : undefined;
    },

    /** Rows as audited, by finding of the standards. */
    async foundBy(_scope: Scope, audited: Audited): Promise<Map<string, number>> {
      const binder = createBinder();
      const state = stateSql(binder, audited, ['arrayDistinct(finding_rule) as rules']);
      const rows = await analytics.query<{ rule: string; rows: string }>(
        // sql-identifier: a query of ours, all values bound
        `select rule, count() as rows from (${state}) array join rules as rule group by rule order by rule`,
        { params: binder.params, timeoutMs: AUDIT_TIMEOUT_MS },
      );
      return new Map(rows.map(({ rule, rows: count }) => [rule, Number(count)]));
    },

    /** True when the engine takes it for a pattern (RE2), alone and as it is used. */
    async isPattern(_scope: Scope, pattern: string): Promise<boolean> {
      try {
        // `match` takes a text with a stray bracket for a pattern where it needs no engine; `replaceRegexpOne` refuses it
        await analytics.query(
          'select replaceRegexpOne({text:String}, {alone:String}, {text:String}), match({text:String}, {whole:String})',
          { params: { text: '', alone: pattern, whole: `^(?:${pattern})$` } },
        );
        return true;
      } catch {
        return false;
      }
    },
  };
}
export type AuditStore = ReturnType<typeof createAuditStore>;
