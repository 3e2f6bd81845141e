import type { TableDefinition } from '#platform/db/migration.ts';

const ENGINE = /^(\w*MergeTree)(?:\((.*)\))?$/s;

/**
 * The statements that make a table, all of them safe to repeat. On one machine one table; on a cluster `<table>_local` on
 * every node with the Replicated engine, and `<table>` as Distributed over them.
 * Rows go to a shard by the sorting key unless `shardBy` says otherwise, because a retried insert must meet the same shards.
 * @throws TypeError for an engine outside the MergeTree family: a fault of ours
 */
export function tableSql(definition: TableDefinition, cluster?: string): string[] {
  if (!cluster) return [createTable(definition)];
  const [database, name] = definition.table.split('.');
  const [, family, ends] = parseEngine(definition.engine);
  const path = `'/clickhouse/tables/{shard}/${database}/${name}', '{replica}'`;
  const local = createTable(
    {
      ...definition,
      table: `${database}.${name}_local`,
      engine: `Replicated${family}(${path}${ends ? `, ${ends}` : ''})`,
      ...(definition.settings
        ? { settings: definition.settings.replaceAll('non_replicated_dedup', 'replicated_dedup') }
        : {}),
    },
    cluster,
  );
  const shard = definition.shardBy ?? defaultShard(definition.orderBy);
  return [
    local,
    `create table if not exists ${definition.table}${onCluster(cluster)} as ${database}.${name}_local\nengine = Distributed('${cluster}', '${database}', '${name}_local', ${shard})`,
  ];
}

/** Fills `{{on_cluster}}` and `{{local}}` of a step given as text, so that one text serves one machine and a cluster. */
export function stepSql(step: string, cluster?: string): string {
  return step
    .replaceAll('{{on_cluster}}', onCluster(cluster))
    .replaceAll('{{local}}', cluster ? '_local' : '');
}

/** ` on cluster 'name'`, or nothing. */
export const onCluster = (cluster?: string): string => (cluster ? ` on cluster '${cluster}'` : '');

function createTable(definition: TableDefinition, cluster?: string): string {
  parseEngine(definition.engine);
  const lines = [
    `create table if not exists ${definition.table}${onCluster(cluster)} (`,
    definition.columns.trim(),
    `) engine = ${definition.engine}`,
    ...(definition.partitionBy ? [`partition by ${definition.partitionBy}`] : []),
    `order by ${definition.orderBy}`,
    ...(definition.settings ? [`settings ${definition.settings}`] : []),
  ];
  return lines.join('\n');
}

function parseEngine(engine: string): RegExpExecArray {
  const match = ENGINE.exec(engine.trim());
  if (!match) throw new TypeError(`${engine} is not of the MergeTree family`);
  return match;
}

function defaultShard(orderBy: string): string {
  const key = orderBy.trim().replace(/^\((.*)\)$/s, '$1');
  return key === 'tuple()' ? 'rand()' : `cityHash64(${key})`;
}
