import type { Attempt, DomainMigrations, TableDefinition } from '#platform/db/migration.ts';

/** Months are what retention drops; (series, time) is what every question asks for. */
const OBSERVATIONS = {
  engine: 'ReplacingMergeTree(received_at)',
  orderBy: '(series, time)',
  partitionBy: 'toYYYYMM(time)',
  // All samples of a series on one shard, so that the newest of two rows is found there.
  shardBy: 'series',
  settings:
    'non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 60',
} as const;
const columns = (value: string) => `
  series UInt32 CODEC(ZSTD(1)),
  time DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  value ${value},
  quality UInt8 CODEC(ZSTD(1)),
  reason LowCardinality(String) CODEC(ZSTD(1)),
  received_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1))`;

/** Start of the bucket; counts are of good and of other samples, everything else is of good ones (0 when there are none). */
const ROLLUP_COLUMNS = `
  series UInt32 CODEC(ZSTD(1)),
  time DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
  count UInt32 CODEC(ZSTD(1)),
  bad UInt32 CODEC(ZSTD(1)),
  min Float64 CODEC(ZSTD(1)),
  max Float64 CODEC(ZSTD(1)),
  sum Float64 CODEC(ZSTD(1)),
  first Float64 CODEC(ZSTD(1)),
  first_at DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
  last Float64 CODEC(ZSTD(1)),
  last_at DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
  version UInt64 CODEC(DoubleDelta, ZSTD(1))`;
const ROLLUP_TABLES = ['ingest.rollup_1m', 'ingest.rollup_1h', 'ingest.rollup_1d'] as const;
const rollupTable = (table: (typeof ROLLUP_TABLES)[number]): TableDefinition => ({
  table,
  columns: ROLLUP_COLUMNS,
  engine: 'ReplacingMergeTree(version)',
  orderBy: '(series, time)',
  partitionBy: 'toYYYYMM(time)',
  shardBy: 'series',
  settings: 'fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 60',
});

/** Sums by point and hour of source time; `crc` is of what was sent and not rejected. */
const LEDGER: TableDefinition = {
  table: 'ingest.ledger',
  columns: `
  series UInt32 CODEC(ZSTD(1)),
  hour DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  read Int64 CODEC(ZSTD(1)),
  filtered Int64 CODEC(ZSTD(1)),
  sent Int64 CODEC(ZSTD(1)),
  lost Int64 CODEC(ZSTD(1)),
  rejected Int64 CODEC(ZSTD(1)),
  crc Int64 CODEC(ZSTD(1))`,
  engine: 'SummingMergeTree',
  orderBy: '(series, hour)',
  partitionBy: 'toYYYYMM(hour)',
  shardBy: 'series',
  settings: OBSERVATIONS.settings,
};

/** A change of the table that holds the rows, and of the one that stands above it on a cluster. */
const ofLocal = (table: string, change: string): string =>
  // sql-identifier: our own tables and changes, all of them in this file
  `alter table ${table}{{local}}{{on_cluster}} ${change}`;
const ofTop = (table: string, change: string): string =>
  // sql-identifier: our own tables and changes, all of them in this file
  `alter table ${table}{{on_cluster}} ${change}`;

/**
 * `stored_at` is when the engine itself got the row, in whole seconds of its own clock: what the rollups go by, because
 * `received_at` may lie long before the insert. Rows of before get their `received_at`; only then does the default change.
 */
const addStoredAt = (table: 'ingest.observations' | 'ingest.observations_text'): string[] => [
  ofLocal(
    table,
    `add column if not exists stored_at DateTime('UTC')
     default toDateTime(received_at) codec(DoubleDelta, ZSTD(1))`,
  ),
  ofLocal(table, `materialize column stored_at settings mutations_sync = 2`),
  ofLocal(table, `modify column stored_at default now()`),
  // on a cluster the table above the local ones has to know the column too; on one machine these change nothing
  ofTop(table, `add column if not exists stored_at DateTime('UTC') default now()`),
  ofTop(table, `modify column stored_at default now()`),
  ofLocal(table, `add index if not exists stored_at stored_at type minmax`),
  // measured: as small as DoubleDelta for even times, a third smaller when times jitter
  ofLocal(table, `modify column time codec(Delta, ZSTD(1))`),
];

/** The time of the device's own server; the beginning of 1970 says that it is as good as the source time. */
const addServerAt = (table: 'ingest.observations' | 'ingest.observations_text'): string[] =>
  [ofLocal, ofTop].map((of) =>
    of(
      table,
      `add column if not exists server_at DateTime64(3, 'UTC') default toDateTime64(0, 3, 'UTC') codec(ZSTD(1))`,
    ),
  );

const NUMBER_COLUMNS: readonly (readonly [table: string, column: string])[] = [
  ['ingest.observations', 'value'],
  ...ROLLUP_TABLES.flatMap((table) =>
    ['min', 'max', 'sum', 'first', 'last'].map((column) => [table, column] as const),
  ),
];

/** ALP halves decimals and is read several times faster; an engine without it keeps ZSTD. */
const toAlp = (table: string, column: string): Attempt => ({
  attempt: ofLocal(table, `modify column ${column} codec(ALP)`),
});

/** ZSTD behind ALP takes 3 to 6 % off whole numbers and costs an insert nothing that could be measured. */
const toPackedAlp = (table: string, column: string): Attempt => ({
  attempt: ofLocal(table, `modify column ${column} codec(ALP, ZSTD(1))`),
});

/**
 * Under load a row is merged about half as often: ten parts of a size become one instead of five, and columns other than those
 * of the key are merged one after the other. Measured over 30 blocks of a million rows: 0.18 instead of 0.26 CPU seconds a
 * million rows, inserts included. An engine that does not know a setting keeps its own.
 */
const mergeLess = (table: string): Attempt[] =>
  ['merge_selector_base = 10', 'vertical_merge_algorithm_min_columns_to_activate = 1'].map((setting) => ({
    attempt: ofLocal(table, `modify setting ${setting}`),
  }));

/** Tables of the domain: the observations, what was delivered, what was rejected, and how much came in. */
export const ingestMigrations: DomainMigrations = {
  word: 'ingest',
  postgres: [
    {
      name: '0001_deliveries_rejects_volume',
      sql: `
        create table if not exists ingest.delivery (
          organisation text not null,
          source text not null,
          epoch text not null,
          sequence bigint not null,
          content text not null,
          stored integer not null,
          rejected integer not null,
          delivered_at timestamptz not null,
          primary key (organisation, source, epoch)
        );

        create table if not exists ingest.reject (
          sequence bigint generated always as identity primary key,
          id uuid not null unique,
          request text not null,
          organisation text not null,
          received_at timestamptz not null,
          door text not null,
          source text,
          point text,
          code text not null,
          part text not null,
          details jsonb not null,
          sample text not null,
          count integer not null,
          unique (request, code, part)
        );
        create index if not exists reject_organisation on ingest.reject (organisation text_pattern_ops, sequence desc);

        create table if not exists ingest.volume (
          organisation text not null,
          slot timestamptz not null,
          stored bigint not null,
          rejected bigint not null,
          primary key (organisation, slot)
        );
        create index if not exists volume_slot on ingest.volume (slot);

        create table if not exists ingest.total (
          organisation text primary key,
          stored bigint not null
        );
      `,
    },
    {
      name: '0002_rollup_retention_counters',
      sql: `
        alter table ingest.volume add column duplicate bigint not null default 0;
        alter table ingest.volume add column late bigint not null default 0;
        alter table ingest.total add column rejected bigint not null default 0;
        alter table ingest.total add column duplicate bigint not null default 0;
        alter table ingest.total add column late bigint not null default 0;
        -- what is still known of before
        update ingest.total set rejected = known.rejected from (
          select organisation, sum(rejected) as rejected from ingest.volume group by organisation
        ) as known where known.organisation = total.organisation;

        create table ingest.rollup (
          one boolean primary key default true check (one),
          watermark timestamptz not null
        );

        create table ingest.retention (
          class text primary key,
          deleted_before timestamptz not null,
          deleted_rows bigint not null,
          changed_at timestamptz not null
        );
      `,
    },
    {
      name: '0003_journal',
      sql: `
        create table if not exists ingest.journal (
          name text primary key,
          segment bigint not null,
          place bigint not null,
          stored_at timestamptz not null
        );
      `,
    },
  ],
  clickhouse: [
    {
      name: '0001_observations',
      steps: [
        { table: 'ingest.observations', columns: columns('Float64 CODEC(ZSTD(1))'), ...OBSERVATIONS },
        { table: 'ingest.observations_text', columns: columns('String CODEC(ZSTD(1))'), ...OBSERVATIONS },
      ],
    },
    {
      name: '0002_stored_at_rollups',
      steps: [
        ...addStoredAt('ingest.observations'),
        ...addStoredAt('ingest.observations_text'),
        ...ROLLUP_TABLES.map(rollupTable),
        ...NUMBER_COLUMNS.map(([table, column]) => toAlp(table, column)),
      ],
    },
    { name: '0003_merge_less', steps: mergeLess('ingest.observations') },
    {
      name: '0004_alp_zstd',
      steps: NUMBER_COLUMNS.map(([table, column]) => toPackedAlp(table, column)),
    },
    { name: '0005_ledger', steps: [LEDGER] },
    {
      name: '0006_server_at',
      steps: [...addServerAt('ingest.observations'), ...addServerAt('ingest.observations_text')],
    },
  ],
};
