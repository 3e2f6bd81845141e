import { type Kysely, sql } from 'kysely';
import type { Analytics } from '#platform/db/analytics.ts';
import type { FuseTables } from '../fuse.tables.ts';
import type { RunMoments, StoredVersion, Visible } from './records.ts';

/** Versions of one row looked at to find out since when a value is what it is. */
const VERSIONS_A_ROW_MAX = 50;
const ROWS_MAX = 5_000_000;

export type Asked = { source: string; visible: Visible; entityKeys: readonly string[] };

const COLUMNS = `
  source, number, row_key as rowKey, entity_key as entityKey, period, gone, mapping, value_to as to, value_text as text,
  value_raw as raw, value_field as field, value_valid as valid, finding_rule as rules, finding_field as fields,
  finding_value as faults`;
/** Rows of runs that readers may see. */
export const VISIBLE = `
  source = {source:String} and number <= {upTo:UInt64} and number not in {except:Array(UInt64)}`;
/**
 * What a source has now: the newest visible version of each row that is not gone, as `fuse.record`'s columns. Most rows stand
 * in one run, the base: they are taken as they lie, without those a newer run has; only the others are sorted out row by row,
 * so that neither time nor memory grows with rows that never changed. `base` may be any visible run.
 */
export const CURRENT = `(
  select * from fuse.record
  where source = {source:String} and number = {base:UInt64} and gone = 0
    and key_hash not in (select key_hash from fuse.record where ${VISIBLE} and number > {base:UInt64})
  union all
  select * from (
    select * from fuse.record where ${VISIBLE} and number != {base:UInt64}
    order by entity_key, row_key, number desc limit 1 by entity_key, row_key
  ) where gone = 0 and (number > {base:UInt64} or key_hash not in (
    select key_hash from fuse.record where source = {source:String} and number = {base:UInt64} and key_hash in (
      select key_hash from fuse.record where ${VISIBLE} and number < {base:UInt64}))))`;
export const visibleParams = (source: string, { upTo, except }: Visible) => ({ source, upTo, except });

/** Parameters of `CURRENT`: the base is the run that most of the visible versions are from. */
export async function currentParams(analytics: Analytics, source: string, visible: Visible) {
  const params = visibleParams(source, visible);
  const [most] = await analytics.query<{ base: string }>(
    `select number as base from fuse.record where ${VISIBLE} group by base order by count() desc, base limit 1`,
    { params },
  );
  return { ...params, base: Number(most?.base ?? 0) };
}

/**
 * Rows of sources as readers see them, in ClickHouse, and which runs they may see, in PostgreSQL. Works for sources whose
 * scope the service has checked.
 */
export function createUnscopedRecordStore(db: Kysely<FuseTables>, analytics: Analytics) {
  async function versions(asked: Asked, perRow: number): Promise<StoredVersion[]> {
    if (asked.entityKeys.length === 0) return [];
    const rows = await analytics.query<StoredRow>(
      `select ${COLUMNS} from fuse.record
       where ${VISIBLE} and entity_key in {keys:Array(String)}
       order by entity_key, row_key, number desc
       limit {perRow:UInt32} by entity_key, row_key`,
      {
        params: { ...visibleParams(asked.source, asked.visible), keys: asked.entityKeys, perRow },
        rowsMax: ROWS_MAX,
        timeoutMs: 60_000,
      },
    );
    return rows.map(toVersion);
  }

  return {
    /** What readers of each source may see. A source without a published run has none. */
    async visible(sources: readonly string[]): Promise<Map<string, Visible>> {
      if (sources.length === 0) return new Map();
      const rows = await db
        .selectFrom('fuse.run')
        .select(['source'])
        .select(({ fn }) => fn.max('number').filterWhere('published_at', 'is not', null).as('up_to'))
        .select(
          sql<number[]>`coalesce(array_agg(number) filter (where published_at is null), '{}')`.as('except'),
        )
        .where('source', '=', sql<string>`any(${[...new Set(sources)]}::uuid[])`)
        .groupBy('source')
        .execute();
      return new Map(
        rows.map(({ source, up_to, except }) => [
          source,
          { upTo: Number(up_to ?? 0), except: except.map(Number) },
        ]),
      );
    },

    /** Versions of the rows of these enterprises of a source, by row, newest first. Rows that are gone are left out. */
    async histories(asked: Asked): Promise<Map<string, StoredVersion[]>> {
      const rows = new Map<string, StoredVersion[]>();
      for (const version of await versions(asked, VERSIONS_A_ROW_MAX)) {
        const known = rows.get(version.rowKey);
        if (known) known.push(version);
        else rows.set(version.rowKey, [version]);
      }
      for (const [rowKey, [newest]] of rows) if (newest?.gone) rows.delete(rowKey);
      return rows;
    },

    /** The rows of these enterprises of a source as they are now. */
    async current(asked: Asked): Promise<StoredVersion[]> {
      return (await versions(asked, 1)).filter(({ gone }) => !gone);
    },

    /** Ids and beginnings of runs by their numbers. */
    async runs(numbers: Iterable<number>): Promise<RunMoments> {
      const wanted = [...new Set(numbers)];
      if (wanted.length === 0) return new Map();
      const rows = await db
        .selectFrom('fuse.run')
        .select(['number', 'id', 'started_at'])
        .where('number', '=', sql<number>`any(${wanted}::bigint[])`)
        .execute();
      return new Map(rows.map((row) => [row.number, { id: row.id, at: row.started_at.toISOString() }]));
    },

    /** Raw rows by their keys, as they stand in the newest visible landing; null where there is none. */
    async raw(
      source: string,
      visible: Visible,
      rowKeys: readonly string[],
    ): Promise<Map<string, { row: Record<string, unknown>; run: string }>> {
      if (rowKeys.length === 0) return new Map();
      const rows = await analytics.query<{ rowKey: string; row: string; run: string }>(
        `select row_key as rowKey, row, run from fuse.landing
         where ${VISIBLE} and row_key in {keys:Array(String)} and change != 'gone'
         order by row_key, number desc limit 1 by row_key`,
        { params: { ...visibleParams(source, visible), keys: rowKeys }, rowsMax: ROWS_MAX },
      );
      return new Map(rows.map(({ rowKey, row, run }) => [rowKey, { row: JSON.parse(row), run }]));
    },

    /** Rows the source has, and how many of them another version than `mapping` made. */
    async count(source: string, visible: Visible, mapping: number): Promise<{ rows: number; older: number }> {
      const [row] = await analytics.query<{ rows: string; older: string }>(
        `select count() as rows, countIf(mapping != {mapping:UInt32}) as older from ${CURRENT}`,
        { params: { ...(await currentParams(analytics, source, visible)), mapping }, timeoutMs: 120_000 },
      );
      return { rows: Number(row?.rows ?? 0), older: Number(row?.older ?? 0) };
    },
  };
}
export type RecordStore = ReturnType<typeof createUnscopedRecordStore>;

type StoredRow = Omit<StoredVersion, 'number' | 'gone' | 'period'> & {
  number: string;
  gone: number;
  period: string;
};
const toVersion = (row: StoredRow): StoredVersion => ({
  ...row,
  number: Number(row.number),
  gone: row.gone === 1,
  period: row.period === '' ? null : row.period,
});
