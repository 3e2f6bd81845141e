import type { DomainMigrations } from '#platform/db/migration.ts';

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
  ],
  clickhouse: [
    {
      name: '0001_observations',
      steps: [
        { table: 'ingest.observations', columns: columns('Float64 CODEC(ZSTD(1))'), ...OBSERVATIONS },
        { table: 'ingest.observations_text', columns: columns('String CODEC(ZSTD(1))'), ...OBSERVATIONS },
      ],
    },
  ],
};
