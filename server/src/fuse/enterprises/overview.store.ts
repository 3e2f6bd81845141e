import { type Kysely, sql } from 'kysely';
import { withinScope } from '#platform/auth/scope.store.ts';
import type { Scope } from '#platform/auth/scope.ts';
import type { FuseTables } from '../fuse.tables.ts';

export type Figures = { enterprises: number; revenue: number; employees: number };
type Group = 'city' | 'key_industry' | 'size';

const figures = {
  enterprises: sql<number>`count(*)::int`.as('enterprises'),
  revenue: sql<number>`coalesce(sum(revenue), 0)::double precision`.as('revenue'),
  employees: sql<number>`coalesce(sum(employees), 0)::double precision`.as('employees'),
};

/** Sums over the enterprises a caller may see. */
export function createOverviewStore(db: Kysely<FuseTables>) {
  const visible = (scope: Scope) =>
    db.selectFrom('fuse.enterprise').where('state', '=', 'active').where(withinScope(scope, 'organisation'));
  return {
    async totals(scope: Scope): Promise<Figures & { withValidCode: number; openFindings: number }> {
      return visible(scope)
        .select([figures.enterprises, figures.revenue, figures.employees])
        .select([
          sql<number>`(count(*) filter (where code_valid))::int`.as('withValidCode'),
          sql<number>`coalesce(sum(findings), 0)::int`.as('openFindings'),
        ])
        .executeTakeFirstOrThrow();
    },

    async by(scope: Scope, group: Group): Promise<Map<string, Figures>> {
      const rows = await visible(scope)
        .where(group, 'is not', null)
        .groupBy(group)
        .select([figures.enterprises, figures.revenue, figures.employees])
        .select(sql<string>`${sql.ref(group)}`.as('key'))
        .execute();
      return new Map(rows.map(({ key, ...sums }) => [key, sums]));
    },

    async sources(scope: Scope): Promise<number> {
      const { count } = await db
        .selectFrom('fuse.source')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where(withinScope(scope, 'organisation'))
        .executeTakeFirstOrThrow();
      return count;
    },
  };
}
