import type { IndicatorCode } from '@ronghe/contracts';
import { type Kysely, sql } from 'kysely';
import type { Scope } from '#platform/auth/scope.ts';
import type { Analytics } from '#platform/db/analytics.ts';
import type { FuseTables } from '../fuse.tables.ts';
import type { PeriodNumber } from './periods.ts';

/** Rows of one answer: some 20 indicators over 30 years, several sources. */
const ROWS_MAX = 200_000;
const REVISIONS_MAX = 1_000;
const TIMEOUT_MS = 120_000;
const ALL_RUNS = 2 ** 53 - 1;

/** A record of a source that stands behind an enterprise. `upTo`: number of the newest run that counts, all when left out. */
export type BehindIt = {
  enterprise: number;
  source: string;
  entityKey: string;
  priority: number;
  upTo?: number;
};
/** The value that counts for a month, and where it came from. */
export type Winner = {
  code: IndicatorCode;
  period: string;
  value: number;
  source: string;
  run: string;
  rowKey: string;
};
export type StoredRevision = Omit<Winner, 'code' | 'period' | 'value'> & {
  value: number | null;
  version: number;
};

/** Records with what their source weighs, as rows of SQL. */
const BEHIND = `(
  select tupleElement(each, 1) as source, tupleElement(each, 2) as entity_key, tupleElement(each, 3) as enterprise,
    tupleElement(each, 4) as priority, tupleElement(each, 5) as up_to
  from (select arrayJoin(arrayZip({sources:Array(String)}, {keys:Array(String)}, {enterprises:Array(UInt32)},
    {priorities:Array(Int32)}, {upTo:Array(UInt64)})) as each))`;
/** The newest version of each row of these records that had come by then, without those that were taken back. */
const NEWEST = `(
  select source, entity_key, code, period, row_key, any(behind.enterprise) as enterprise, any(behind.priority) as priority,
    max(version) as newest, argMax(value, version) as latest, argMax(run, version) as by_run, argMax(gone, version) as taken_back
  from (
    select * from fuse.indicator_version
    where source in {sources:Array(String)} and entity_key in {keys:Array(String)}
  ) as stored
  inner join ${BEHIND} as behind on behind.source = stored.source and behind.entity_key = stored.entity_key
  where version <= behind.up_to
  group by source, entity_key, code, period, row_key
  having taken_back = 0)`;
/**
 * Which value counts when several say something about a month: the source with the higher priority, then the one that came
 * later, then the order of source and row. The only place where that is decided; the least of this is the winner.
 */
const RANK = '(-priority, -toInt64(newest), concat(source, row_key))';

const paramsOf = (records: readonly BehindIt[]) => ({
  sources: records.map(({ source }) => source),
  keys: records.map(({ entityKey }) => entityKey),
  enterprises: records.map(({ enterprise }) => enterprise),
  priorities: records.map(({ priority }) => priority),
  upTo: records.map(({ upTo }) => upTo ?? ALL_RUNS),
});

/** Every monthly value that was ever published, by source, record, indicator, month, row and run. */
export function createVersionStore(db: Kysely<FuseTables>, analytics: Analytics) {
  return {
    /** The value of each indicator and month that counts; the service has found these records inside the scope. */
    async winners(_scope: Scope, records: readonly BehindIt[]): Promise<Winner[]> {
      if (records.length === 0) return [];
      return analytics.query<Winner>(
        // sql-identifier: pieces of our own SQL, all values bound
        `select code, period, tupleElement(winner, 1) as value, tupleElement(winner, 2) as source,
           tupleElement(winner, 3) as run, tupleElement(winner, 4) as rowKey
         from (
           select code, period, argMin((latest, source, by_run, row_key), ${RANK}) as winner from ${NEWEST} group by code, period)
         order by code, period`,
        { params: paramsOf(records), rowsMax: ROWS_MAX },
      );
    },

    /** Values that count, of many enterprises, for work of the platform: by enterprise and indicator, months beside values. */
    async winnersUnscoped(records: readonly BehindIt[]) {
      if (records.length === 0) return [];
      return analytics.query<{
        enterprise: number;
        code: IndicatorCode;
        periods: PeriodNumber[];
        found: number[];
      }>(
        // sql-identifier: pieces of our own SQL, all values bound
        `select enterprise, code, groupArray(toUInt32OrZero(replaceOne(period, '-', ''))) as periods, groupArray(winner) as found
         from (
           select enterprise, code, period, argMin(latest, ${RANK}) as winner from ${NEWEST} group by enterprise, code, period)
         group by enterprise, code`,
        { params: paramsOf(records), rowsMax: ROWS_MAX, timeoutMs: TIMEOUT_MS },
      );
    },

    /** All that was published for one indicator and month of these records, newest first. */
    async revisions(
      _scope: Scope,
      records: readonly BehindIt[],
      { code, period }: { code: IndicatorCode; period: string },
    ): Promise<StoredRevision[]> {
      if (records.length === 0) return [];
      const rows = await analytics.query<StoredRevision & { gone: number; version: string }>(
        // sql-identifier: pieces of our own SQL, all values bound
        `select source, run, row_key as rowKey, version, value, gone from fuse.indicator_version final
         where (source, entity_key) in (select source, entity_key from ${BEHIND})
           and source in {sources:Array(String)} and entity_key in {keys:Array(String)}
           and code = {code:String} and period = {period:String}
         order by version desc, source, row_key limit {rows:UInt32}`,
        { params: { ...paramsOf(records), code, period, rows: REVISIONS_MAX } },
      );
      return rows.map(({ gone, version, ...row }) => ({
        ...row,
        value: gone === 1 ? null : row.value,
        version: Number(version),
      }));
    },

    /** The newest run of each source that was published by that moment. Runs of one source are published in their order. */
    async runsUntil(_scope: Scope, sources: readonly string[], at: Date): Promise<Map<string, number>> {
      if (sources.length === 0) return new Map();
      const rows = await db
        .selectFrom('fuse.run')
        .select(['source', ({ fn }) => fn.max('number').as('newest')])
        .where('source', '=', sql<string>`any(${[...new Set(sources)]}::uuid[])`)
        .where('published_at', '<=', at)
        .groupBy('source')
        .execute();
      return new Map(rows.map(({ source, newest }) => [source, Number(newest)]));
    },

    /** When runs were published. */
    async published(_scope: Scope, runs: readonly string[]): Promise<Map<string, Date>> {
      if (runs.length === 0) return new Map();
      const rows = await db
        .selectFrom('fuse.run')
        .select(['id', 'published_at'])
        .where('id', '=', sql<string>`any(${[...new Set(runs)]}::uuid[])`)
        .execute();
      return new Map(rows.flatMap(({ id, published_at: at }) => (at === null ? [] : [[id, at] as const])));
    },

    /** Records of an enterprise, with what their source weighs. */
    async behind(
      _scope: Scope,
      enterprise: { id: string; number: number },
    ): Promise<(BehindIt & { sourceName: string })[]> {
      const rows = await behindUnscoped(db, [enterprise.id]);
      return rows.map((row) => ({ ...row, enterprise: enterprise.number }));
    },
  };
}
export type VersionStore = ReturnType<typeof createVersionStore>;

/**
 * Records behind these enterprises, for work of the platform. Those that are gone belong to them too: their values were taken back
 * when they went, and what was known before that is told as it was. `reporting`: only those of which an indicator counts today.
 */
export async function behindUnscoped(
  db: Kysely<FuseTables>,
  enterprises: readonly string[],
  { reporting }: { reporting: boolean } = { reporting: false },
) {
  const rows = await db
    .selectFrom('fuse.link as link')
    .innerJoin('fuse.source as source', 'source.id', 'link.source')
    .select(['link.enterprise', 'link.source', 'link.entity_key', 'source.priority', 'source.name'])
    .where('link.enterprise', '=', sql<string>`any(${[...enterprises]}::uuid[])`)
    .$if(reporting, (query) => query.where('link.reported', 'is not', null))
    .orderBy('link.source')
    .orderBy('link.entity_key')
    .execute();
  return rows.map((row) => ({
    enterpriseId: row.enterprise,
    source: row.source,
    sourceName: row.name,
    entityKey: row.entity_key,
    priority: row.priority,
  }));
}
