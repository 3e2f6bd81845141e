import { type Kysely, type Selectable, sql } from 'kysely';
import type { FuseTables } from '../fuse.tables.ts';
import { DEFAULT_MODEL } from './default-model.data.ts';
import type { StoredModel, Thresholds } from './judge.ts';

export type KeptModel = Selectable<FuseTables['fuse.match_model']>;
export type UsedModel = { version: number; content: StoredModel; thresholds: Thresholds };

/**
 * What the platform ships with. The thresholds were chosen on two invented provinces: automatic merges at precision 0.9995 and more, fewer than two pairs
 * to be reviewed for a hundred records.
 */
export const SHIPPED: UsedModel = {
  version: 0,
  content: { ...DEFAULT_MODEL, decisions: 0 },
  thresholds: { match: 4, review: -3 },
};

/** Versions of the matching model; one province has one model, whoever asks. */
export function createUnscopedModelStore(db: Kysely<FuseTables>) {
  return {
    /** The one in use: the shipped one where nobody chose another. */
    async active(): Promise<UsedModel> {
      const row = await db
        .selectFrom('fuse.match_model')
        .selectAll()
        .where('active', '=', true)
        .executeTakeFirst();
      if (!row) return SHIPPED;
      return {
        version: row.version,
        content: row.content,
        thresholds: { match: row.match, review: row.review },
      };
    },

    async all(): Promise<KeptModel[]> {
      return db.selectFrom('fuse.match_model').selectAll().orderBy('version', 'desc').execute();
    },

    /** Adds a version and answers with its number; it is not in use yet. */
    async add(
      model: Omit<KeptModel, 'version' | 'active' | 'content'> & { content: StoredModel },
    ): Promise<number> {
      await sql`lock table fuse.match_model in share row exclusive mode`.execute(db);
      const { version } = await db
        .selectFrom('fuse.match_model')
        .select(({ fn }) => fn.coalesce(fn.max('version'), sql<number>`0`).as('version'))
        .executeTakeFirstOrThrow();
      await db
        .insertInto('fuse.match_model')
        .values({
          ...model,
          version: Number(version) + 1,
          content: JSON.stringify(model.content),
          active: false,
        })
        .execute();
      return Number(version) + 1;
    },

    /** Present records by the rule that put them there, enterprises, and pairs that wait or were answered. */
    async counts() {
      const matched = await db
        .selectFrom('fuse.link')
        .where('gone', '=', false)
        .groupBy('matched_by')
        .select(({ fn }) => ['matched_by', fn.countAll<number>().as('records')])
        .execute();
      const { enterprises } = await db
        .selectFrom('fuse.enterprise')
        .where('state', '=', 'active')
        .select(({ fn }) => fn.countAll<number>().as('enterprises'))
        .executeTakeFirstOrThrow();
      const queue = await db
        .selectFrom('fuse.review_pair')
        .select([
          sql<number>`count(*) filter (where state = 'open')`.as('open'),
          sql<number>`count(*) filter (where state in ('same', 'different'))`.as('answered'),
        ])
        .executeTakeFirstOrThrow();
      return {
        matchedBy: matched.map(({ matched_by: rule, records }) => ({ rule, records })),
        enterprises,
        open: Number(queue.open),
        answered: Number(queue.answered),
      };
    },

    /** Takes a version into use; 0 is the shipped one. Answers false when there is no such version. */
    async use(version: number): Promise<boolean> {
      await db.updateTable('fuse.match_model').set({ active: false }).where('active', '=', true).execute();
      if (version === 0) return true;
      const { numUpdatedRows } = await db
        .updateTable('fuse.match_model')
        .set({ active: true })
        .where('version', '=', version)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
  };
}
export type ModelStore = ReturnType<typeof createUnscopedModelStore>;
