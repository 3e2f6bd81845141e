import {
  INDICATORS,
  type IndicatorCode,
  type IndicatorSeries,
  type Revision,
  type StatisticCode,
} from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import { seriesOf } from './series.ts';
import type { BehindIt, VersionStore } from './versions.store.ts';

type Found = { id: string; number: number };
type Parts = {
  store: VersionStore;
  /** the enterprise by an id it has or had, inside the scope; throws NOT_FOUND */
  find: (scope: Scope, id: string) => Promise<Found>;
};

/** What single enterprises reported, month by month, as it is known now or was known then. */
export function createSeries({ store, find }: Parts) {
  return {
    /** @throws NOT_FOUND */
    async series(scope: Scope, id: string, at?: string): Promise<IndicatorSeries[]> {
      demand(scope, 'fuse:enterprise:read');
      const behind = await store.behind(scope, await find(scope, id));
      const known = at === undefined ? behind : await knownAt(scope, behind, new Date(at));
      return seriesOf(await store.winners(scope, known), namesOf(behind));
    },

    /**
     * All that was published for a month of an indicator, newest first. Nothing for what is derived.
     * @throws NOT_FOUND
     */
    async revisions(
      scope: Scope,
      id: string,
      { code, period }: { code: StatisticCode; period: string },
    ): Promise<Revision[]> {
      demand(scope, 'fuse:enterprise:read');
      const behind = await store.behind(scope, await find(scope, id));
      if (!Object.hasOwn(INDICATORS, code)) throw new AppError('NOT_FOUND', { thing: `indicator ${code}` });
      const asked = { code: code as IndicatorCode, period };
      const revisions = await store.revisions(scope, behind, asked);
      const published = await store.published(
        scope,
        revisions.map(({ run }) => run),
      );
      const counts = (await store.winners(scope, behind)).find(
        (each) => each.code === code && each.period === period,
      );
      const names = namesOf(behind);
      return revisions.flatMap(({ version: _version, ...revision }) => {
        const at = published.get(revision.run);
        if (at === undefined) return [];
        const isCounted =
          counts?.source === revision.source &&
          counts.run === revision.run &&
          counts.rowKey === revision.rowKey;
        return [
          {
            ...revision,
            sourceName: names.get(revision.source) ?? revision.source,
            at: at.toISOString(),
            counts: isCounted,
          },
        ];
      });
    },
  };

  async function knownAt(scope: Scope, behind: readonly BehindIt[], at: Date): Promise<BehindIt[]> {
    const until = await store.runsUntil(
      scope,
      behind.map(({ source }) => source),
      at,
    );
    return behind.map((record) => ({ ...record, upTo: until.get(record.source) ?? 0 }));
  }
}
export type Series = ReturnType<typeof createSeries>;

const namesOf = (behind: readonly { source: string; sourceName: string }[]) =>
  new Map(behind.map(({ source, sourceName }) => [source, sourceName]));
