import type { TableProfile } from '@ronghe/contracts';
import type { Kysely } from 'kysely';
import type { Scope } from '#platform/auth/scope.ts';
import type { FuseTables } from '../fuse.tables.ts';

/** Profiles of one source that are kept for comparing. */
const KEPT = 50;

export type StoredProfile = { run: string; at: Date; profile: TableProfile };

/** What the columns of each run held. The service has checked the scope of the source. */
export function createProfileStore(db: Kysely<FuseTables>) {
  return {
    async put(
      _scope: Scope,
      { source, number, ...row }: StoredProfile & { source: string; number: number },
    ): Promise<void> {
      await db
        .insertInto('fuse.profile')
        .values({ run: row.run, source, number, at: row.at, profile: JSON.stringify(row.profile) })
        .onConflict((conflict) =>
          conflict.column('run').doUpdateSet({ profile: JSON.stringify(row.profile) }),
        )
        .execute();
      await db
        .deleteFrom('fuse.profile')
        .where('source', '=', source)
        .where('number', 'not in', (newest) =>
          newest
            .selectFrom('fuse.profile')
            .select('number')
            .where('source', '=', source)
            .orderBy('number', 'desc')
            .limit(KEPT),
        )
        .execute();
    },

    async ofSource(_scope: Scope, source: string, limit: number): Promise<StoredProfile[]> {
      return db
        .selectFrom('fuse.profile')
        .select(['run', 'at', 'profile'])
        .where('source', '=', source)
        .orderBy('number', 'desc')
        .limit(limit)
        .execute();
    },

    async ofRun(_scope: Scope, run: string): Promise<TableProfile | null> {
      const row = await db
        .selectFrom('fuse.profile')
        .select('profile')
        .where('run', '=', run)
        .executeTakeFirst();
      return row?.profile ?? null;
    },

    /** The profile of the newest published run before a run. */
    async before(
      _scope: Scope,
      { source, number }: { source: string; number: number },
    ): Promise<TableProfile | null> {
      const row = await db
        .selectFrom('fuse.profile as profile')
        .innerJoin('fuse.run as run', 'run.id', 'profile.run')
        .select('profile.profile')
        .where('profile.source', '=', source)
        .where('profile.number', '<', number)
        .where('run.published_at', 'is not', null)
        .orderBy('profile.number', 'desc')
        .limit(1)
        .executeTakeFirst();
      return row?.profile ?? null;
    },
  };
}
export type ProfileStore = ReturnType<typeof createProfileStore>;
