import type { Page, PageQuery, ReferenceSet, ReferenceVersion } from '@ronghe/contracts';
import { type Kysely, type Selectable, sql } from 'kysely';
import type { Scope } from '#platform/auth/scope.ts';
import { decodeCursor, encodeCursor } from '#platform/paging/cursor.ts';
import type { FuseTables } from '../fuse.tables.ts';

const HEAD = [
  'set',
  'version',
  'source',
  'note',
  'edition',
  'restores',
  'entries',
  'added',
  'changed',
  'removed',
  'made_by',
  'valid_from',
  'valid_to',
] as const;

/** Newest versions that are kept of one set. */
export const REFERENCE_VERSIONS_MAX = 500;

export type Content = readonly Record<string, unknown>[];
export type NewReference = Omit<ReferenceVersion, 'validFrom' | 'validTo'> & { at: Date; content: Content };

/**
 * Versions of reference data. They belong to the whole installation and are no secret of an organisation, so that every
 * scope that may read them sees them all. Pass a transaction to take part in it.
 */
export function createReferenceStore(db: Kysely<FuseTables>) {
  return {
    /** The newest version of each set, without content. */
    async newest(_scope: Scope): Promise<ReferenceVersion[]> {
      const rows = await db.selectFrom('fuse.reference').select(HEAD).where('valid_to', 'is', null).execute();
      return rows.map(toVersion);
    },

    /** A version with its content; the newest when none is named. null when there is none. */
    async find(
      _scope: Scope,
      set: ReferenceSet,
      version?: number,
    ): Promise<(ReferenceVersion & { content: Content }) | null> {
      const row = await db
        .selectFrom('fuse.reference')
        .select([...HEAD, 'content'])
        .where('set', '=', set)
        .$if(version === undefined, (query) => query.where('valid_to', 'is', null))
        .$if(version !== undefined, (query) => query.where('version', '=', version ?? 0))
        .executeTakeFirst();
      return row ? { ...toVersion(row), content: row.content } : null;
    },

    /** The newest first, without their content. */
    async list(_scope: Scope, set: ReferenceSet, query: PageQuery): Promise<Page<ReferenceVersion>> {
      const all = db.selectFrom('fuse.reference').where('set', '=', set);
      const [before] = query.cursor === undefined ? [] : decodeCursor(query.cursor, 1);
      const page = before === undefined ? all : all.where('version', '<', Number(before));
      const [rows, { count }] = await Promise.all([
        page
          .orderBy('version', 'desc')
          .select(HEAD)
          .limit(query.limit + 1)
          .execute(),
        all.select(sql<number>`count(*)::int`.as('count')).executeTakeFirstOrThrow(),
      ]);
      const last = rows.length > query.limit ? rows[query.limit - 1] : undefined;
      return {
        items: rows.slice(0, query.limit).map(toVersion),
        next: last ? encodeCursor([last.version]) : null,
        total: count,
      };
    },

    /** Adds the version, ends the one before it and forgets the oldest beyond what is kept. False when that version exists already; nothing is written then. */
    async add(_scope: Scope, { at, content, madeBy, ...version }: NewReference): Promise<boolean> {
      await db
        .updateTable('fuse.reference')
        .set({ valid_to: at })
        .where('set', '=', version.set)
        .where('version', '=', version.version - 1)
        .where('valid_to', 'is', null)
        .execute();
      const row = await db
        .insertInto('fuse.reference')
        .values({
          ...version,
          made_by: madeBy,
          valid_from: at,
          valid_to: null,
          content: JSON.stringify(content),
        })
        .onConflict((conflict) => conflict.doNothing())
        .returning('version')
        .executeTakeFirst();
      if (!row) return false;
      await db
        .deleteFrom('fuse.reference')
        .where('set', '=', version.set)
        .where('version', '<=', version.version - REFERENCE_VERSIONS_MAX)
        .execute();
      return true;
    },
  };
}

const toVersion = (row: Omit<Selectable<FuseTables['fuse.reference']>, 'content'>): ReferenceVersion => ({
  set: row.set,
  version: row.version,
  source: row.source,
  note: row.note,
  edition: row.edition,
  restores: row.restores,
  entries: row.entries,
  added: row.added,
  changed: row.changed,
  removed: row.removed,
  madeBy: row.made_by,
  validFrom: row.valid_from.toISOString(),
  validTo: row.valid_to?.toISOString() ?? null,
});
