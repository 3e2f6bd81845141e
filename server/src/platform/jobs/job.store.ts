import type { JobState } from '@ronghe/contracts';
import { type Kysely, type Selectable, sql } from 'kysely';
import { withinScope } from '#platform/auth/scope.store.ts';
import { demandCovers, type Scope } from '#platform/auth/scope.ts';

/** Columns of `platform.job`. `params` and `result` are written as JSON text and read as values. */
export type JobTables = {
  'platform.job': {
    id: string;
    kind: string;
    organisation: string;
    params: unknown;
    state: JobState;
    progress: number;
    message: string | null;
    attempt: number;
    attempts_max: number;
    requested_by: string;
    once_key: string | null;
    cancel_requested: boolean;
    worker: string | null;
    heartbeat_at: Date | null;
    run_at: Date;
    created_at: Date;
    started_at: Date | null;
    finished_at: Date | null;
    result: unknown;
    error: string | null;
  };
};
export type JobRow = Selectable<JobTables['platform.job']>;
/** A job as it is queued. */
export type QueuedJob = Pick<
  JobRow,
  'id' | 'kind' | 'organisation' | 'requested_by' | 'attempts_max' | 'created_at'
> & { params: Record<string, unknown> };

/** Rows of `platform.job` as callers see them. Pass a transaction to take part in it. */
export function createJobStore(db: Kysely<JobTables>) {
  return {
    async insert(scope: Scope, job: QueuedJob): Promise<void> {
      demandCovers(scope, job.organisation, job.organisation);
      await db
        .insertInto('platform.job')
        .values({
          ...job,
          params: JSON.stringify(job.params),
          state: 'queued',
          run_at: job.created_at,
          ...FRESH,
        })
        .execute();
    },

    /** Jobs waiting in the whole installation: the queue is one, so its limit is too. */
    async countQueuedUnscoped(): Promise<number> {
      const { count } = await db
        .selectFrom('platform.job')
        .select(sql<number>`count(*)::int`.as('count'))
        .where('state', '=', 'queued')
        .executeTakeFirstOrThrow();
      return count;
    },

    /** null when there is none or it belongs to an organisation outside the scope. */
    async find(scope: Scope, id: string): Promise<JobRow | null> {
      const row = await db
        .selectFrom('platform.job')
        .selectAll()
        .where('id', '=', id)
        .where(withinScope(scope, 'organisation'))
        .executeTakeFirst();
      return row ?? null;
    },

    /** Newest first; `after` is creation time and id of the last row of the page before. */
    async list(
      scope: Scope,
      query: {
        after: { createdAt: Date; id: string } | null;
        limit: number;
        state: JobState | null;
        kind: string | null;
      },
    ): Promise<{ rows: JobRow[]; total: number }> {
      let matching = db.selectFrom('platform.job').where(withinScope(scope, 'organisation'));
      if (query.state !== null) matching = matching.where('state', '=', query.state);
      if (query.kind !== null) matching = matching.where('kind', '=', query.kind);
      const { total } = await matching
        .select(sql<number>`count(*)::int`.as('total'))
        .executeTakeFirstOrThrow();
      const page = query.after
        ? matching.where(
            sql<boolean>`(created_at, id) < (${query.after.createdAt}::timestamptz, ${query.after.id}::uuid)`,
          )
        : matching;
      const rows = await page
        .selectAll()
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(query.limit)
        .execute();
      return { rows, total };
    },

    /** Ends a queued job, or asks the process that runs it to end it. Gives the state it has now; null when it had ended. */
    async cancel(scope: Scope, id: string, now: Date): Promise<'cancelled' | 'running' | null> {
      const ended = await db
        .updateTable('platform.job')
        .set({ state: 'cancelled', finished_at: now })
        .where('id', '=', id)
        .where('state', '=', 'queued')
        .where(withinScope(scope, 'organisation'))
        .executeTakeFirst();
      if (ended.numUpdatedRows > 0n) return 'cancelled';
      const asked = await db
        .updateTable('platform.job')
        .set({ cancel_requested: true })
        .where('id', '=', id)
        .where('state', '=', 'running')
        .where(withinScope(scope, 'organisation'))
        .executeTakeFirst();
      return asked.numUpdatedRows > 0n ? 'running' : null;
    },
  };
}

/** What a job has before anybody touched it. */
export const FRESH = { progress: 0, attempt: 0, cancel_requested: false } as const;
