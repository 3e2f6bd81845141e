import type { StatisticCode } from '@ronghe/contracts';
import { type Kysely, sql } from 'kysely';
import type { Analytics } from '#platform/db/analytics.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { createUnscopedPendingStore } from '../pending.store.ts';
import { sectionOf } from '../standards/industries.ts';
import { type Amount, baseOf, type Figures } from './statistics.ts';
import { behindUnscoped } from './versions.store.ts';

export type Place = {
  enterprise: number;
  id: string;
  name: string;
  organisation: string;
  city: string;
  county: string;
  industry: string;
  keyIndustry: string;
  size: string;
  park: string;
};
export type FiguresOf = { enterprise: number; code: StatisticCode; figures: Figures };

const AMOUNTS = [
  'total',
  'total_over',
  'total_base',
  'total_base_over',
  'month',
  'month_over',
  'month_base',
  'month_base_over',
] as const;

/** Figures by month in ClickHouse and the enterprises that wait for theirs. Work of the platform, over the whole province. */
export function createUnscopedRefreshStore(db: Kysely<FuseTables>, analytics: Analytics) {
  return {
    ...createUnscopedPendingStore(db, 'fuse.indicator_pending'),

    async waitingCount(): Promise<number> {
      const { count } = await db
        .selectFrom('fuse.indicator_pending')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow();
      return count;
    },

    /** Notes every enterprise, so that all figures are made anew. */
    async noteAll(): Promise<number> {
      const noted = await sql`insert into fuse.indicator_pending (enterprise, token)
        select number, nextval('fuse.indicator_token') from fuse.enterprise order by number
        on conflict (enterprise) do update set token = excluded.token`.execute(db);
      return Number(noted.numAffectedRows ?? 0);
    },

    async nextVersion(): Promise<number> {
      const { rows } = await sql<{
        version: number;
      }>`select nextval('fuse.indicator_token') as version`.execute(db);
      return Number(rows[0]?.version ?? 0);
    },

    /** Where these enterprises stand today; those that were merged away are missing. */
    async places(enterprises: readonly number[]): Promise<Place[]> {
      const rows = await db
        .selectFrom('fuse.enterprise as enterprise')
        .leftJoin('fuse.enterprise_value as park', (join) =>
          join.onRef('park.enterprise', '=', 'enterprise.id').on('park.attribute', '=', 'park'),
        )
        .select([
          'enterprise.number',
          'enterprise.id',
          'enterprise.name',
          'enterprise.organisation',
          'enterprise.city',
        ])
        .select(['enterprise.division', 'enterprise.industry', 'enterprise.key_industry', 'enterprise.size'])
        .select('park.value as park')
        .where('enterprise.number', '=', sql<number>`any(${[...enterprises]}::bigint[])`)
        .where('enterprise.state', '=', 'active')
        .execute();
      return rows.map((row) => ({
        enterprise: row.number,
        id: row.id,
        name: row.name,
        organisation: row.organisation,
        city: row.city ?? '',
        // a division that is only a city says no county
        county: row.division === null || row.division.endsWith('00') ? '' : row.division,
        industry: row.industry ?? '',
        keyIndustry: row.key_industry ?? '',
        size: row.size ?? '',
        park: row.park ?? '',
      }));
    },

    behind: (ids: readonly string[]) => behindUnscoped(db, ids, { reporting: true }),
    ...figureTables(analytics),
  };
}
export type RefreshStore = ReturnType<typeof createUnscopedRefreshStore>;

/** Tables of figures, written a batch at a time. */
function figureTables(analytics: Analytics) {
  return {
    /** Which of these have figures that readers see. */
    async known(enterprises: readonly number[]): Promise<Set<number>> {
      const rows = await analytics.query<{ enterprise: number }>(
        `select enterprise from fuse.indicator_enterprise final
         where active = 1 and enterprise in {enterprises:Array(UInt32)}`,
        { params: { enterprises } },
      );
      return new Set(rows.map(({ enterprise }) => enterprise));
    },

    /** Writes figures under a version; nobody sees them before `putPlaces` names that version. */
    async putFigures(all: readonly FiguresOf[], version: number): Promise<number> {
      const rows = all.reduce((sum, { figures }) => sum + figures.size, 0);
      if (rows === 0) return 0;
      const codes: string[] = [];
      const [periods, enterprises] = [new Uint32Array(rows), new Uint32Array(rows)];
      const amounts = AMOUNTS.map(() => new Float64Array(rows));
      let at = 0;
      const put = (column: number, amount: Amount | null | undefined) => {
        const [value, over] = [amounts[column], amounts[column + 1]];
        if (!value || !over) return;
        value[at] = amount?.value ?? Number.NaN;
        over[at] = amount?.over ?? 0;
      };
      for (const { enterprise, code, figures } of all)
        for (const [period, figure] of figures) {
          const base = baseOf(figures, period);
          codes.push(code);
          periods[at] = period;
          enterprises[at] = enterprise;
          put(0, figure.total);
          put(2, base?.total);
          put(4, figure.month);
          put(6, base?.month);
          at += 1;
        }
      await analytics.insert('fuse.indicator_month', [
        { name: 'code', type: 'String', values: codes },
        { name: 'period', type: 'UInt32', values: periods },
        { name: 'enterprise', type: 'UInt32', values: enterprises },
        { name: 'version', type: 'UInt64', values: new BigUint64Array(rows).fill(BigInt(version)) },
        ...AMOUNTS.map((name, index) => ({ name, type: 'Float64' as const, values: amounts[index] ?? [] })),
      ]);
      const spans = all.filter(({ figures }) => figures.size > 0);
      const ends = spans.map(
        ({ figures }) => [Math.min(...figures.keys()), Math.max(...figures.keys())] as const,
      );
      await analytics.insert('fuse.indicator_span', [
        { name: 'code', type: 'String', values: spans.map(({ code }) => code) },
        { name: 'enterprise', type: 'UInt32', values: spans.map(({ enterprise }) => enterprise) },
        { name: 'version', type: 'UInt64', values: new BigUint64Array(spans.length).fill(BigInt(version)) },
        { name: 'first_period', type: 'UInt32', values: ends.map(([first]) => first) },
        { name: 'last_period', type: 'UInt32', values: ends.map(([, last]) => last) },
      ]);
      return rows;
    },

    /** Makes a version of the figures of these enterprises the one that readers see; those without a place are out of all figures. */
    async putPlaces(places: readonly Place[], gone: readonly number[], version: number): Promise<void> {
      const rows = places.length + gone.length;
      if (rows === 0) return;
      const text = (name: string, of: (place: Place) => string) => ({
        name,
        type: 'String' as const,
        values: [...places.map(of), ...gone.map(() => '')],
      });
      await analytics.insert('fuse.indicator_enterprise', [
        {
          name: 'enterprise',
          type: 'UInt32',
          values: Uint32Array.from([...places.map(({ enterprise }) => enterprise), ...gone]),
        },
        { name: 'version', type: 'UInt64', values: new BigUint64Array(rows).fill(BigInt(version)) },
        { name: 'active', type: 'UInt8', values: new Uint8Array(rows).fill(1, 0, places.length) },
        text('id', ({ id }) => id),
        text('name', ({ name }) => name),
        text('organisation', ({ organisation }) => organisation),
        text('city', ({ city }) => city),
        text('county', ({ county }) => county),
        text('section', ({ industry }) => sectionOf(industry) ?? ''),
        text('sector', ({ industry }) => industry.slice(0, 2)),
        text('industry', ({ industry }) => industry),
        text('key_industry', ({ keyIndustry }) => keyIndustry),
        text('size', ({ size }) => size),
        text('park', ({ park }) => park),
      ]);
    },
  };
}
