import type { ConflictQuery, Survivorship, SurvivorshipVersion } from '@ronghe/contracts';
import { type Kysely, sql } from 'kysely';
import { withinScope } from '#platform/auth/scope.store.ts';
import type { Scope } from '#platform/auth/scope.ts';
import { encodeCursor } from '#platform/paging/cursor.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { numberOf } from '../paging.ts';

const VERSIONS_MAX = 200;

/** Rows of `fuse.survivorship`, conflicts, and the enterprises that a change is tried on. */
export function createSurvivorshipStore(db: Kysely<FuseTables>) {
  const enterprises = (scope: Scope) =>
    db.selectFrom('fuse.enterprise').where('state', '=', 'active').where(withinScope(scope, 'organisation'));
  return {
    async versions(_scope: Scope): Promise<SurvivorshipVersion[]> {
      const rows = await db
        .selectFrom('fuse.survivorship')
        .selectAll()
        .orderBy('version', 'desc')
        .limit(VERSIONS_MAX)
        .execute();
      return rows.map(({ version, content, note, made_by, made_at }) => ({
        ...{ version, content, note, madeBy: made_by, madeAt: made_at.toISOString() },
      }));
    },

    /** False when somebody else made this version first. */
    async add(
      _scope: Scope,
      {
        version,
        content,
        note,
        by,
        at,
      }: { version: number; content: Survivorship; note: string; by: string; at: Date },
    ): Promise<boolean> {
      const result = await db
        .insertInto('fuse.survivorship')
        .values({ version, content: JSON.stringify(content), note, made_by: by, made_at: at })
        .onConflict((conflict) => conflict.column('version').doNothing())
        .executeTakeFirst();
      return result.numInsertedOrUpdatedRows === 1n;
    },

    async count(scope: Scope): Promise<number> {
      const { total } = await enterprises(scope)
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      return total;
    },

    /** Some enterprises, evenly: ids are random. */
    async sample(scope: Scope, limit: number): Promise<string[]> {
      const rows = await enterprises(scope).select('id').orderBy('id').limit(limit).execute();
      return rows.map(({ id }) => id);
    },

    /** Enterprises in order of age, after a number. */
    async after(scope: Scope, number: number, limit: number): Promise<{ id: string; number: number }[]> {
      return enterprises(scope)
        .select(['id', 'number'])
        .where('number', '>', number)
        .orderBy('number')
        .limit(limit)
        .execute();
    },

    /** Values on which trusted sources disagree, of the older enterprises first. */
    async conflicts(scope: Scope, { attribute, city, cursor, limit }: ConflictQuery) {
      let all = db
        .selectFrom('fuse.enterprise_value as value')
        .innerJoin('fuse.enterprise as enterprise', 'enterprise.id', 'value.enterprise')
        .where('value.conflict', '=', true)
        .where('enterprise.state', '=', 'active')
        .where(withinScope(scope, 'enterprise.organisation'));
      if (attribute) all = all.where('value.attribute', '=', attribute);
      if (city) all = all.where('enterprise.city', '=', city);
      let page = all
        .selectAll('value')
        .select(['enterprise.name as enterprise_name'])
        .select(placeOf.as('place'));
      if (cursor) page = page.where(placeOf, '>', numberOf(cursor));
      const found = await page
        .orderBy('place')
        .limit(limit + 1)
        .execute();
      const { total } = await all
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return { items, next: found.length > limit && last ? encodeCursor([last.place]) : null, total };
    },
  };
}
export type SurvivorshipStore = ReturnType<typeof createSurvivorshipStore>;

/** One number for enterprise and attribute, in the order a person reads attributes: pages go on after it. */
const placeOf = sql<number>`(enterprise.number * 1000 + array_position(
  array['name','code','shortName','formerName','division','park','address','industry','legalPerson','phone','established',
    'registeredCapital','employees','revenue','size'], value.attribute))`;
