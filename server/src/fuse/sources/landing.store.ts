import { randomUUID } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Analytics } from '#platform/db/analytics.ts';
import type { FuseTables } from '../fuse.tables.ts';
import type { CleanRow, Row } from './rows.ts';

const INSERT_ROWS = 500;

export type KnownRow = { rowHash: string; entityKey: string; period: string | null; clean: CleanRow };
export type RecordRow = {
  rowKey: string;
  rowHash: string;
  entityKey: string;
  period: string | null;
  row: Row;
  clean: CleanRow;
};
/** One line of the immutable landing table. */
export type LandingRow = { rowKey: string; rowHash: string; change: 'new' | 'changed' | 'gone'; row: string };
/** One indicator value, or the news that there is none any more. */
export type IndicatorRow = {
  entityKey: string;
  code: string;
  period: string;
  rowKey: string;
  value: number;
  gone: 0 | 1;
};
type Outgoing = {
  run: string;
  version: number;
  atMs: number;
  landing: LandingRow[];
  indicators: IndicatorRow[];
};

/**
 * What a source has now (`fuse.record`), what waits to be fused (`fuse.pending`) and what waits to be written to
 * ClickHouse (`fuse.outbox`). A page is written in one transaction; the outbox then carries it over exactly once.
 * Works for one source whose scope the service has checked.
 */
export function createUnscopedLandingStore(db: Kysely<FuseTables>, analytics: Analytics) {
  return {
    async known(source: string, rowKeys: readonly string[]): Promise<Map<string, KnownRow>> {
      if (rowKeys.length === 0) return new Map();
      const rows = await db
        .selectFrom('fuse.record')
        .select(['row_key', 'row_hash', 'entity_key', 'period', 'clean'])
        .where('source', '=', source)
        .where('row_key', '=', sql<string>`any(${[...rowKeys]})`)
        .execute();
      return new Map(
        rows.map((row) => [
          row.row_key,
          { rowHash: row.row_hash, entityKey: row.entity_key, period: row.period, clean: row.clean },
        ]),
      );
    },

    /** Row keys the source had, in order, after one. */
    async keysAfter(source: string, after: string, limit: number): Promise<string[]> {
      const rows = await db
        .selectFrom('fuse.record')
        .select('row_key')
        .where('source', '=', source)
        .where('row_key', '>', after)
        .orderBy('row_key')
        .limit(limit)
        .execute();
      return rows.map((row) => row.row_key);
    },

    async count(source: string): Promise<number> {
      const { count } = await db
        .selectFrom('fuse.record')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('source', '=', source)
        .executeTakeFirstOrThrow();
      return count;
    },

    async put(source: string, { run, at, rows }: { run: string; at: Date; rows: readonly RecordRow[] }) {
      for (let start = 0; start < rows.length; start += INSERT_ROWS) {
        await db
          .insertInto('fuse.record')
          .values(
            rows.slice(start, start + INSERT_ROWS).map((row) => ({
              source,
              row_key: row.rowKey,
              row_hash: row.rowHash,
              entity_key: row.entityKey,
              period: row.period,
              run,
              received_at: at,
              row: JSON.stringify(row.row),
              clean: JSON.stringify(row.clean),
            })),
          )
          .onConflict((conflict) =>
            conflict.columns(['source', 'row_key']).doUpdateSet(({ ref }) => ({
              row_hash: ref('excluded.row_hash'),
              entity_key: ref('excluded.entity_key'),
              period: ref('excluded.period'),
              run: ref('excluded.run'),
              received_at: ref('excluded.received_at'),
              row: ref('excluded.row'),
              clean: ref('excluded.clean'),
            })),
          )
          .execute();
      }
    },

    async remove(source: string, rowKeys: readonly string[]): Promise<void> {
      await db
        .deleteFrom('fuse.record')
        .where('source', '=', source)
        .where('row_key', '=', sql<string>`any(${[...rowKeys]})`)
        .execute();
    },

    /** Marks enterprises of the source (by entity key) to be fused again. */
    async markPending(source: string, entityKeys: Iterable<string>): Promise<void> {
      const keys = [...new Set(entityKeys)];
      if (keys.length === 0) return;
      await sql`insert into fuse.pending (source, entity_key)
        select ${source}::uuid, key from unnest(${keys}::text[]) as key on conflict do nothing`.execute(db);
    },

    async queue(source: string, { run, version, atMs, landing, indicators }: Outgoing): Promise<void> {
      const head = { run, version, atMs };
      const entries = [
        ...(landing.length > 0 ? [{ kind: 'landing' as const, payload: { ...head, rows: landing } }] : []),
        ...(indicators.length > 0
          ? [{ kind: 'indicators' as const, payload: { ...head, rows: indicators } }]
          : []),
      ];
      if (entries.length === 0) return;
      await db
        .insertInto('fuse.outbox')
        .values(
          entries.map(({ kind, payload }) => ({
            source,
            kind,
            token: `${kind}-${run}-${randomUUID()}`,
            payload: JSON.stringify(payload),
          })),
        )
        .execute();
    },

    /** Writes what waits to ClickHouse in order. Repeating after a crash stores nothing twice: the token is the entry's. */
    async flush(source: string): Promise<void> {
      for (;;) {
        const entry = await db
          .selectFrom('fuse.outbox')
          .selectAll()
          .where('source', '=', source)
          .orderBy('number')
          .limit(1)
          .executeTakeFirst();
        if (!entry) return;
        if (entry.kind === 'landing') await writeLanding(analytics, source, entry);
        else await writeIndicators(analytics, source, entry);
        await db.deleteFrom('fuse.outbox').where('number', '=', entry.number).execute();
      }
    },
  };
}
export type LandingStore = ReturnType<typeof createUnscopedLandingStore>;

type Entry = { token: string; payload: unknown };
type Payload<Line> = { run: string; version: number; atMs: number; rows: Line[] };

async function writeLanding(analytics: Analytics, source: string, { token, payload }: Entry): Promise<void> {
  const { run, atMs, rows } = payload as Payload<LandingRow>;
  await analytics.insert(
    'fuse.landing',
    [
      { name: 'source', type: 'String', values: rows.map(() => source) },
      { name: 'run', type: 'String', values: rows.map(() => run) },
      { name: 'row_key', type: 'String', values: rows.map((row) => row.rowKey) },
      { name: 'row_hash', type: 'String', values: rows.map((row) => row.rowHash) },
      { name: 'change', type: 'String', values: rows.map((row) => row.change) },
      { name: 'received_at', type: 'DateTime64(3)', values: rows.map(() => BigInt(atMs)) },
      { name: 'row', type: 'String', values: rows.map((row) => row.row) },
    ],
    { token },
  );
}

async function writeIndicators(
  analytics: Analytics,
  source: string,
  { token, payload }: Entry,
): Promise<void> {
  const { run, version, rows } = payload as Payload<IndicatorRow>;
  await analytics.insert(
    'fuse.indicators',
    [
      { name: 'source', type: 'String', values: rows.map(() => source) },
      { name: 'entity_key', type: 'String', values: rows.map((row) => row.entityKey) },
      { name: 'code', type: 'String', values: rows.map((row) => row.code) },
      { name: 'period', type: 'String', values: rows.map((row) => row.period) },
      { name: 'row_key', type: 'String', values: rows.map((row) => row.rowKey) },
      { name: 'value', type: 'Float64', values: rows.map((row) => row.value) },
      { name: 'gone', type: 'UInt8', values: rows.map((row) => row.gone) },
      { name: 'run', type: 'String', values: rows.map(() => run) },
      { name: 'version', type: 'UInt64', values: rows.map(() => BigInt(version)) },
    ],
    { token },
  );
}
