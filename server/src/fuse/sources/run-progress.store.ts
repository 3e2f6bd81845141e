import type { Bilingual, Drift, Run, RunStage } from '@ronghe/contracts';
import { type Kysely, sql } from 'kysely';
import type { Scope } from '#platform/auth/scope.ts';
import type { FuseTables } from '../fuse.tables.ts';
import type { Delivered } from './delivery.ts';
import type { RunRow } from './runs.store.ts';

/** A run is found again only after it waited so long; it keeps two processes from taking it up at once. */
const WAITED_MS = 1_000;

export type Reached = { stage: RunStage; delivered?: Delivered; drift?: readonly Drift[] };

/** How far a run has come: the stage it reached, whether it is held, when readers began to see it. */
export function createRunProgressStore(db: Kysely<FuseTables>) {
  return {
    /** Puts a run whose process is gone back among those that wait for one; false when another process did it first. */
    async giveBack(_scope: Scope, { id, owner, job }: RunRow, at: Date): Promise<boolean> {
      const result = await db
        .updateTable('fuse.run')
        // a run without an owner was left before it was queued: its waiting begins anew
        .set(owner === null ? { started_at: at } : { owner: null, job: null })
        .where('id', '=', id)
        .where('state', '=', 'running')
        .where(sql<boolean>`owner is not distinct from ${owner}::integer`)
        .where(sql<boolean>`job is not distinct from ${job}::uuid`)
        .$if(owner === null, (query) => query.where('started_at', '<', new Date(at.getTime() - WAITED_MS)))
        .executeTakeFirst();
      return result.numUpdatedRows === 1n;
    },

    /** Keeps how many refused rows had no key that could be read; what later full runs of the source are held against. */
    async unnamed(_scope: Scope, run: string, rows: number): Promise<void> {
      await db.updateTable('fuse.run').set({ rows_unnamed: rows }).where('id', '=', run).execute();
    },

    /** The next run begins from nothing whatever became of this one: what is read of the source has changed. */
    async forgetBookmark(_scope: Scope, source: string): Promise<void> {
      await db
        .updateTable('fuse.run')
        .set({ delivered: sql`jsonb_set(delivered, '{bookmark}', 'null')` })
        .where('source', '=', source)
        .where('state', '=', 'held')
        .where('delivered', 'is not', null)
        .execute();
    },

    /** Lets a failed run go on; nothing happens when another of its source is open. */
    async reopen(_scope: Scope, run: string): Promise<void> {
      await db
        .updateTable('fuse.run as run')
        .set({ state: 'running', owner: null, finished_at: null, error: null })
        .where('id', '=', run)
        .where('state', '=', 'failed')
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('fuse.run as other')
                .select('other.id')
                .whereRef('other.source', '=', 'run.source')
                .where('other.state', 'in', ['running', 'held']),
            ),
          ),
        )
        .execute();
    },

    /** What a run reached; a crash lets it go on from here. */
    async reach(_scope: Scope, run: string, { stage, ...more }: Reached): Promise<void> {
      await db
        .updateTable('fuse.run')
        .set({
          stage,
          ...(more.delivered ? { delivered: JSON.stringify(more.delivered), mode: more.delivered.mode } : {}),
          ...(more.drift ? { drift: JSON.stringify(more.drift) } : {}),
        })
        .where('id', '=', run)
        .execute();
    },

    /**
     * Shows what the run wrote to readers: from here on it counts. `older`: rows that another version of the mapping made than
     * the run's, null when the run made none; where a newer version came meanwhile all rows are.
     */
    async publish(
      _scope: Scope,
      { id, source, delivered, mapping }: Pick<RunRow, 'id' | 'source' | 'delivered' | 'mapping'>,
      { at, rows, older }: { at: Date; rows: number; older: number | null },
    ): Promise<void> {
      await db.transaction().execute(async (transaction) => {
        await transaction
          .updateTable('fuse.run')
          .set({ published_at: sql`coalesce(published_at, ${at})` })
          .where('id', '=', id)
          .execute();
        await transaction
          .updateTable('fuse.source')
          .set({
            bookmark: JSON.stringify(delivered?.bookmark ?? null),
            rows,
            rows_older: sql`case when mapping <> ${mapping} then ${rows} else coalesce(${older}::bigint, rows_older) end`,
          })
          .where('id', '=', source)
          .execute();
      });
    },

    /** Keeps a run back; false when it is not at work. */
    async hold(_scope: Scope, run: string, heldFor: readonly Bilingual[]): Promise<boolean> {
      const result = await db
        .updateTable('fuse.run')
        .set({ state: 'held', stage: 'publish', owner: null, held_for: JSON.stringify(heldFor) })
        .where('id', '=', run)
        .where('state', '=', 'running')
        .executeTakeFirst();
      return result.numUpdatedRows === 1n;
    },

    /** A person's word on a held run; false when it is not held any more. */
    async decide(
      _scope: Scope,
      run: string,
      { publish, decision, at }: { publish: boolean; decision: NonNullable<Run['decision']>; at: Date },
    ): Promise<boolean> {
      const result = await db
        .updateTable('fuse.run')
        .set({
          decision: JSON.stringify(decision),
          ...(publish ? { state: 'running', job: null } : { state: 'discarded', finished_at: at }),
        })
        .where('id', '=', run)
        .where('state', '=', 'held')
        .executeTakeFirst();
      return result.numUpdatedRows === 1n;
    },
  };
}
