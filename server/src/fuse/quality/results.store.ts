import type { Page, QualityScores, RunQuality, ScoreHistory } from '@ronghe/contracts';
import type { Kysely, Selectable } from 'kysely';
import { withinScope } from '#platform/auth/scope.store.ts';
import type { Scope } from '#platform/auth/scope.ts';
import type { Analytics } from '#platform/db/analytics.ts';
import { decodeCursor, encodeCursor } from '#platform/paging/cursor.ts';
import type { FuseTables } from '../fuse.tables.ts';
import type { BreachLine } from './audit.store.ts';
import { createRuleStore } from './rules.store.ts';
import { type Judged, judge, toResult } from './scores.ts';

const RESULT_ROWS = 500;
/** Scores that a chart draws: a daily source over a year. */
const HISTORY_MAX = 400;

type SavedRun = { run: string; source: string; number: number; at: Date; rows: number };
type BreachPage = {
  source: string;
  rule: string;
  number: number;
  cursor?: string | undefined;
  limit: number;
};

/** What audits found: results and scores in PostgreSQL, the rows that broke rules in ClickHouse. */
export function createResultStore(db: Kysely<FuseTables>, analytics: Analytics) {
  const scores = (scope: Scope) =>
    db
      .selectFrom('fuse.quality_score as score')
      .innerJoin('fuse.source as source', 'source.id', 'score.source')
      .where(withinScope(scope, 'source.organisation'))
      .selectAll('score');
  /** of runs that readers see: one that is held or was thrown away is not among them */
  const published = (scope: Scope) =>
    scores(scope)
      .innerJoin('fuse.run as run', 'run.id', 'score.run')
      .where('run.published_at', 'is not', null)
      .orderBy('score.number', 'desc');
  /** What each rule found in a run, with the version of the rule that was asked, in the order of keys. */
  async function judgedOf(scope: Scope, run: string): Promise<Judged[]> {
    const rows = await db
      .selectFrom('fuse.quality_result as result')
      .innerJoin('fuse.source as source', 'source.id', 'result.source')
      .where(withinScope(scope, 'source.organisation'))
      .where('result.run', '=', run)
      .selectAll('result')
      .execute();
    const versions = await createRuleStore(db).versions(scope, rows);
    return rows
      .flatMap(({ rule, version, checked, failed, skipped }) => {
        const asked = versions.get(`${rule} ${version}`);
        return asked ? [judge(asked, { checked: Number(checked), failed: Number(failed), skipped })] : [];
      })
      .sort((a, b) => (a.rule.key < b.rule.key ? -1 : 1));
  }
  return {
    /** Keeps what an audit found; the same run again replaces it. */
    async save(
      _scope: Scope,
      { run, source, number, at, rows }: SavedRun,
      { judged, scores }: { judged: readonly Judged[]; scores: QualityScores },
    ): Promise<void> {
      await db.transaction().execute(async (transaction) => {
        await transaction.deleteFrom('fuse.quality_result').where('run', '=', run).execute();
        await transaction.deleteFrom('fuse.quality_score').where('run', '=', run).execute();
        for (let start = 0; start < judged.length; start += RESULT_ROWS) {
          const values = judged
            .slice(start, start + RESULT_ROWS)
            .map(({ rule, checked, failed, held, skipped }) => ({
              ...{ run, source, number, rule: rule.id, version: rule.version },
              ...{ checked, failed, held, skipped },
            }));
          await transaction.insertInto('fuse.quality_result').values(values).execute();
        }
        await transaction
          .insertInto('fuse.quality_score')
          .values({
            ...{ run, source, number, at, rows, total: scores.total },
            dimensions: JSON.stringify(scores.dimensions),
          })
          .execute();
      });
    },

    /** Newest first. */
    async history(scope: Scope, source: string): Promise<ScoreHistory['items']> {
      const rows = await published(scope).where('score.source', '=', source).limit(HISTORY_MAX).execute();
      return rows.map((row) => ({
        run: row.run,
        at: row.at.toISOString(),
        scores: toScores(row),
        rows: Number(row.rows),
      }));
    },

    /** What the audit of a run found; null outside the scope and for a run that was not audited. */
    async of(scope: Scope, run: string): Promise<RunQuality | null> {
      const score = await scores(scope).where('score.run', '=', run).executeTakeFirst();
      if (!score) return null;
      const results = (await judgedOf(scope, run)).map(toResult);
      return { run, at: score.at.toISOString(), scores: toScores(score), results };
    },

    judged: judgedOf,

    /** The newest audit of a source whose run readers see. */
    async newest(scope: Scope, source: string): Promise<{ run: string; number: number } | null> {
      const row = await published(scope).where('score.source', '=', source).limit(1).executeTakeFirst();
      return row ? { run: row.run, number: Number(row.number) } : null;
    },

    /** Rows that broke a rule in one audit, in the order of enterprise and row. */
    async breaches(
      _scope: Scope,
      { source, rule, number, cursor, limit }: BreachPage,
    ): Promise<Page<BreachLine>> {
      const [entity = '', row = '', field = ''] = cursor === undefined ? [] : decodeCursor(cursor, 3);
      const after = { entity, row, field };
      const of = { source, rule, number };
      const [lines, [all]] = await Promise.all([
        analytics.query<BreachLine>(
          `select rule, row_key, entity_key, period, field, value, expected from fuse.breach final
           where source = {source:String} and number = {number:UInt64} and rule = {rule:String}
             and (entity_key, row_key, field) > ({entity:String}, {row:String}, {field:String})
           order by entity_key, row_key, field limit {limit:UInt64}`,
          { params: { ...of, ...after, limit: limit + 1 } },
        ),
        analytics.query<{ total: string }>(
          `select uniqExact(entity_key, row_key, field) as total from fuse.breach
           where source = {source:String} and number = {number:UInt64} and rule = {rule:String}`,
          { params: of },
        ),
      ]);
      const items = lines.slice(0, limit);
      const last = items.at(-1);
      const more = lines.length > limit && last;
      return {
        items,
        next: more ? encodeCursor([last.entity_key, last.row_key, last.field]) : null,
        total: Number(all?.total ?? 0),
      };
    },
  };
}
export type ResultStore = ReturnType<typeof createResultStore>;

export const toScores = (
  row: Pick<Selectable<FuseTables['fuse.quality_score']>, 'total' | 'dimensions'>,
): QualityScores => ({ total: row.total, dimensions: row.dimensions });
