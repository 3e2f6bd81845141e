import { type Kysely, sql } from 'kysely';
import type { Analytics } from '#platform/db/analytics.ts';
import type { FuseTables } from '../../fuse.tables.ts';
import { NEVER_GOOD } from '../../standards/findings.ts';
import { VISIBLE, visibleParams } from '../records.store.ts';
import type { Visible } from '../records.ts';

type Asked = { source: string; visible: Visible; refusedSince: number };

const REFUSED = `
  select row_key, file, place, row, number from fuse.reject
  where ${VISIBLE} and number >= {refusedSince:UInt64} and not hasAny(finding_rule, {never:Array(String)})
  order by row_key, number desc limit 1 by row_key`;
const LINE = `concat('{"r":', row, ',"f":', toJSONString(toString(file)), ',"p":', toString(place), '}')`;

/** The raw rows a source has now, as a delivery. Works for one source whose scope the service has checked. */
export function createUnscopedLandedStore(db: Kysely<FuseTables>, analytics: Analytics) {
  return {
    /** Number of the newest full delivery that readers see; what was refused before is not what the source says any more. */
    async newestFull(source: string): Promise<number> {
      const row = await db
        .selectFrom('fuse.run')
        .select(({ fn }) => fn.max('number').as('number'))
        .where('source', '=', source)
        .where('published_at', 'is not', null)
        .where('mode', '=', 'full')
        .executeTakeFirst();
      return Number(row?.number ?? 0);
    },

    /**
     * Refused rows without a readable key in the newest full delivery that could tell which rows were gone; a table has had as
     * many ever since, as one with a line of totals. 0 without one.
     */
    async unnamedBefore(source: string): Promise<number> {
      const run = await db
        .selectFrom('fuse.run')
        .select(['number', 'rows_unnamed'])
        .where('source', '=', source)
        .where('published_at', 'is not', null)
        .where('mode', '=', 'full')
        .where('rows_untold', '=', 0)
        .orderBy('number', 'desc')
        .limit(1)
        .executeTakeFirst();
      if (!run) return 0;
      if (run.rows_unnamed !== null) return run.rows_unnamed;
      // runs of before did not count them
      const [row] = await analytics.query<{ rows: string }>(
        `select count() as rows from fuse.reject final where source = {source:String} and number = {number:UInt64}
           and (startsWith(row_key, '#') or has(finding_rule, 'period-invalid'))`,
        { params: { source, number: Number(run.number) } },
      );
      return Number(row?.rows ?? 0);
    },

    /** Versions of the mapping that name rows otherwise than `mapping` does. */
    async namedOtherwise(source: string, mapping: number): Promise<number[]> {
      const rows = await db
        .selectFrom('fuse.mapping as other')
        .innerJoin('fuse.mapping as own', 'own.source', 'other.source')
        .where('own.source', '=', source)
        .where('own.version', '=', mapping)
        .where(
          sql<boolean>`(other.row_key, other.period_field) is distinct from (own.row_key, own.period_field)`,
        )
        .select('other.version')
        .execute();
      return rows.map(({ version }) => version);
    },

    /**
     * Writes into a new file, a line a row (`{"r":row,"f":file,"p":place}`): the newest version of each raw row that is not gone,
     * and refused rows of which the source has no version. The newest first where `newestFirst`.
     */
    async exportLanded(
      { source, visible, refusedSince }: Asked,
      { file, newestFirst }: { file: string; newestFirst: boolean },
    ): Promise<void> {
      const order = newestFirst ? 'order by number desc, row_key' : '';
      await analytics.exportRows(
        // sql-identifier: pieces of our own SQL, all values bound
        `select ${LINE} as line from (
           select row_key, file, place, row, number from (
             select row_key, change, file, place, row, number from fuse.landing where ${VISIBLE}
             order by row_key, number desc limit 1 by row_key)
           where change != 'gone'
           union all
           select refused.row_key as row_key, refused.file as file, refused.place as place, refused.row as row,
             refused.number as number
           from (${REFUSED}) as refused
           left join (
             select row_key, argMax(change, number) as newest_change, max(number) as newest_number from fuse.landing
             where ${VISIBLE} and row_key in (select row_key from (${REFUSED})) group by row_key
           ) as landed on landed.row_key = refused.row_key
           where landed.newest_change in ('', 'gone') and refused.number > landed.newest_number
         ) ${order}`,
        file,
        { params: { ...visibleParams(source, visible), refusedSince, never: NEVER_GOOD }, as: 'lines' },
      );
    },
  };
}
