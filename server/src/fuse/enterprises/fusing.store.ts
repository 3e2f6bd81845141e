import { type Kysely, sql } from 'kysely';
import type { Analytics } from '#platform/db/analytics.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { createUnscopedRecordStore } from '../sources/records.store.ts';
import { type CleanRow, cleanRowOf, type StoredVersion, type Visible } from '../sources/records.ts';
import type { Member } from './summary.ts';

export type Head = {
  entityKey: string;
  rowKey: string;
  period: string | null;
  clean: CleanRow;
  /** what the standards found in the row */
  findings: number;
};

const anyId = (ids: readonly string[]) => sql<string>`any(${[...ids]}::uuid[])`;
const NOTHING: Visible = { upTo: 0, except: [] };

/**
 * What fusing reads: the records that wait and those that stand behind enterprises. Works for a run, over the whole province.
 * Links and what waits lie in PostgreSQL, the rows themselves in ClickHouse.
 */
export function createUnscopedFusingStore(db: Kysely<FuseTables>, analytics: Analytics) {
  const records = createUnscopedRecordStore(db, analytics);

  type Wanted = { source: string; entityKeys: readonly string[] };
  /** All rows of these enterprises of each source, oldest month first; sources are read side by side. */
  async function historiesOf(wanted: readonly Wanted[]): Promise<Map<string, Head[]>> {
    const visible = await records.visible(wanted.map(({ source }) => source));
    const found = await Promise.all(
      wanted.map(({ source, entityKeys }) =>
        records.histories({ source, visible: visible.get(source) ?? NOTHING, entityKeys }),
      ),
    );
    const all = found.map((histories) => [...histories.values()]);
    const runs = await records.runs(all.flat(2).map(({ number }) => number));
    return new Map(
      wanted.map(({ source }, at) => [
        source,
        (all[at] ?? []).map((versions) => toHead(versions, runs)).sort(byPeriod),
      ]),
    );
  }
  const history = async (source: string, entityKeys: readonly string[]): Promise<Head[]> =>
    (await historiesOf([{ source, entityKeys }])).get(source) ?? [];

  /** The newest row of each enterprise: the latest month, or the only row. */
  const headsOf = (rows: readonly Head[]): Map<string, Head> => {
    const heads = new Map<string, Head>();
    for (const row of rows) {
      const before = heads.get(row.entityKey);
      if (!before || isNewer(row, before)) heads.set(row.entityKey, row);
    }
    return heads;
  };

  return {
    history,

    async pending(source: string, limit: number): Promise<string[]> {
      const rows = await db
        .selectFrom('fuse.pending')
        .select('entity_key')
        .where('source', '=', source)
        .orderBy('entity_key')
        .limit(limit)
        .execute();
      return rows.map((row) => row.entity_key);
    },

    async pendingCount(source: string): Promise<number> {
      const { count } = await db
        .selectFrom('fuse.pending')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('source', '=', source)
        .executeTakeFirstOrThrow();
      return count;
    },

    async donePending(source: string, entityKeys: readonly string[]): Promise<void> {
      await db
        .deleteFrom('fuse.pending')
        .where('source', '=', source)
        .where('entity_key', '=', sql<string>`any(${[...entityKeys]})`)
        .execute();
    },

    async heads(source: string, entityKeys: readonly string[]): Promise<Map<string, Head>> {
      return headsOf(await history(source, entityKeys));
    },

    /** The newest row of each present record behind the enterprises, with its source's weight, and findings of all its rows. */
    async members(ids: readonly string[]): Promise<Map<string, { members: Member[]; findings: number }>> {
      const links = await db
        .selectFrom('fuse.link as link')
        .innerJoin('fuse.source as source', 'source.id', 'link.source')
        .where('link.enterprise', '=', anyId(ids))
        .where('link.gone', '=', false)
        .select(['link.enterprise', 'link.source', 'link.entity_key', 'link.row_key'])
        .select(['source.priority', 'source.organisation'])
        .execute();
      const found = new Map(ids.map((id) => [id, { members: [] as Member[], findings: 0 }]));
      const keys = new Map<string, string[]>();
      for (const { source, entity_key } of links) {
        const list = keys.get(source);
        if (list) list.push(entity_key);
        else keys.set(source, [entity_key]);
      }
      const fused = await fusingFindings(links);
      const histories = await historiesOf([...keys].map(([source, entityKeys]) => ({ source, entityKeys })));
      for (const source of keys.keys()) {
        const rows = groupBy(histories.get(source) ?? [], ({ entityKey }) => entityKey);
        for (const link of links.filter((one) => one.source === source)) {
          const all = rows.get(link.entity_key) ?? [];
          const head = all.find(({ rowKey }) => rowKey === link.row_key);
          const behind = found.get(link.enterprise);
          if (!behind) continue;
          behind.findings += all.reduce((sum, { findings }) => sum + findings, 0);
          behind.findings += fused.get(`${source} ${link.entity_key}`) ?? 0;
          if (!head) continue;
          behind.members.push({
            source,
            priority: link.priority,
            organisation: link.organisation,
            rowKey: head.rowKey,
            period: head.period,
            values: head.clean.values,
          });
        }
      }
      return found;
    },
  };

  /** Open findings of fusing itself, by source and entity key. */
  async function fusingFindings(links: readonly { source: string; entity_key: string }[]) {
    if (links.length === 0) return new Map<string, number>();
    const rows = await db
      .selectFrom('fuse.finding')
      .where('closed', 'is', null)
      .where('source', '=', anyId([...new Set(links.map(({ source }) => source))]))
      .where('entity_key', '=', sql<string>`any(${links.map(({ entity_key }) => entity_key)}::text[])`)
      .groupBy(['source', 'entity_key'])
      .select(({ fn }) => ['source', 'entity_key', fn.countAll<number>().as('findings')])
      .execute();
    return new Map(rows.map((row) => [`${row.source} ${row.entity_key}`, row.findings]));
  }
}
export type FusingStore = ReturnType<typeof createUnscopedFusingStore>;

const toHead = (versions: readonly StoredVersion[], runs: Parameters<typeof cleanRowOf>[1]): Head => {
  const [now] = versions;
  return {
    entityKey: now?.entityKey ?? '',
    rowKey: now?.rowKey ?? '',
    period: now?.period ?? null,
    clean: cleanRowOf(versions, runs),
    findings: now?.rules.length ?? 0,
  };
};

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const byPeriod = (a: Head, b: Head): number =>
  compareTexts(a.entityKey, b.entityKey) ||
  compareTexts(a.period ?? '', b.period ?? '') ||
  compareTexts(a.rowKey, b.rowKey);
const isNewer = (a: Head, b: Head): boolean => {
  const order = compareTexts(a.period ?? '', b.period ?? '');
  return order > 0 || (order === 0 && a.rowKey < b.rowKey);
};

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
