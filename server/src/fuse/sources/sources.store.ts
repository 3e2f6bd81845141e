import type { NewSource } from '@ronghe/contracts';
import type { Kysely, Selectable } from 'kysely';
import { withinScope } from '#platform/auth/scope.store.ts';
import type { Scope } from '#platform/auth/scope.ts';
import type { FuseTables, StoredConnection } from '../fuse.tables.ts';
import type { SourceDefinition } from './sources.ts';

/** Most sources one installation lists. */
const SOURCES_MAX = 1_000;

export type SourceRow = SourceDefinition & {
  owner: string;
  kind: NewSource['connection']['kind'];
  target: string;
  schedule: string | null;
  nextRunAt: Date | null;
  createdBy: string;
  createdAt: Date;
};

/** Rows of `fuse.source`. Pass a transaction to take part in it. */
export function createSourceStore(db: Kysely<FuseTables>) {
  return {
    async list(scope: Scope): Promise<SourceRow[]> {
      const rows = await db
        .selectFrom('fuse.source')
        .selectAll()
        .where(withinScope(scope, 'organisation'))
        .orderBy('created_at')
        .orderBy('id')
        .limit(SOURCES_MAX)
        .execute();
      return rows.map(toRow);
    },

    /** null when there is none or it lies outside the scope */
    async find(scope: Scope, id: string): Promise<SourceRow | null> {
      const row = await db
        .selectFrom('fuse.source')
        .selectAll()
        .where('id', '=', id)
        .where(withinScope(scope, 'organisation'))
        .executeTakeFirst();
      return row ? toRow(row) : null;
    },

    /** False when the key was taken; nothing is written then. */
    async insert(_scope: Scope, source: SourceRow): Promise<boolean> {
      const result = await db
        .insertInto('fuse.source')
        .values({
          id: source.id,
          key: source.key,
          name: source.name,
          owner: source.owner,
          organisation: source.organisation,
          kind: source.kind,
          target: source.target,
          connection: JSON.stringify(source.connection),
          password_sealed: source.passwordSealed,
          row_key: JSON.stringify(source.rowKey),
          period_field: source.periodField,
          priority: source.priority,
          mappings: JSON.stringify(source.mappings),
          schedule: source.schedule,
          next_run_at: source.nextRunAt,
          created_by: source.createdBy,
          created_at: source.createdAt,
        })
        .onConflict((conflict) => conflict.column('key').doNothing())
        .executeTakeFirst();
      return result.numInsertedOrUpdatedRows === 1n;
    },

    /**
     * Names and priorities of sources by id, over all organisations: what a golden record that the caller may see tells
     * of the sources behind it.
     */
    async namesUnscoped(ids: readonly string[]): Promise<Map<string, { name: string; priority: number }>> {
      if (ids.length === 0) return new Map();
      const rows = await db
        .selectFrom('fuse.source')
        .select(['id', 'name', 'priority'])
        .where('id', 'in', [...new Set(ids)])
        .execute();
      return new Map(rows.map(({ id, name, priority }) => [id, { name, priority }]));
    },

    /** Sources whose time has come, over all organisations: work of the platform's own clock. */
    async due(scope: Scope, now: Date): Promise<SourceRow[]> {
      const rows = await db
        .selectFrom('fuse.source')
        .selectAll()
        .where('next_run_at', '<=', now)
        .where(withinScope(scope, 'organisation'))
        .limit(SOURCES_MAX)
        .execute();
      return rows.map(toRow);
    },

    /** Moves the next time on; false when another process did it first. */
    async moveOn(_scope: Scope, { id, nextRunAt: before }: SourceRow, next: Date | null): Promise<boolean> {
      const result = await db
        .updateTable('fuse.source')
        .set({ next_run_at: next })
        .where('id', '=', id)
        .where('next_run_at', '=', before)
        .executeTakeFirst();
      return result.numUpdatedRows === 1n;
    },

    /** Current rows of each source. */
    async recordCounts(_scope: Scope, ids: readonly string[]): Promise<Map<string, number>> {
      if (ids.length === 0) return new Map();
      const rows = await db
        .selectFrom('fuse.record')
        .select(({ fn }) => ['source', fn.countAll<number>().as('records')])
        .where('source', 'in', [...ids])
        .groupBy('source')
        .execute();
      return new Map(rows.map(({ source, records }) => [source, records]));
    },
  };
}
export type SourceStore = ReturnType<typeof createSourceStore>;

const toRow = (row: Selectable<FuseTables['fuse.source']>): SourceRow => ({
  id: row.id,
  key: row.key,
  name: row.name,
  owner: row.owner,
  organisation: row.organisation,
  kind: row.kind,
  target: row.target,
  connection: row.connection satisfies StoredConnection,
  passwordSealed: row.password_sealed,
  rowKey: row.row_key,
  periodField: row.period_field,
  priority: row.priority,
  mappings: row.mappings,
  schedule: row.schedule,
  nextRunAt: row.next_run_at,
  createdBy: row.created_by,
  createdAt: row.created_at,
});
