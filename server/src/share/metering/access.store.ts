import type { Scope } from '#platform/auth/scope.ts';
import type { Analytics, Column } from '#platform/db/analytics.ts';

/** One access to one dataset: who, by what, what of it, and how it ended. */
export type Access = {
  atMs: number;
  request: string;
  /** 0 of the first dataset of a question; rows and bytes of a question are counted there */
  part: number;
  door: string;
  organisation: string;
  actorKind: string;
  actor: string;
  actorName: string;
  dataset: string;
  columns: readonly string[];
  purpose: string;
  /** organisations whose rows, and those below, it could see */
  rowsOf: readonly string[];
  /** policies it went by, as id:version */
  policies: readonly string[];
  rows: number;
  bytes: number;
  rowsRead: number;
  elapsedMs: number;
  outcome: 'answered' | 'refused' | 'failed' | 'broken-off';
  reason: string;
  /** network address of the caller; empty for work of the platform itself */
  address: string;
  /** the question without its values: the same for questions that differ in these alone */
  shape: bigint;
};

export type UsageAsked = {
  fromMs: number;
  toMs: number;
  by: 'dataset' | 'key' | 'day' | 'organisation';
  side: 'user' | 'owner';
};
export type UsageRow = {
  key: string;
  name: string;
  requests: string;
  refused: string;
  rows: string;
  bytes: string;
  elapsedMs: number;
};

const GROUPS_MAX = 5_000;
const KEYS: Record<UsageAsked['by'], { key: string; name: string }> = {
  dataset: { key: 'dataset', name: 'any(dataset)' },
  key: { key: "concat(actor_kind, ':', actor)", name: 'anyLast(actor_name)' },
  day: { key: "toString(toDate(at, 'Asia/Shanghai'))", name: "any(toString(toDate(at, 'Asia/Shanghai')))" },
  organisation: { key: 'organisation', name: 'any(organisation)' },
};

/** The record of every access, in ClickHouse. */
export function createAccessStore(analytics: Analytics) {
  return {
    /** A batch, durably; the same token is stored once. Work of the platform: who asked stands in each row. */
    async insertUnscoped(all: readonly Access[], token: string): Promise<void> {
      const text = (name: string, of: (access: Access) => string): Column => ({
        name,
        type: 'String',
        values: all.map(of),
      });
      const count = (name: string, of: (access: Access) => number): Column => ({
        name,
        type: 'UInt64',
        values: all.map((access) => BigInt(Math.max(0, Math.round(of(access))))),
      });
      await analytics.insert(
        'share.access',
        [
          { name: 'at', type: 'DateTime64(3)', values: all.map(({ atMs }) => atMs) },
          text('request', ({ request }) => request),
          { name: 'part', type: 'UInt8', values: all.map(({ part }) => Math.min(part, 255)) },
          text('door', ({ door }) => door),
          text('organisation', ({ organisation }) => organisation),
          text('actor_kind', ({ actorKind }) => actorKind),
          text('actor', ({ actor }) => actor),
          text('actor_name', ({ actorName }) => actorName),
          text('dataset', ({ dataset }) => dataset),
          text('columns', ({ columns }) => columns.join(',')),
          text('purpose', ({ purpose }) => purpose),
          text('rows_of', ({ rowsOf }) => rowsOf.join(',')),
          text('policies', ({ policies }) => policies.join(',')),
          count('rows', ({ rows }) => rows),
          count('bytes', ({ bytes }) => bytes),
          count('rows_read', ({ rowsRead }) => rowsRead),
          { name: 'elapsed_ms', type: 'Float64', values: all.map(({ elapsedMs }) => elapsedMs) },
          text('outcome', ({ outcome }) => outcome),
          text('reason', ({ reason }) => reason),
          text('address', ({ address }) => address),
          { name: 'shape', type: 'UInt64', values: all.map(({ shape }) => shape) },
        ],
        { token },
      );
    },

    /**
     * Sums of accesses in `[from, to)`: as user, those that one's own organisations made; as owner, those that could see rows of
     * them. Questions over several datasets count once for each dataset, and once for everything else.
     */
    async usage(scope: Scope, { fromMs, toMs, by, side }: UsageAsked): Promise<UsageRow[]> {
      const { key, name } = KEYS[by];
      const mine = '(organisation = {organisation:String} or startsWith(organisation, {below:String}))';
      const seen = `arrayExists(path -> path = {organisation:String} or startsWith(path, {below:String})
        or startsWith({below:String}, concat(path, '.')), splitByChar(',', rows_of))`;
      return analytics.query<UsageRow>(
        // sql-identifier: one of four expressions and one of two conditions of this file; values are bound
        `select ${key} as key, ${name} as name, count() as requests, countIf(outcome = 'refused') as refused,
           sum(rows) as rows, sum(bytes) as bytes, sum(elapsed_ms) as elapsedMs
         from share.access
         where at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') and at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
           and ${side === 'user' ? mine : seen} ${by === 'dataset' ? '' : 'and part = 0'}
         group by key order by requests desc, key limit {groups:UInt32}`,
        {
          params: {
            organisation: scope.organisation,
            below: `${scope.organisation}.`,
            from: Math.round(fromMs),
            to: Math.round(toMs),
            groups: GROUPS_MAX,
          },
        },
      );
    },
  };
}
export type AccessStore = ReturnType<typeof createAccessStore>;
