import type { Analytics } from '#platform/db/analytics.ts';
import type { Days, Hour, Past, Series } from './hints.ts';
import { PAST_DAYS } from './hints.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Callers of one hour that are looked at, the busiest first. */
const ACTORS_MAX = 5_000;
/** Series of questions of one hour that are looked at, the longest first. */
const SERIES_MAX = 2_000;
const ROWS_MAX = 1_000_000;
const OWNERS_MAX = 50;
const ADDRESSES_MAX = 20;
const TIMEOUT_MS = 60_000;
/** Series shorter than this are nothing to look at. */
const QUESTIONS_LEAST = 20;

export type Actor = {
  kind: 'user' | 'key';
  id: string;
  name: string;
  organisation: string;
  datasets: string[];
  owners: string[];
};
type Sums = { rows: number; empty: number; refused: number };
export type ActiveHour = Actor & Hour;
export type ActiveSeries = Series & {
  kind: 'user' | 'key';
  actor: string;
  dataset: string;
  owners: string[];
};

/** Whoever asks real rows; those of the sandbox are nobody's. */
const PEOPLE = "actor_kind in ('user', 'key') and not startsWith(dataset, 'sandbox.')";
const IN = (from: string, to: string) =>
  `at >= fromUnixTimestamp64Milli({${from}:Int64}, 'UTC') and at < fromUnixTimestamp64Milli({${to}:Int64}, 'UTC')`;
/** Whole hours from an access of the past to the hour that is looked at; 24 is the same hour of the day before. */
const HOURS_BEFORE = 'intDiv({from:Int64} - toUnixTimestamp64Milli(at) + 3599999, 3600000)';
/** How many days before, for accesses in the same hour of the day or beside it; else not among them. */
const NEAR = `(hours_before + 1) % 24 <= 2 and hours_before >= 23`;
const OWNERS = `arraySlice(arraySort(arrayFilter(path -> path != '', groupUniqArrayArray(splitByChar(',', rows_of)))), 1, ${OWNERS_MAX})`;

/** What was accessed in an hour and before it, read from the record of accesses. Work of the platform, over all organisations. */
export function createUnscopedActivityStore(analytics: Analytics) {
  const read = <Row>(sql: string, fromMs: number, params: Record<string, unknown> = {}) =>
    analytics.query<Row>(sql, {
      params: {
        ...{
          from: fromMs,
          to: fromMs + HOUR_MS,
          day: fromMs + HOUR_MS - DAY_MS,
          past: fromMs - PAST_DAYS * DAY_MS,
        },
        ...params,
      } as Record<string, string | number | readonly string[]>,
      rowsMax: ROWS_MAX,
      timeoutMs: TIMEOUT_MS,
    });

  return {
    /** Callers of the hour that begins at `fromMs`. A question over several datasets counts once. */
    async hour(fromMs: number): Promise<ActiveHour[]> {
      const rows = await read<
        Record<'requests' | 'refused' | 'rows', string> & Actor & { hour: number; addresses: string[] }
      >(
        // sql-identifier: conditions and limits of this file, values are bound
        `select actor_kind as kind, actor as id, anyLast(actor_name) as name, anyLast(organisation) as organisation,
           arraySlice(arraySort(groupUniqArray(dataset)), 1, 20) as datasets, ${OWNERS} as owners,
           countIf(part = 0) as requests, countIf(part = 0 and outcome = 'refused') as refused,
           sumIf(rows, part = 0) as rows, any(toHour(at, 'Asia/Shanghai')) as hour,
           groupUniqArray(${ADDRESSES_MAX})(toString(address)) as addresses
         from share.access where ${PEOPLE} and ${IN('from', 'to')}
         group by actor_kind, actor order by requests desc limit ${ACTORS_MAX}`,
        fromMs,
      );
      return rows.map((row) => ({
        ...row,
        ...{ requests: Number(row.requests), refused: Number(row.refused), rows: Number(row.rows) },
      }));
    },

    /** Questions of one shape to one dataset within the 24 hours that end with the hour. */
    async series(fromMs: number): Promise<ActiveSeries[]> {
      type Row = Record<'questions' | 'rows' | 'hourQuestions' | 'hourEmpty' | 'hourSmall', string>;
      const rows = await read<Row & Pick<ActiveSeries, 'kind' | 'actor' | 'dataset' | 'owners'>>(
        // sql-identifier: conditions and limits of this file, values are bound
        `select actor_kind as kind, actor, dataset, ${OWNERS} as owners, count() as questions, sum(access.rows) as rows,
           countIf(${IN('from', 'to')}) as hourQuestions,
           countIf(${IN('from', 'to')} and access.rows = 0) as hourEmpty,
           countIf(${IN('from', 'to')} and access.rows <= 1) as hourSmall
         from share.access as access where ${PEOPLE} and part = 0 and dataset != '' and ${IN('day', 'to')}
         group by actor_kind, actor, dataset, shape
         having questions >= ${QUESTIONS_LEAST} and hourQuestions > 0
         order by questions desc limit ${SERIES_MAX}`,
        fromMs,
      );
      return rows.map(({ questions, rows: taken, hourQuestions, hourEmpty, hourSmall, ...row }) => ({
        ...row,
        ...{ questions: Number(questions), rows: Number(taken), hourQuestions: Number(hourQuestions) },
        ...{ hourEmpty: Number(hourEmpty), hourSmall: Number(hourSmall) },
      }));
    },

    /** The past of these callers, by `kind:id`. */
    async pasts(fromMs: number, actors: readonly string[]): Promise<Map<string, Past>> {
      const [sums, near] = await Promise.all([
        read<{
          who: string;
          firstMs: string;
          activeDays: string;
          requests: string;
          hours: number[];
          addresses: string[];
        }>(
          // sql-identifier: conditions of this file, values are bound
          `select concat(actor_kind, ':', access.actor) as who, toUnixTimestamp64Milli(min(at)) as firstMs,
             uniqExact(toDate(at, 'Asia/Shanghai')) as activeDays, count() as requests,
             groupUniqArray(toHour(at, 'Asia/Shanghai')) as hours, groupUniqArray(1000)(toString(address)) as addresses
           from share.access as access where ${PEOPLE} and part = 0 and ${IN('past', 'from')}
             and concat(actor_kind, ':', access.actor) in {actors:Array(String)}
           group by who`,
          fromMs,
          { actors },
        ),
        read<{ who: string; rows: string[]; requests: string[] }>(
          // sql-identifier: conditions of this file, values are bound
          `select who, groupArray(busiest) as rows, groupArray(most) as requests from (
             select who, intDiv(hours_before + 1, 24) as day, max(taken) as busiest, max(asked) as most from (
               select concat(actor_kind, ':', access.actor) as who, ${HOURS_BEFORE} as hours_before,
                 sum(access.rows) as taken, count() as asked
               from share.access as access where ${PEOPLE} and part = 0 and ${IN('past', 'from')}
                 and concat(actor_kind, ':', access.actor) in {actors:Array(String)}
               group by who, hours_before
             ) where ${NEAR} group by who, day order by who, day
           ) group by who`,
          fromMs,
          { actors },
        ),
      ]);
      const nearBy = new Map(near.map((row) => [row.who, row]));
      return new Map(
        sums.map(({ who, firstMs, activeDays, requests, hours, addresses }) => [
          who,
          {
            knownDays: Math.min(PAST_DAYS, Math.floor((fromMs - Number(firstMs)) / DAY_MS)),
            ...{ activeDays: Number(activeDays), requests: Number(requests), hours, addresses },
            nearRows: (nearBy.get(who)?.rows ?? []).map(Number),
            nearRequests: (nearBy.get(who)?.requests ?? []).map(Number),
          },
        ]),
      );
    },

    /** Sums by day of the past of these callers: by `kind:id` of all datasets, and by `kind:id|dataset`. */
    async days(fromMs: number, actors: readonly string[]): Promise<Map<string, Days>> {
      const rows = await read<{
        who: string;
        dataset: string;
        day: string;
        rows: string;
        empty: string;
        refused: string;
      }>(
        // sql-identifier: conditions of this file, values are bound
        `select concat(actor_kind, ':', access.actor) as who, dataset, intDiv(${HOURS_BEFORE} + 23, 24) as day,
           sum(access.rows) as rows, countIf(access.rows = 0) as empty, countIf(outcome = 'refused') as refused
         from share.access as access where ${PEOPLE} and part = 0 and ${IN('past', 'day')}
           and concat(actor_kind, ':', access.actor) in {actors:Array(String)}
         group by who, dataset, day`,
        fromMs,
        { actors },
      );
      const byDay = new Map<string, Map<number, Sums>>();
      const add = (key: string, day: number, sums: Sums) => {
        const known = byDay.get(key) ?? new Map<number, Sums>();
        const before = known.get(day) ?? { rows: 0, empty: 0, refused: 0 };
        known.set(day, {
          rows: before.rows + sums.rows,
          empty: before.empty + sums.empty,
          refused: before.refused + sums.refused,
        });
        byDay.set(key, known);
      };
      for (const { who, dataset, day, ...sums } of rows) {
        const read = { rows: Number(sums.rows), empty: Number(sums.empty), refused: Number(sums.refused) };
        add(who, Number(day), read);
        add(`${who}|${dataset}`, Number(day), read);
      }
      const days = new Map<string, Days>();
      for (const [key, known] of byDay) {
        const all = [...known.values()];
        days.set(key, {
          rows: all.map((sums) => sums.rows),
          empty: all.map((sums) => sums.empty),
          refused: all.map((sums) => sums.refused),
        });
      }
      return days;
    },
  };
}
