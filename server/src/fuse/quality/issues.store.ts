import type { IssueQuery, Page, QualityIssue } from '@ronghe/contracts';
import type { Kysely, Selectable } from 'kysely';
import { withinScope } from '#platform/auth/scope.store.ts';
import type { Scope } from '#platform/auth/scope.ts';
import { encodeCursor } from '#platform/paging/cursor.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { numberOf } from '../paging.ts';

export type NewIssue = Pick<
  QualityIssue,
  'id' | 'source' | 'rule' | 'name' | 'remedy' | 'severity' | 'dimension' | 'rows'
> & { run: string; at: Date };
export type IssueUpdate = {
  state?: QualityIssue['state'];
  name?: QualityIssue['name'];
  rows?: number;
  lastRun?: string;
  dueAt?: Date | null;
  notes?: QualityIssue['notes'];
  at?: Date;
};
type Row = Selectable<FuseTables['fuse.issue']> & {
  source_name: string;
  owner: string;
  organisation: string;
};

/** Issues of sources inside the scope. */
export function createIssueStore(db: Kysely<FuseTables>) {
  const visible = (scope: Scope) =>
    db
      .selectFrom('fuse.issue as issue')
      .innerJoin('fuse.source as source', 'source.id', 'issue.source')
      .where(withinScope(scope, 'source.organisation'));
  const rows = (scope: Scope) =>
    visible(scope)
      .selectAll('issue')
      .select(['source.name as source_name', 'source.owner', 'source.organisation']);
  return {
    /** The newest first. */
    async list(scope: Scope, { source, state, cursor, limit }: IssueQuery): Promise<Page<QualityIssue>> {
      let [page, all] = [rows(scope), visible(scope)];
      if (source)
        [page, all] = [page.where('issue.source', '=', source), all.where('issue.source', '=', source)];
      if (state) [page, all] = [page.where('issue.state', '=', state), all.where('issue.state', '=', state)];
      if (cursor) page = page.where('issue.number', '<', numberOf(cursor));
      const found = await page
        .orderBy('issue.number', 'desc')
        .limit(limit + 1)
        .execute();
      const { total } = await all
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return {
        items: items.map(toIssue),
        next: found.length > limit && last ? encodeCursor([Number(last.number)]) : null,
        total: Number(total),
      };
    },

    /** Locked until the transaction ends. */
    async findForChange(scope: Scope, id: string): Promise<QualityIssue | null> {
      const row = await rows(scope).where('issue.id', '=', id).forUpdate('issue').executeTakeFirst();
      return row ? toIssue(row) : null;
    },

    async find(scope: Scope, id: string): Promise<QualityIssue | null> {
      const row = await rows(scope).where('issue.id', '=', id).executeTakeFirst();
      return row ? toIssue(row) : null;
    },

    /** All of a source that are not resolved. */
    async unresolved(scope: Scope, source: string): Promise<QualityIssue[]> {
      const found = await rows(scope)
        .where('issue.source', '=', source)
        .where('issue.state', '<>', 'resolved')
        .execute();
      return found.map(toIssue);
    },

    /** Rows that have a finding which only fusing shows, by rule. */
    async fusingFindings(scope: Scope, source: string): Promise<Map<string, number>> {
      const found = await db
        .selectFrom('fuse.finding as finding')
        .innerJoin('fuse.source as source', 'source.id', 'finding.source')
        .where(withinScope(scope, 'source.organisation'))
        .where('finding.source', '=', source)
        .where('closed', 'is', null)
        .groupBy('rule')
        .select(['rule', ({ fn }) => fn.count<number>('finding.row_key').distinct().as('rows')])
        .execute();
      return new Map(found.map(({ rule, rows }) => [rule, Number(rows)]));
    },

    /** False when one of this source and rule is there; nothing is written then. */
    async insert(_scope: Scope, { run, at, ...issue }: NewIssue): Promise<boolean> {
      const row = await db
        .insertInto('fuse.issue')
        .values({
          ...issue,
          name: JSON.stringify(issue.name),
          remedy: JSON.stringify(issue.remedy),
          state: 'open',
          first_run: run,
          last_run: run,
          opened_at: at,
          changed_at: at,
          due_at: null,
          notes: '[]',
        })
        .onConflict((conflict) => conflict.doNothing())
        .returning('id')
        .executeTakeFirst();
      return row !== undefined;
    },

    async update(
      _scope: Scope,
      id: string,
      { state, name, rows, lastRun, dueAt, notes, at }: IssueUpdate,
    ): Promise<void> {
      await db
        .updateTable('fuse.issue')
        .set({
          ...(state === undefined ? {} : { state }),
          ...(name === undefined ? {} : { name: JSON.stringify(name) }),
          ...(rows === undefined ? {} : { rows }),
          ...(lastRun === undefined ? {} : { last_run: lastRun }),
          ...(dueAt === undefined ? {} : { due_at: dueAt }),
          ...(notes === undefined ? {} : { notes: JSON.stringify(notes) }),
          ...(at === undefined ? {} : { changed_at: at }),
        })
        .where('id', '=', id)
        .execute();
    },
  };
}
export type IssueStore = ReturnType<typeof createIssueStore>;

const toIssue = (row: Row): QualityIssue => ({
  id: row.id,
  number: Number(row.number),
  source: row.source,
  sourceName: row.source_name,
  owner: row.owner,
  organisation: row.organisation,
  rule: row.rule,
  name: row.name,
  remedy: row.remedy,
  severity: row.severity,
  dimension: row.dimension,
  state: row.state,
  rows: Number(row.rows),
  firstRun: row.first_run,
  lastRun: row.last_run,
  openedAt: row.opened_at.toISOString(),
  changedAt: row.changed_at.toISOString(),
  dueAt: row.due_at?.toISOString() ?? null,
  notes: row.notes,
});
