import type { MappingTest } from '@ronghe/contracts';
import { type Kysely, type Selectable, sql } from 'kysely';
import { withinScope } from '#platform/auth/scope.store.ts';
import type { Scope } from '#platform/auth/scope.ts';
import type { FuseTables, StoredConnection } from '../fuse.tables.ts';
import type { SourceDefinition } from './sources.ts';

/** Most sources one installation lists. */
const SOURCES_MAX = 1_000;

export type SourceRow = SourceDefinition & {
  owner: string;
  kind: StoredConnection['kind'];
  address: string;
  schedule: string | null;
  nextRunAt: Date | null;
  tests: MappingTest[];
  bookmark: unknown;
  /** rows it has now */
  rows: number;
  /** of these, rows in the form of an older version of the mapping */
  rowsOlder: number;
  createdBy: string;
  createdAt: Date;
};

/** Rows of `fuse.source` with the mapping in force. Pass a transaction to take part in it. */
export function createSourceStore(db: Kysely<FuseTables>) {
  const all = () =>
    db
      .selectFrom('fuse.source as source')
      .innerJoin('fuse.mapping as mapping', (join) =>
        join.onRef('mapping.source', '=', 'source.id').onRef('mapping.version', '=', 'source.mapping'),
      )
      .where('source.deleted_at', 'is', null)
      .selectAll('source')
      .select(['mapping.row_key', 'mapping.period_field', 'mapping.mappings', 'mapping.tests']);
  return {
    async list(scope: Scope): Promise<SourceRow[]> {
      const rows = await all()
        .where(withinScope(scope, 'organisation'))
        .orderBy('created_at')
        .orderBy('id')
        .limit(SOURCES_MAX)
        .execute();
      return rows.map(toRow);
    },

    /** null when there is none or it lies outside the scope */
    async find(scope: Scope, id: string): Promise<SourceRow | null> {
      const row = await all()
        .where('id', '=', id)
        .where(withinScope(scope, 'organisation'))
        .executeTakeFirst();
      return row ? toRow(row) : null;
    },

    /** The source with a version of its mapping that need not be the newest. */
    async withMapping(_scope: Scope, source: SourceRow, version: number): Promise<SourceRow | null> {
      if (version === source.mapping) return source;
      const row = await db
        .selectFrom('fuse.mapping')
        .selectAll()
        .where('source', '=', source.id)
        .where('version', '=', version)
        .executeTakeFirst();
      if (!row) return null;
      const { row_key: rowKey, period_field: periodField, mappings, tests } = row;
      return { ...source, mapping: version, rowKey, periodField, mappings, tests };
    },

    /** False when the key was taken; nothing is written then. */
    async insert(_scope: Scope, source: SourceRow): Promise<boolean> {
      const result = await db
        .insertInto('fuse.source')
        .values({
          id: source.id,
          key: source.key,
          organisation: source.organisation,
          target: source.target,
          mapping: source.mapping,
          created_by: source.createdBy,
          created_at: source.createdAt,
          deleted_at: null,
          bookmark: null,
          ...changeable(source),
        })
        .onConflict((conflict) => conflict.column('key').doNothing())
        .executeTakeFirst();
      if (result.numInsertedOrUpdatedRows !== 1n) return false;
      await db
        .insertInto('fuse.mapping')
        .values({
          source: source.id,
          version: source.mapping,
          row_key: JSON.stringify(source.rowKey),
          period_field: source.periodField,
          mappings: JSON.stringify(source.mappings),
          tests: JSON.stringify(source.tests),
          note: '',
          restores: null,
          made_by: source.createdBy,
          made_at: source.createdAt,
        })
        .execute();
      return true;
    },

    async update(_scope: Scope, source: SourceRow): Promise<void> {
      await db
        .updateTable('fuse.source')
        .set({ ...changeable(source), bookmark: JSON.stringify(source.bookmark ?? null) })
        .where('id', '=', source.id)
        .execute();
    },

    /** Takes a source out of use; what it brought stays explained. Its key is free for another. */
    async remove(_scope: Scope, { id, key }: Pick<SourceRow, 'id' | 'key'>, at: Date): Promise<void> {
      await db
        .updateTable('fuse.source')
        .set({ deleted_at: at, next_run_at: null, schedule: null, secrets_sealed: null, key: `${key}~${id}` })
        .where('id', '=', id)
        .execute();
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
      const rows = await all()
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

    /** Enterprises that the records of a source stand behind wait to be fused again, as if its rows were gone. */
    async markAllPending(_scope: Scope, id: string): Promise<void> {
      await sql`insert into fuse.pending (source, entity_key)
        select source, entity_key from fuse.link where source = ${id}::uuid on conflict do nothing`.execute(
        db,
      );
    },
  };
}
export type SourceStore = ReturnType<typeof createSourceStore>;

const changeable = (source: SourceRow) => ({
  name: source.name,
  owner: source.owner,
  kind: source.kind,
  address: source.address,
  connection: JSON.stringify(source.connection),
  secrets_sealed: source.secretsSealed,
  mode: source.mode,
  watermark_field: source.watermarkField,
  priority: source.priority,
  duplicate_free: source.duplicateFree,
  run_days: source.runDays,
  runs_kept: source.runsKept,
  schedule: source.schedule,
  next_run_at: source.nextRunAt,
});

type Stored = Selectable<FuseTables['fuse.source']> &
  Pick<Selectable<FuseTables['fuse.mapping']>, 'row_key' | 'period_field' | 'mappings' | 'tests'>;

const toRow = (row: Stored): SourceRow => ({
  id: row.id,
  key: row.key,
  name: row.name,
  owner: row.owner,
  organisation: row.organisation,
  kind: row.kind,
  address: row.address,
  connection: row.connection,
  secretsSealed: row.secrets_sealed,
  target: row.target,
  mode: row.mode,
  watermarkField: row.watermark_field,
  bookmark: row.bookmark,
  mapping: row.mapping,
  rowKey: row.row_key,
  periodField: row.period_field,
  mappings: row.mappings,
  tests: row.tests,
  priority: row.priority,
  duplicateFree: row.duplicate_free,
  runDays: row.run_days,
  runsKept: row.runs_kept,
  schedule: row.schedule,
  nextRunAt: row.next_run_at,
  rows: Number(row.rows),
  rowsOlder: Number(row.rows_older),
  createdBy: row.created_by,
  createdAt: row.created_at,
});
