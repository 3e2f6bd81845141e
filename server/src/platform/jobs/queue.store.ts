import { type Kysely, sql } from 'kysely';
import { FRESH, type JobRow, type JobTables, type QueuedJob } from '#platform/jobs/job.store.ts';

/** One run of a job: the worker that holds it and the attempt it makes. Nobody else may write about it. */
export type Lease = { id: string; worker: string; attempt: number };
/** How a run ended, or why the job waits again. */
export type Outcome =
  | { state: 'succeeded'; finishedAt: Date; result: Record<string, unknown> }
  | { state: 'failed' | 'cancelled'; finishedAt: Date; error: string | null }
  | { state: 'queued'; runAt: Date; attempt: number; message: string | null };
/** A job whose process fell silent, and what became of it. */
export type Reaped = Pick<JobRow, 'id' | 'kind' | 'state'>;

/**
 * The queue as the workers see it. Without a scope throughout: a worker serves every organisation, and each job carries its
 * own. Heartbeats are told and judged by the database's clock, so that the clocks of server processes need not agree.
 */
export function createQueueStore(db: Kysely<JobTables>) {
  return {
    /** Takes the next due job of the kinds for the worker, if there is one; two workers never get the same. */
    async claimUnscoped(take: {
      kinds: readonly string[];
      worker: string;
      now: Date;
    }): Promise<JobRow | null> {
      if (take.kinds.length === 0) return null;
      const next = db
        .selectFrom('platform.job')
        .select('id')
        .where('state', '=', 'queued')
        .where('run_at', '<=', take.now)
        .where('kind', 'in', [...take.kinds])
        .orderBy('run_at')
        .orderBy('created_at')
        .limit(1)
        .forUpdate()
        .skipLocked();
      const row = await db
        .updateTable('platform.job')
        .set((eb) => ({
          state: 'running' as const,
          attempt: eb('attempt', '+', 1),
          worker: take.worker,
          heartbeat_at: sql<Date>`now()`,
          started_at: take.now,
          progress: 0,
          message: null,
          error: null,
        }))
        .where('id', '=', next)
        .returningAll()
        .executeTakeFirst();
      return row ?? null;
    },

    /** Says that the run lives and how far it is. Whether it is to be cancelled; null when the run is no longer ours. */
    async beatUnscoped(
      lease: Lease,
      told: { progress: number; message: string | null },
    ): Promise<boolean | null> {
      const row = await held(db, lease)
        .set({ heartbeat_at: sql<Date>`now()`, ...told })
        .returning('cancel_requested')
        .executeTakeFirst();
      return row?.cancel_requested ?? null;
    },

    /** Writes how the run ended. False when it was no longer ours: then somebody else has written, and this is void. */
    async finishUnscoped(lease: Lease, outcome: Outcome): Promise<boolean> {
      const result = await held(db, lease).set(columnsOf(outcome)).executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },

    /** Jobs whose process has been silent for too long: queued again, or ended when no attempt is left or cancel was asked. */
    async reapUnscoped(limits: { silentMsMax: number; now: Date; error: string }): Promise<Reaped[]> {
      return db
        .updateTable('platform.job')
        .set({
          state: sql`case when cancel_requested then 'cancelled' when attempt < attempts_max then 'queued' else 'failed' end`,
          finished_at: sql`case when cancel_requested or attempt >= attempts_max then ${limits.now}::timestamptz end`,
          error: sql`case when cancel_requested then null else ${limits.error} end`,
          run_at: limits.now,
          worker: null,
          heartbeat_at: null,
        })
        .where('state', '=', 'running')
        .where(sql<boolean>`heartbeat_at < now() - ${limits.silentMsMax} * interval '1 millisecond'`)
        .returning(['id', 'kind', 'state'])
        .execute();
    },

    /**
     * Queues a scheduled job for the root organisation, once per `onceKey` over all processes, and not while one of its kind
     * still waits or runs. False when it was not queued.
     */
    async insertScheduledUnscoped(
      job: Omit<QueuedJob, 'organisation'> & { onceKey: string },
    ): Promise<boolean> {
      const { onceKey, params, ...rest } = job;
      const active = db
        .selectFrom('platform.job')
        .select('id')
        .where('kind', '=', job.kind)
        .where('once_key', 'is not', null)
        .where('state', 'in', ['queued', 'running'])
        .limit(1);
      if (await active.executeTakeFirst()) return false;
      const organisation = await rootOf(db);
      if (organisation === null) return false;
      const result = await db
        .insertInto('platform.job')
        .values({
          ...rest,
          ...FRESH,
          organisation,
          params: JSON.stringify(params),
          state: 'queued',
          once_key: onceKey,
          run_at: job.created_at,
        })
        .onConflict((conflict) => conflict.column('once_key').doNothing())
        .executeTakeFirst();
      return result.numInsertedOrUpdatedRows === 1n;
    },

    /** Forgets jobs that ended before the moment. */
    async forgetUnscoped(before: Date): Promise<void> {
      await db.deleteFrom('platform.job').where('finished_at', '<', before).execute();
    },
  };
}

const held = (db: Kysely<JobTables>, lease: Lease) =>
  db
    .updateTable('platform.job')
    .where('id', '=', lease.id)
    .where('worker', '=', lease.worker)
    .where('attempt', '=', lease.attempt)
    .where('state', '=', 'running');

function columnsOf(outcome: Outcome) {
  const freed = { state: outcome.state, worker: null, heartbeat_at: null };
  if (outcome.state === 'queued')
    return { ...freed, run_at: outcome.runAt, attempt: outcome.attempt, message: outcome.message };
  const ended = { ...freed, finished_at: outcome.finishedAt };
  if (outcome.state === 'succeeded')
    return { ...ended, progress: 1, result: JSON.stringify(outcome.result), error: null };
  return { ...ended, error: outcome.error };
}

async function rootOf(db: Kysely<JobTables>): Promise<string | null> {
  const { rows } = await sql<{ path: string }>`
    select path from platform.organisation where strpos(path, '.') = 0 order by created_at limit 1`.execute(
    db,
  );
  return rows[0]?.path ?? null;
}
