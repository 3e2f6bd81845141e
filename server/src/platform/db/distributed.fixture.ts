// A program of its own: a configuration with a cluster is read once in a process, and other tests have started the engine without one.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadChdb } from '#platform/db/chdb.ts';
import { guestSettings } from '#platform/db/guest-settings.ts';
import { quote } from '#platform/db/sql-parameters.ts';

/** Both shards are this process, on the same table: the engine plans for two shards, and every row is there twice. */
const SHARD =
  '<shard><internal_replication>true</internal_replication><replica><host>127.0.0.1</host><port>9000</port></replica></shard>';
const CONFIG = `<clickhouse><tcp_port>9000</tcp_port><remote_servers><province>${SHARD}${SHARD}</province></remote_servers></clickhouse>`;
const LIMITS = {
  timeMs: 20_000,
  memoryBytes: 1_000_000_000,
  resultRows: 1_000,
  resultBytes: 1_000_000,
  readRows: 1_000_000,
  threads: 2,
};

const [folder = '', questions = '[]'] = process.argv.slice(2);
const config = join(folder, 'cluster.xml');
writeFileSync(config, CONFIG);
const chdb = await loadChdb(join(folder, 'data'), { 'config-file': config });
const session = chdb.open();
for (const statement of [
  'create database d',
  'create table d.x_local (org String, n UInt32) engine = MergeTree order by n',
  "insert into d.x_local values ('a', 1), ('a', 2), ('b', 3)",
  "create table d.x as d.x_local engine = Distributed('province', 'd', 'x_local', n)",
])
  await session.run(statement, 'Null');

const answers: string[] = [];
for (const sql of JSON.parse(questions) as string[]) {
  const guest = chdb.open();
  const question = {
    sql,
    format: 'JSONCompactEachRow',
    tables: ['d.x'],
    limits: LIMITS,
    actor: 'key:1',
  } as const;
  const settings = { ...guestSettings({ ...question, filters: { 'd.x': "org = 'a'" } }), readonly: 1 };
  const list = Object.entries(settings).map(
    ([name, value]) =>
      `${name} = ${typeof value === 'number' || name === 'additional_table_filters' ? value : quote(value)}`,
  );
  try {
    answers.push(await guest.run(`set ${list.join(', ')};\n${sql}`, 'JSONCompactEachRow'));
  } catch (error) {
    answers.push(`failed: ${(error as Error).message}`);
  }
  guest.close();
}
process.stdout.write(JSON.stringify(answers));
session.close();
await chdb.drain();
process.exit(0);
