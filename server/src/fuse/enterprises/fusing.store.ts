import { createHash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Analytics } from '#platform/db/analytics.ts';
import { arrayOf } from '#platform/db/recordset.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { createUnscopedRecordStore } from '../sources/records.store.ts';
import {
  type CleanRow,
  cleanRowOf,
  type KeptRow,
  keptRowOf,
  type RunMoments,
  runsNamedBy,
  type StoredVersion,
  type Visible,
} from '../sources/records.ts';
import type { Member } from './summary.ts';

export type Head = {
  entityKey: string;
  rowKey: string;
  period: string | null;
  clean: CleanRow;
  /** what the standards found in the row */
  findings: number;
  kept: KeptRow;
};
/** The newest row of a record, with what is told of all its rows. */
export type RecordHead = Head & {
  /** what the standards found in all rows of the record */
  findingsOfAll: number;
  /** a mark of the rows that report indicators, which changes whenever one of them does; null when none does */
  reported: string | null;
};

const anyId = (ids: readonly string[]) => sql<string>`any(${arrayOf(ids, 'uuid')})`;
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
    const all = found.map((histories) => [...histories.values()].flatMap(toKept));
    const runs = await records.runs(all.flat().flatMap(({ kept }) => runsNamedBy(kept)));
    return new Map(
      wanted.map(({ source }, at) => [
        source,
        (all[at] ?? []).map((row) => ({ ...row, clean: cleanRowOf(row.kept, runs) })).sort(byPeriod),
      ]),
    );
  }
  const history = async (source: string, entityKeys: readonly string[]): Promise<Head[]> =>
    (await historiesOf([{ source, entityKeys }])).get(source) ?? [];

  /** The newest row of each enterprise: the latest month, or the only row. */
  const headsOf = (rows: readonly Head[]): Map<string, RecordHead> => {
    const heads = new Map<string, RecordHead>();
    for (const [entityKey, own] of groupBy(rows, (row) => row.entityKey)) {
      const head = own.reduce((best, row) => (isNewer(row, best) ? row : best));
      const findingsOfAll = own.reduce((sum, { findings }) => sum + findings, 0);
      heads.set(entityKey, { ...head, findingsOfAll, reported: reportedOf(own) });
    }
    return heads;
  };

  return {
    history,

    ...waitingStore(db),

    async heads(source: string, entityKeys: readonly string[]): Promise<Map<string, RecordHead>> {
      return headsOf(await history(source, entityKeys));
    },

    /** The newest row of each present record behind the enterprises, with its source's weight, and findings of all its rows. */
    async members(ids: readonly string[]): Promise<Map<string, { members: Member[]; findings: number }>> {
      const links = await linksOf(ids);
      const [fused, unkept] = [await fusingFindings(ids), await headsOfUnkept(links)];
      const kept = links.map((link) => link.head ?? unkept.get(idOf(link))?.kept ?? null);
      const runs = await records.runs(kept.flatMap((row) => (row ? runsNamedBy(row) : [])));
      const found = new Map(ids.map((id) => [id, { members: [] as Member[], findings: 0 }]));
      for (const [at, link] of links.entries()) {
        const behind = found.get(link.enterprise);
        const row = kept[at];
        if (!behind) continue;
        behind.findings += link.head ? link.row_findings : (unkept.get(idOf(link))?.findingsOfAll ?? 0);
        behind.findings += fused.get(idOf(link)) ?? 0;
        if (row) behind.members.push(memberOf(link, row, runs));
      }
      return found;
    },

    /** The newest row of each present record of these sources behind the enterprises, as it is kept or, of records of before it was kept, as it stands. */
    async kept(
      ids: readonly string[],
      sources: readonly string[],
    ): Promise<(LinkWithRow & { row: KeptRow | null })[]> {
      const links = await linksOf(ids, sources);
      const unkept = await headsOfUnkept(links);
      return links.map((link) => ({ ...link, row: link.head ?? unkept.get(idOf(link))?.kept ?? null }));
    },
  };

  /** Present records behind the enterprises with their rows and what their sources are. */
  async function linksOf(
    ids: readonly string[],
    of: readonly string[] | null = null,
  ): Promise<LinkWithRow[]> {
    if (ids.length === 0 || of?.length === 0) return [];
    const told = of === null ? sql`true` : sql`source = ${anyId(of)}`;
    // one document an enterprise is taken apart in one go, without a look at each column of each row
    const { rows } = await sql<{
      enterprise: string;
      links: readonly (readonly [
        source: string,
        entityKey: string,
        head: KeptRow | null,
        findings: number,
      ])[];
    }>`select enterprise, json_agg(json_build_array(source, entity_key, head, row_findings)) as links
      from fuse.link where enterprise = ${anyId(ids)} and not gone and ${told} group by enterprise`.execute(
      db,
    );
    const sources = await sourcesOf(rows.flatMap(({ links }) => links.map(([source]) => source)));
    return rows.flatMap(({ enterprise, links }) =>
      links.flatMap(([id, entity_key, head, row_findings]) => {
        const source = sources.get(id);
        if (!source) return [];
        const { priority, organisation } = source;
        return [{ enterprise, source: id, entity_key, head, row_findings, priority, organisation }];
      }),
    );
  }

  async function sourcesOf(ids: readonly string[]) {
    const rows = await db
      .selectFrom('fuse.source')
      .select(['id', 'priority', 'organisation'])
      .where('id', '=', anyId([...new Set(ids)]))
      .execute();
    return new Map(rows.map((row) => [row.id, row]));
  }

  async function headsOfUnkept(links: readonly KeptLink[]): Promise<Map<string, RecordHead>> {
    const heads = new Map<string, RecordHead>();
    const bySource = groupBy(
      links.filter(({ head }) => head === null),
      ({ source }) => source,
    );
    const wanted = [...bySource].map(([source, own]) => ({
      source,
      entityKeys: own.map(({ entity_key }) => entity_key),
    }));
    if (wanted.length === 0) return heads;
    for (const [source, rows] of await historiesOf(wanted))
      for (const head of headsOf(rows).values())
        heads.set(idOf({ source, entity_key: head.entityKey }), head);
    return heads;
  }

  /** Open findings of fusing itself of the records behind the enterprises, by source and entity key. */
  async function fusingFindings(ids: readonly string[]) {
    const rows = await db
      .selectFrom('fuse.link as link')
      .innerJoin('fuse.finding as finding', (join) =>
        join.onRef('finding.source', '=', 'link.source').onRef('finding.entity_key', '=', 'link.entity_key'),
      )
      .where('link.enterprise', '=', anyId(ids))
      .where('finding.closed', 'is', null)
      .groupBy(['finding.source', 'finding.entity_key'])
      .select(({ fn }) => ['finding.source', 'finding.entity_key', fn.countAll<number>().as('findings')])
      .execute();
    return new Map(rows.map((row) => [idOf(row), row.findings]));
  }
}
export type FusingStore = ReturnType<typeof createUnscopedFusingStore>;

/** Records that wait to be fused. */
function waitingStore(db: Kysely<FuseTables>) {
  return {
    /** Keys of records that wait, in their order, of those after `after` only. */
    async pending(source: string, limit: number, after: string | null = null): Promise<string[]> {
      const rows = await db
        .selectFrom('fuse.pending')
        .select('entity_key')
        .where('source', '=', source)
        .$if(after !== null, (query) => query.where('entity_key', '>', after ?? ''))
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
  };
}

type KeptLink = { source: string; entity_key: string; head: KeptRow | null };
type LinkWithRow = KeptLink & {
  enterprise: string;
  row_findings: number;
  priority: number;
  organisation: string;
};
const idOf = ({ source, entity_key }: Pick<KeptLink, 'source' | 'entity_key'>): string =>
  `${source} ${entity_key}`;

const memberOf = (
  link: { source: string; priority: number; organisation: string },
  row: KeptRow,
  runs: RunMoments,
): Member => ({
  source: link.source,
  priority: link.priority,
  organisation: link.organisation,
  rowKey: row.rowKey,
  period: row.period,
  values: cleanRowOf(row, runs).values,
});

const toKept = ([now, ...before]: readonly StoredVersion[]): Omit<Head, 'clean'>[] => {
  if (!now) return [];
  const { entityKey, rowKey, period, rules } = now;
  return [{ entityKey, rowKey, period, findings: rules.length, kept: keptRowOf([now, ...before]) }];
};

/** 64 bits are enough to see that something changed. */
const MARK_LENGTH = 16;
function reportedOf(rows: readonly Head[]): string | null {
  const reporting = rows
    .filter(({ clean }) => Object.keys(clean.indicators).length > 0)
    .map(({ rowKey, kept }) => `${kept.number} ${rowKey}`);
  if (reporting.length === 0) return null;
  return createHash('sha256').update(reporting.sort().join('\n')).digest('hex').slice(0, MARK_LENGTH);
}

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
