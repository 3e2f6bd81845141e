import type { Page, Run, RunStage } from '@ronghe/contracts';
import { type Kysely, type Selectable, sql } from 'kysely';
import { withinScope } from '#platform/auth/scope.store.ts';
import type { Scope } from '#platform/auth/scope.ts';
import { encodeCursor } from '#platform/paging/cursor.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { numberOf } from '../paging.ts';
import type { Delivered } from './delivery.ts';
import type { RunCounts } from './runs.ts';

export type RunRow = Run & {
  number: number;
  owner: number | null;
  delivered: Delivered | null;
  publishedAt: string | null;
};
type RunPageQuery = { source?: string | undefined; cursor?: string | undefined; limit: number };
type Ended = { state: Run['state']; at: Date; error: string | null; counts?: RunCounts };

/** Rows of `fuse.run`, the ledger of what every run read and changed. */
export function createRunStore(db: Kysely<FuseTables>) {
  const visible = (scope: Scope) =>
    db
      .selectFrom('fuse.run as run')
      .innerJoin('fuse.source as source', 'source.id', 'run.source')
      .where(withinScope(scope, 'source.organisation'));
  const rows = (scope: Scope) => visible(scope).selectAll('run').select('source.name as source_name');
  return {
    /** Opens a run that no process works on yet. False when one of this source is open already. */
    async reserve(_scope: Scope, run: Reservation): Promise<boolean> {
      const result = await db
        .insertInto('fuse.run')
        .values({
          id: run.id,
          source: run.source,
          job: null,
          owner: null,
          state: 'running',
          requested_by: run.requestedBy,
          started_at: run.at,
          finished_at: null,
          stage: run.stage,
          mode: run.mode,
          origin: run.from,
          withdraws: run.withdraws ?? null,
          mapping: run.mapping,
          drift: '[]',
          held_for: '[]',
          decision: run.decision ? JSON.stringify(run.decision) : null,
          delivered: run.delivered === null ? null : JSON.stringify(run.delivered),
          published_at: null,
          error: null,
        })
        .onConflict((conflict) =>
          conflict.column('source').where('state', 'in', ['running', 'held']).doNothing(),
        )
        .executeTakeFirst();
      return result.numInsertedOrUpdatedRows === 1n;
    },

    async setJob(_scope: Scope, { run, job }: { run: string; job: string }): Promise<void> {
      await db.updateTable('fuse.run').set({ job }).where('id', '=', run).execute();
    },

    /**
     * Takes a reserved run over for the process that holds the owner's lock; false when it has ended or is taken. The moment
     * of a run that goes on stays: it stands in every row it landed, and the same row must be written again.
     */
    async begin(
      _scope: Scope,
      { run, owner, at }: { run: string; owner: number; at: Date },
    ): Promise<boolean> {
      const result = await db
        .updateTable('fuse.run')
        .set({ owner, started_at: sql<Date>`case when stage = 'deliver' then ${at} else started_at end` })
        .where('id', '=', run)
        .where('state', '=', 'running')
        .where('owner', 'is', null)
        .executeTakeFirst();
      return result.numUpdatedRows === 1n;
    },

    async saveCounts(_scope: Scope, run: string, counts: RunCounts): Promise<void> {
      await db.updateTable('fuse.run').set(countColumns(counts)).where('id', '=', run).execute();
    },

    /** Ends a run once; false when it had ended before. */
    async end(_scope: Scope, run: string, { state, at, error, counts }: Ended): Promise<boolean> {
      const result = await db
        .updateTable('fuse.run')
        .set({ state, finished_at: at, error, ...(counts ? countColumns(counts) : {}) })
        .where('id', '=', run)
        .where('state', '=', 'running')
        .executeTakeFirst();
      return result.numUpdatedRows === 1n;
    },

    async forget(_scope: Scope, run: string): Promise<void> {
      await db.deleteFrom('fuse.run').where('id', '=', run).where('owner', 'is', null).execute();
    },

    async held(scope: Scope, source: string): Promise<RunRow | null> {
      const row = await rows(scope)
        .where('run.source', '=', source)
        .where('run.state', '=', 'held')
        .executeTakeFirst();
      return row ? toRun(row) : null;
    },

    async running(scope: Scope, filter: { source?: string; job?: string } = {}): Promise<RunRow[]> {
      let query = rows(scope).where('run.state', '=', 'running');
      if (filter.source) query = query.where('run.source', '=', filter.source);
      if (filter.job) query = query.where('run.job', '=', filter.job);
      return (await query.execute()).map(toRun);
    },

    async find(scope: Scope, id: string): Promise<RunRow | null> {
      const row = await rows(scope).where('run.id', '=', id).executeTakeFirst();
      return row ? toRun(row) : null;
    },

    /** Newest first. */
    async list(scope: Scope, { source, cursor, limit }: RunPageQuery): Promise<Page<Run>> {
      let page = rows(scope);
      let all = visible(scope);
      if (source) {
        page = page.where('run.source', '=', source);
        all = all.where('run.source', '=', source);
      }
      if (cursor) page = page.where('run.number', '<', numberOf(cursor));
      const found = await page
        .orderBy('run.number', 'desc')
        .limit(limit + 1)
        .execute();
      const { total } = await all
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return {
        items: items.map(toRun).map(plainRun),
        next: found.length > limit && last ? encodeCursor([last.number]) : null,
        total,
      };
    },

    /** The newest run of each source. */
    async latest(scope: Scope): Promise<Map<string, Run>> {
      const found = await rows(scope)
        .distinctOn('run.source')
        .orderBy('run.source')
        .orderBy('run.number', 'desc')
        .execute();
      return new Map(found.map((row) => [row.source, plainRun(toRun(row))]));
    },
  };
}
export type RunStore = ReturnType<typeof createRunStore>;

/** The run as the API shows it, without how it is worked on. */
export function plainRun(row: RunRow): Run {
  const { number: _number, owner: _owner, delivered: _delivered, publishedAt: _at, ...run } = row;
  return run;
}

export type Reservation = {
  id: string;
  source: string;
  requestedBy: string;
  at: Date;
  stage: RunStage;
  mode: Run['mode'];
  from: Run['from'];
  mapping: number;
  /** what was handed over already, when the run begins with it */
  delivered: Delivered | null;
  /** the run it takes back, and the word of who asked for that */
  withdraws?: string | undefined;
  decision?: Run['decision'] | undefined;
};
const countColumns = (counts: RunCounts) => ({
  rows_in: counts.rowsIn,
  rows_landed: counts.rowsLanded,
  rows_rejected: counts.rowsRejected,
  rows_new: counts.rowsNew,
  rows_changed: counts.rowsChanged,
  rows_unchanged: counts.rowsUnchanged,
  rows_gone: counts.rowsGone,
  rows_untold: counts.rowsUntold,
  enterprises_created: counts.enterprisesCreated,
  enterprises_changed: counts.enterprisesChanged,
  values_changed: counts.valuesChanged,
  bytes: counts.bytes,
  problems: counts.problems,
});

const toRun = (row: Selectable<FuseTables['fuse.run']> & { source_name: string }): RunRow => ({
  id: row.id,
  number: row.number,
  job: row.job,
  owner: row.owner,
  source: row.source,
  sourceName: row.source_name,
  state: row.state,
  startedAt: row.started_at.toISOString(),
  finishedAt: row.finished_at?.toISOString() ?? null,
  requestedBy: row.requested_by,
  rowsIn: row.rows_in,
  rowsLanded: row.rows_landed,
  rowsRejected: row.rows_rejected,
  rowsNew: row.rows_new,
  rowsChanged: row.rows_changed,
  rowsUnchanged: row.rows_unchanged,
  rowsGone: row.rows_gone,
  rowsUntold: row.rows_untold,
  enterprisesCreated: row.enterprises_created,
  enterprisesChanged: row.enterprises_changed,
  valuesChanged: row.values_changed,
  stage: row.stage,
  mode: row.mode,
  from: row.origin,
  withdraws: row.withdraws,
  mapping: row.mapping,
  bytes: row.bytes,
  problems: row.problems,
  drift: row.drift,
  heldFor: row.held_for,
  decision: row.decision,
  delivered: row.delivered as Delivered | null,
  publishedAt: row.published_at?.toISOString() ?? null,
  removedAt: row.removed_at?.toISOString() ?? null,
  error: row.error,
});
