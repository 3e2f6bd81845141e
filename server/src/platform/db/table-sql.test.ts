import { describe, expect, it } from 'vitest';
import type { TableDefinition } from '#platform/db/migration.ts';
import { stepSql, tableSql } from '#platform/db/table-sql.ts';

const observation: TableDefinition = {
  table: 'ingest.observation',
  columns: "  point UInt32,\n  at DateTime64(6, 'UTC'),\n  received_at DateTime64(3, 'UTC')",
  engine: 'ReplacingMergeTree(received_at)',
  orderBy: '(point, at)',
  partitionBy: 'toYYYYMM(at)',
  settings: 'non_replicated_deduplication_window = 1000, fsync_after_insert = 1',
};

describe('tableSql', () => {
  it('makes one table on one machine', () => {
    expect(tableSql(observation)).toEqual([
      `create table if not exists ingest.observation (
point UInt32,
  at DateTime64(6, 'UTC'),
  received_at DateTime64(3, 'UTC')
) engine = ReplacingMergeTree(received_at)
partition by toYYYYMM(at)
order by (point, at)
settings non_replicated_deduplication_window = 1000, fsync_after_insert = 1`,
    ]);
  });

  it('makes a replicated table on every node of a cluster and a distributed one over it', () => {
    expect(tableSql(observation, 'jiangxi')).toEqual([
      `create table if not exists ingest.observation_local on cluster 'jiangxi' (
point UInt32,
  at DateTime64(6, 'UTC'),
  received_at DateTime64(3, 'UTC')
) engine = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/ingest/observation', '{replica}', received_at)
partition by toYYYYMM(at)
order by (point, at)
settings replicated_deduplication_window = 1000, fsync_after_insert = 1`,
      `create table if not exists ingest.observation on cluster 'jiangxi' as ingest.observation_local
engine = Distributed('jiangxi', 'ingest', 'observation_local', cityHash64(point, at))`,
    ]);
  });

  it.each([
    ['the expression it is given', { shardBy: 'point' }, ', point)'],
    ['chance when nothing sorts the rows', { orderBy: 'tuple()' }, ', rand())'],
  ])('spreads rows by %s', (_case, part, ending) => {
    expect(tableSql({ ...observation, ...part }, 'jiangxi')[1]?.endsWith(ending)).toBe(true);
  });

  it('leaves out the arguments of an engine that has none', () => {
    const [local] = tableSql({ ...observation, engine: 'MergeTree' }, 'jiangxi');
    expect(local).toContain(
      "ReplicatedMergeTree('/clickhouse/tables/{shard}/ingest/observation', '{replica}')\n",
    );
  });

  it('refuses an engine that cannot be replicated', () => {
    expect(() => tableSql({ ...observation, engine: 'Memory' })).toThrow('MergeTree family');
  });
});

describe('stepSql', () => {
  const step = 'alter table ingest.observation{{local}}{{on_cluster}} drop column x';

  it('fills the places that differ on a cluster', () => {
    expect(stepSql(step)).toBe('alter table ingest.observation drop column x');
    expect(stepSql(step, 'jiangxi')).toBe(
      "alter table ingest.observation_local on cluster 'jiangxi' drop column x",
    );
  });
});
