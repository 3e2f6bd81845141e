import type { Drift, TableProfile } from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { neededOf } from '../mapping/mapping.ts';
import { driftOf } from '../profile/drift.ts';
import { createProfileStore } from './profiles.store.ts';
import { createRunStore, type RunRow } from './runs.store.ts';
import { createSourceStore, type SourceRow } from './sources.store.ts';

const SHOWN = 20;

/** Use cases of profiles: kept a run, compared with the run before, shown. */
export function createProfiles({ relational, clock }: Pick<Platform, 'relational' | 'clock'>) {
  const db = relational.as<FuseTables>();
  const [store, sources, runs] = [createProfileStore(db), createSourceStore(db), createRunStore(db)];
  return {
    /** Keeps what the columns of a run held. */
    async keep(scope: Scope, run: RunRow, profile: TableProfile): Promise<void> {
      await store.put(scope, {
        run: run.id,
        source: run.source,
        number: run.number,
        at: clock.now(),
        profile,
      });
    },

    /**
     * How the columns moved since the run before. Deliveries of changes only are too small to be compared by their values:
     * of them only columns that are missing are told.
     */
    async drift(scope: Scope, run: RunRow, source: SourceRow): Promise<Drift[]> {
      const after = await store.ofRun(scope, run.id);
      const before = await store.before(scope, run);
      if (!after || !before || after.rows === 0) return [];
      const all = driftOf(before, after, neededOf(source));
      if (run.mode === 'full') return all;
      return all.filter(
        ({ kind }) => kind === 'column-added' || kind === 'column-removed' || kind === 'column-renamed',
      );
    },

    /** Newest first. @throws NOT_FOUND */
    async ofSource(scope: Scope, id: string) {
      demand(scope, 'fuse:source:read');
      if (!(await sources.find(scope, id))) throw new AppError('NOT_FOUND', { thing: `source ${id}` });
      const rows = await store.ofSource(scope, id, SHOWN);
      return rows.map(({ run, at, profile }) => ({ run, at: at.toISOString(), profile }));
    },

    /** @throws NOT_FOUND also when the run read nothing */
    async ofRun(scope: Scope, id: string): Promise<TableProfile> {
      demand(scope, 'fuse:run:read');
      const profile = (await runs.find(scope, id)) ? await store.ofRun(scope, id) : null;
      if (!profile) throw new AppError('NOT_FOUND', { thing: `profile of run ${id}` });
      return profile;
    },
  };
}
export type Profiles = ReturnType<typeof createProfiles>;
