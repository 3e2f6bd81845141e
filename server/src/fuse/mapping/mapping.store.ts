import type { MappingContent, MappingVersion, SourceTarget } from '@ronghe/contracts';
import { type Kysely, type Selectable, sql } from 'kysely';
import { withinScope } from '#platform/auth/scope.store.ts';
import type { Scope } from '#platform/auth/scope.ts';
import type { FuseTables } from '../fuse.tables.ts';

/** Newest versions that are listed of one source; older ones stay, because runs name them. */
export const MAPPING_VERSIONS_MAX = 200;

/** What a mapping must know of its source. `mapping` is the newest version. */
export type MappedSource = {
  id: string;
  name: string;
  organisation: string;
  target: SourceTarget;
  mapping: number;
};
export type NewVersion = MappingContent & {
  source: string;
  version: number;
  note: string;
  restores: number | null;
  madeBy: string;
  at: Date;
};

/** Versions of mappings, `fuse.mapping`. Pass a transaction to take part in it. */
export function createMappingStore(db: Kysely<FuseTables>) {
  return {
    /** null when there is none or it lies outside the scope */
    async source(scope: Scope, id: string): Promise<MappedSource | null> {
      const row = await db
        .selectFrom('fuse.source')
        .select(['id', 'name', 'organisation', 'target', 'mapping'])
        .where('id', '=', id)
        .where('deleted_at', 'is', null)
        .where(withinScope(scope, 'organisation'))
        .executeTakeFirst();
      return row ?? null;
    },

    /** The newest first. */
    async list(_scope: Scope, source: string): Promise<MappingVersion[]> {
      const rows = await db
        .selectFrom('fuse.mapping')
        .selectAll()
        .where('source', '=', source)
        .orderBy('version', 'desc')
        .limit(MAPPING_VERSIONS_MAX)
        .execute();
      return rows.map(toVersion);
    },

    async find(_scope: Scope, source: string, version: number): Promise<MappingVersion | null> {
      const row = await db
        .selectFrom('fuse.mapping')
        .selectAll()
        .where('source', '=', source)
        .where('version', '=', version)
        .executeTakeFirst();
      return row ? toVersion(row) : null;
    },

    /**
     * Adds the version after the newest and makes it the source's. @returns how many rows the source has, all of them in an
     * older form now; null when another came first: nothing is written then
     */
    async add(scope: Scope, version: NewVersion): Promise<number | null> {
      const moved = await db
        .updateTable('fuse.source')
        .set({ mapping: version.version, rows_older: sql`rows` })
        .where('id', '=', version.source)
        .where('mapping', '=', version.version - 1)
        .where('deleted_at', 'is', null)
        .where(withinScope(scope, 'organisation'))
        .returning('rows')
        .executeTakeFirst();
      if (!moved) return null;
      await db
        .insertInto('fuse.mapping')
        .values({
          source: version.source,
          version: version.version,
          row_key: JSON.stringify(version.rowKey),
          period_field: version.periodField,
          mappings: JSON.stringify(version.mappings),
          tests: JSON.stringify(version.tests),
          note: version.note,
          restores: version.restores,
          made_by: version.madeBy,
          made_at: version.at,
        })
        .execute();
      return Number(moved.rows);
    },
  };
}
export type MappingStore = ReturnType<typeof createMappingStore>;

const toVersion = (row: Selectable<FuseTables['fuse.mapping']>): MappingVersion => ({
  version: row.version,
  rowKey: row.row_key,
  periodField: row.period_field,
  mappings: row.mappings,
  tests: row.tests,
  note: row.note,
  restores: row.restores,
  madeBy: row.made_by,
  madeAt: row.made_at.toISOString(),
});
