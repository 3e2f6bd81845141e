import type { Page, Point, PointPatch, PointQuery, PointType } from '@ronghe/contracts';
import { type Generated, type Selectable, sql } from 'kysely';
import type { Audit } from '#platform/audit/audit.ts';
import { belowPattern, type Scope } from '#platform/auth/scope.ts';
import type { Relational } from '#platform/db/relational.ts';
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
export type PointTables = { 'collect.point': PointTable };
type Row = Selectable<PointTable>;

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
      .selectFrom('collect.point')
      .where((where) =>
        where.or([
          where('organisation', '=', scope.organisation),
          where('organisation', 'like', belowPattern(scope)),
        ]),
      );
  return {
    async byIds(scope: Scope, ids: readonly number[]): Promise<Point[]> {
      if (ids.length === 0) return [];
      const rows = await visible(scope)
        .where(sql<boolean>`id = any(${[...ids]}::int[])`)
        .selectAll()
        .execute();
      return rows.map(toPoint);
    },

    /** At most two of other organisations and the scope's own: enough to see that a key is ambiguous. */
    async byKey(scope: Scope, key: string): Promise<Point[]> {
      const rows = await visible(scope)
        .where('key', '=', key)
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

    async count(scope: Scope): Promise<number> {
      const row = await visible(scope)
        .select(sql<number>`count(*)::int`.as('count'))
        .executeTakeFirstOrThrow();
      return row.count;
    },

    async list(scope: Scope, query: PointQuery): Promise<Page<Point>> {
      let matching = visible(scope);
      if (query.collector !== undefined) matching = matching.where('collector', '=', query.collector);
      if (query.organisation !== undefined) {
        const { organisation } = query;
        matching = matching.where((where) =>
          where.or([
            where('organisation', '=', organisation),
            where('organisation', 'like', belowPattern({ ...scope, organisation })),
          ]),
        );
      }
      if (query.search) {
        const pattern = `%${query.search.replace(/[\\%_]/g, '\\$&')}%`;
        matching = matching.where((where) =>
          where.or([
            where('key', 'ilike', pattern),
            where('name', 'ilike', pattern),
            where('equipment', 'ilike', pattern),
          ]),
        );
      }
      const [rows, { count }] = await Promise.all([
        matching
          .where('id', '>', decodeCursor(query.cursor))
          .selectAll()
          .orderBy('id')
          .limit(query.limit + 1)
          .execute(),
        matching.select(sql<number>`count(*)::int`.as('count')).executeTakeFirstOrThrow(),
      ]);
      const items = rows.slice(0, query.limit).map(toPoint);
      const last = items.at(-1);
      return { items, next: rows.length > query.limit && last ? encodeCursor(last.id) : null, total: count };
    },

    /** Sets what a person wrote and remembers which fields that were. */
    async change(scope: Scope, before: Point, patch: PointPatch): Promise<Point> {
      const fields = editedFields(patch);
      return database.transaction().execute(async (transaction) => {
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
