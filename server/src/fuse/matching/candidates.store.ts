import { type Kysely, sql } from 'kysely';
import type { FuseTables } from '../fuse.tables.ts';
import type { Counts } from './judge.ts';
import type { Traits } from './levels.ts';
import {
  blockMaxOf,
  type Counted,
  countKeysOf,
  type Keyed,
  keptKeysOf,
  keysOf,
  nameKeysOf,
  RULE_SQL,
  RULES,
} from './traits.ts';

/** Values that more records share than this are counted no further: they say next to nothing. */
const COUNT_MAX = 2_000;
const INSERT_ROWS = 20_000;

/** What shares a key with some records: links by number, how many each key leads to, and keys that lead nowhere. */
export type Neighbours = {
  links: number[];
  /** by key: records, counted up to one beyond the limit of its rule */
  sizes: ReadonlyMap<number, number>;
  common: ReadonlySet<number>;
};

/** What a rule brings: keys, records that have one, pairs within its limit, and keys and pairs beyond it. */
export type Blocks = { keys: number; records: number; pairs: number; common: number; pairsCommon: number };

/** Keys of records in `fuse.link_key`: which records are worth comparing. Works for a run, over the whole province. */
export function createUnscopedCandidateStore(db: Kysely<FuseTables>) {
  return {
    /** Links that share a key with one of these records. A key that more records share than its rule allows leads nowhere. */
    async neighbours(records: readonly Keyed[]): Promise<Neighbours> {
      const most = new Map<number, number>();
      for (const { traits, names } of records)
        for (const { rule, key } of [...keysOf(traits), ...nameKeysOf(names)])
          most.set(key, blockMaxOf(rule));
      const [links, sizes, common] = [new Set<number>(), new Map<number, number>(), new Set<number>()];
      if (most.size === 0) return { links: [], sizes, common };
      const { rows } = await sql<{ key: number; links: number[] }>`
        select asked.key::float8 as key, array_agg(found.link::float8) as links
        from unnest(${[...most.keys()]}::bigint[], ${[...most.values()]}::int[]) as asked (key, most)
        cross join lateral (select link from fuse.link_key where key = asked.key limit asked.most + 1) found
        group by asked.key`.execute(db);
      for (const row of rows) {
        sizes.set(row.key, row.links.length);
        if (row.links.length > (most.get(row.key) ?? 0)) common.add(row.key);
        else for (const link of row.links) links.add(link);
      }
      return { links: [...links], sizes, common };
    },

    /** How many records share the counted values of each of these, at least 1. */
    async counts(traits: readonly Traits[]): Promise<Counts[]> {
      const keys = traits.map((one) => countKeysOf(one));
      const asked = [...new Set(keys.flatMap((list) => list.map(({ key }) => key)))];
      const counted = new Map<number, number>();
      if (asked.length > 0) {
        const { rows } = await sql<{ key: number; records: number }>`
          select asked.key::float8 as key, found.records::int as records
          from unnest(${asked}::bigint[]) as asked (key)
          cross join lateral (select count(*) as records
            from (select 1 from fuse.link_key where key = asked.key limit ${COUNT_MAX}) few) found`.execute(
          db,
        );
        for (const { key, records } of rows) counted.set(key, records);
      }
      return keys.map(
        (list) =>
          new Map<Counted, number>(
            list.map(({ counted: name, key }) => [name, Math.max(1, counted.get(key) ?? 1)]),
          ),
      );
    },

    /** Keeps the keys of records as they are now; `before` null where none are kept, `after` null for a record that is gone. */
    async write(
      changed: readonly { link: number; before: Keyed | null; after: Keyed | null }[],
    ): Promise<void> {
      const removed: [number, number][] = [];
      const added: [number, number][] = [];
      for (const { link, before, after } of changed) {
        const now = new Set(after ? keptKeysOf(after) : []);
        for (const key of before ? keptKeysOf(before) : []) if (!now.has(key)) removed.push([key, link]);
        for (const key of now) added.push([key, link]);
      }
      for (let start = 0; start < removed.length; start += INSERT_ROWS) {
        const part = removed.slice(start, start + INSERT_ROWS);
        await sql`delete from fuse.link_key using unnest(${part.map(([key]) => key)}::bigint[],
          ${part.map(([, link]) => link)}::bigint[]) as old (key, link)
          where link_key.key = old.key and link_key.link = old.link`.execute(db);
      }
      for (let start = 0; start < added.length; start += INSERT_ROWS) {
        const part = added.slice(start, start + INSERT_ROWS);
        await sql`insert into fuse.link_key (key, link) select * from unnest(${part.map(([key]) => key)}::bigint[],
          ${part.map(([, link]) => link)}::bigint[]) on conflict do nothing`.execute(db);
      }
    },

    /** What each rule brings together: its keys, records and pairs, and the keys that more records share than it allows. */
    async blocks(): Promise<Map<number, Blocks>> {
      const limits = Array.from({ length: RULES }, (_value, rule) => blockMaxOf(rule));
      // sql-identifier: an expression of ours
      const { rows } = await sql<{ rule: number } & Blocks>`
        select rule::int as rule, count(*)::float8 as keys, sum(n)::float8 as records,
          coalesce(sum(n * (n - 1) / 2) filter (where n <= most), 0)::float8 as pairs,
          (count(*) filter (where n > most))::float8 as common,
          coalesce(sum(n * (n - 1) / 2) filter (where n > most), 0)::float8 as "pairsCommon"
        from (select ${sql.raw(RULE_SQL)} as rule, count(*) as n from fuse.link_key group by key) block
        join unnest(${limits}::int[]) with ordinality as allowed (most, place) on allowed.place = block.rule + 1
        group by rule`.execute(db);
      return new Map(rows.map(({ rule, ...blocks }) => [rule, blocks]));
    },
  };
}
export type CandidateStore = ReturnType<typeof createUnscopedCandidateStore>;
