import type { Page, Point, PointPatch, PointQuery, PointType } from '@ronghe/contracts';
import { type Generated, type Selectable, type SelectQueryBuilder, sql } from 'kysely';
import type { Audit } from '#platform/audit/audit.ts';
import { withinScope } from '#platform/auth/scope.store.ts';
import { belowPattern, type Scope } from '#platform/auth/scope.ts';
import type { Relational } from '#platform/db/relational.ts';
import { lockPoints, setApart, totals } from './groups.store.ts';
import { GROUP_FIELDS_MAX, splitKey } from './point-groups.ts';
import { decodeCursor, editedFields, encodeCursor } from './points.ts';

export type PointTable = {
  id: Generated<number>;
  organisation: string;
  key: string;
  name: string;
  collector: string | null;
  connection: string | null;
  equipment: string | null;
  unit: string | null;
  type: PointType;
  edited: Generated<string[]>;
  created_at: Date;
};
/**
 * Every point, also those of groups: `block` is the first number of its group, `stem` the group's key; else its own. `words`
 * are the parts of which the group's keys and names are made, joined by dots and spaces only; null of other points.
 */
export type EveryPointView = Omit<PointTable, 'edited' | 'id'> & {
  id: number;
  block: number;
  stem: string;
  words: string | null;
};
export type PointTables = { 'collect.point': PointTable; 'collect.every_point': EveryPointView };
type Row = Omit<Selectable<PointTable>, 'edited'>;

const toPoint = (row: Row): Point => ({
  id: row.id,
  key: row.key,
  name: row.name,
  organisation: row.organisation,
  collector: row.collector,
  connection: row.connection,
  equipment: row.equipment,
  unit: row.unit,
  type: row.type,
  createdAt: row.created_at.toISOString(),
});

/** Points in PostgreSQL; every call sees the scope's organisation and what lies below it. */
export type PointStore = ReturnType<typeof createPointStore>;

export function createPointStore({ relational, audit }: { relational: Relational; audit: Audit }) {
  const database = relational.as<PointTables>();
  const visible = (scope: Scope) =>
    database
      .selectFrom('collect.every_point')
      .where((where) =>
        where.or([
          where('organisation', '=', scope.organisation),
          where('organisation', 'like', belowPattern(scope)),
        ]),
      );
  /**
   * So many blocks further there are enough points for a page, even if some of them are in groups whose other points have
   * rows of their own: the page is found without unfolding every group.
   */
  const lastBlock = (
    scope: Scope,
    page: { organisation: string | undefined; after: number; limit: number },
  ) => {
    const tree = withinScope(
      page.organisation === undefined ? scope : { ...scope, organisation: page.organisation },
      'organisation',
    );
    const blocks = page.limit + 2;
    return sql<number>`(
      select max(block) + ${GROUP_FIELDS_MAX}::int from (
        (select id as block from collect.point where id > ${page.after} and ${withinScope(scope, 'organisation')} and ${tree}
          order by id limit ${blocks})
        union all
        (select first from collect.point_group
          where first > ${page.after - GROUP_FIELDS_MAX}::int and first + cardinality(fields) > ${page.after + 1}::int
            and cardinality(apart) < cardinality(fields) and ${withinScope(scope, 'organisation')} and ${tree}
          order by first limit ${blocks})
        order by block limit ${blocks}
      ) as near)`;
  };
  return {
    async byIds(scope: Scope, ids: readonly number[]): Promise<Point[]> {
      if (ids.length === 0) return [];
      const rows = await visible(scope)
        .where(sql<boolean>`id = any(${[...ids]}::int[])`)
        .where(sql<boolean>`block = any(${[...ids]}::int[] || array(
          select (select max(first) from collect.point_group where first <= wanted)
          from unnest(${[...ids]}::int[]) as wanted))`)
        .selectAll()
        .execute();
      return rows.map(toPoint);
    },

    /** At most two of other organisations and the scope's own: enough to see that a key is ambiguous. */
    async byKey(scope: Scope, key: string): Promise<Point[]> {
      const rows = await visible(scope)
        .where('key', '=', key)
        .where('stem', 'in', [key, splitKey(key)?.stem ?? key])
        .orderBy(sql`organisation = ${scope.organisation}`, 'desc')
        .orderBy('id')
        .limit(2)
        .selectAll()
        .execute();
      return rows.map(toPoint);
    },

    async idsOf(scope: Scope, organisation: string, rowsMax: number): Promise<number[]> {
      const rows = await visible(scope)
        .where((where) =>
          where.or([
            where('organisation', '=', organisation),
            where('organisation', 'like', belowPattern({ ...scope, organisation })),
          ]),
        )
        .select('id')
        .orderBy('id')
        .limit(rowsMax)
        .execute();
      return rows.map(({ id }) => id);
    },

    count: async (scope: Scope): Promise<number> =>
      (await totals(scope, database, scope.organisation)).points,

    async list(scope: Scope, query: PointQuery): Promise<Page<Point>> {
      const { collector, organisation, search, limit } = query;
      const after = decodeCursor(query.cursor);
      let matching = visible(scope);
      if (collector !== undefined) matching = matching.where('collector', '=', collector);
      if (organisation !== undefined)
        matching = matching.where(withinScope({ ...scope, organisation }, 'organisation'));
      if (search) {
        // Groups without every part of what is looked for are left out before they are unfolded.
        for (const part of search.split(/[.\s]+/).filter((text) => text !== ''))
          matching = matching.where(sql<boolean>`(words is null or words ilike ${containing(part)})`);
        const pattern = containing(search);
        matching = matching.where((where) =>
          where.or([
            where('key', 'ilike', pattern),
            where('name', 'ilike', pattern),
            where('equipment', 'ilike', pattern),
          ]),
        );
      }
      const narrowed = collector !== undefined || Boolean(search);
      const page = matching.where('id', '>', after).where('block', '>', after - GROUP_FIELDS_MAX);
      const near = narrowed
        ? page
        : page.where('block', '<=', lastBlock(scope, { organisation, after, limit }));
      const [rows, total] = await Promise.all([
        near
          .selectAll()
          .orderBy('id')
          .limit(limit + 1)
          .execute(),
        narrowed
          ? countOf(matching)
          : totals(scope, database, organisation ?? scope.organisation).then(({ points: count }) => count),
      ]);
      const items = rows.slice(0, limit).map(toPoint);
      const last = items.at(-1);
      return { items, next: rows.length > limit && last ? encodeCursor(last.id) : null, total };
    },

    /** Sets what a person wrote and remembers which fields that were. */
    async change(scope: Scope, before: Point, patch: PointPatch): Promise<Point> {
      const fields = editedFields(patch);
      return database.transaction().execute(async (transaction) => {
        await lockPoints(scope, transaction, before.organisation);
        await setApart(scope, transaction, [before.id]);
        const row = await transaction
          .updateTable('collect.point')
          .set({
            ...(patch.name === undefined ? {} : { name: patch.name }),
            ...(patch.unit === undefined ? {} : { unit: patch.unit }),
            ...(patch.equipment === undefined ? {} : { equipment: patch.equipment }),
            edited: sql`array(select distinct unnest(edited || ${fields}::text[]) order by 1)`,
          })
          .where('id', '=', before.id)
          .where('organisation', '=', before.organisation)
          .returningAll()
          .executeTakeFirstOrThrow();
        const after = toPoint(row);
        const change = { target: `point ${before.id}`, organisation: before.organisation, before, after };
        await audit.record(scope, { action: 'collect:point:change', ...change }, transaction);
        return after;
      });
    },
  };
}

/** LIKE pattern; what the caller wrote is text. */
const containing = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`;

const countOf = async (
  matching: SelectQueryBuilder<PointTables, 'collect.every_point', object>,
): Promise<number> => {
  const row = await matching.select(sql<number>`count(*)::int`.as('count')).executeTakeFirstOrThrow();
  return row.count;
};
