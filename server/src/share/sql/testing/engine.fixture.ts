import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChdbSession, loadChdb } from '#platform/db/chdb.ts';
import type { Catalog } from '../sql.ts';

/** The real engine with a small `share` and, beside it, a table of owners that a relation guards. */
export type TestEngine = {
  /** runs text as a client of ClickHouse in the database `share` would */
  original(sql: string, format?: string): Promise<string>;
  /** runs text of ours */
  ours(sql: string, format?: string): Promise<string>;
  stop(): Promise<void>;
};

const TABLES = [
  'create database share',
  'create database fuse',
  `create table share.enterprises (code String, name String, city String, industry LowCardinality(String), founded Date,
     capital Nullable(Float64), employees UInt32, tags Array(String), attributes Map(String, String)) engine = MergeTree order by code`,
  `insert into share.enterprises values
     ('E1', 'A铜业', '南昌', 'C32', '1999-05-01', 100, 1200, ['iron', 'amber'], {'level': 'a'}),
     ('E2', 'B稀土', '赣州', 'C39', '2005-11-30', NULL, 80, [], {}),
     ('E3', 'C化工', '南昌', 'C26', '2012-02-29', 12.5, 80, ['acid'], {'level': 'b', 'x': 'y'}),
     ('E4', 'D电子', '九江', 'C39', '2020-01-01', 7, 9, ['iron'], {'level': 'c'})`,
  `create table share.readings (point String, enterprise String, time DateTime64(3), value Float64, quality UInt8)
     engine = MergeTree order by (point, time)`,
  `insert into share.readings select if(number % 2 = 0, 'p1', 'p2'), if(number % 3 = 0, 'E1', 'E3'),
     toDateTime64('2026-01-01 00:00:00', 3) + number * 600, number % 7, number % 5 = 0 from numbers(24)`,
  `create table share.orders (enterprise String, ordered DateTime64(3), amount Float64, quantity UInt32, discount Float64, state String)
     engine = MergeTree order by ordered`,
  `insert into share.orders values ('E1', '2025-12-31 10:00:00', 250, 3, 0.05, 'done'), ('E1', '2026-01-01 01:00:00', 75, 12, 0.1, 'open'),
     ('E3', '2026-01-01 02:00:00', 1200, 40, 0, 'done'), ('E2', '2026-02-01 00:00:00', 33, 5, 0.06, 'special')`,
  `create table fuse.golden (organisation String, name String, n Int64) engine = MergeTree order by name`,
  `insert into fuse.golden values ('gx.a', 'A1', 1), ('gx.a', 'A2', 2), ('gx.b', 'B1', 3), ('gx.b', 'B2', 4)`,
];

export async function startTestEngine(): Promise<TestEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'ronghe-sql-'));
  const chdb = await loadChdb(folder);
  const sessions: ChdbSession[] = [chdb.open()];
  const [ours] = sessions as [ChdbSession];
  for (const statement of TABLES) await ours.run(statement, 'Null');
  const original = chdb.open();
  sessions.push(original);
  await original.run('use share', 'Null');
  return {
    original: (sql, format = 'TSV') => run(original, sql, format),
    ours: (sql, format = 'TSV') => run(ours, sql, format),
    async stop() {
      for (const session of sessions) session.close();
      await chdb.drain();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What a failed statement had answered so far comes out before the answer of the next one of its session: it is taken away here. */
async function run(session: ChdbSession, sql: string, format: string): Promise<string> {
  try {
    return await session.run(sql, format);
  } catch (error) {
    await session.run('select 1', 'Null');
    throw error;
  }
}

const columns = (text: string) => ({ columns: text.split(' ') });

export const CATALOG: Catalog = {
  database: 'share',
  tables: new Map([
    ['share.enterprises', columns('code name city industry founded capital employees tags attributes')],
    ['share.readings', columns('point enterprise time value quality')],
    ['share.orders', columns('enterprise ordered amount quantity discount state')],
    ['share.golden', columns('name n')],
    ['system.databases', columns('name engine comment')],
    ['system.tables', columns('database name engine is_temporary comment')],
    ['system.columns', columns('database table name type default_kind comment position')],
  ]),
};

/** Relations as rooms write them: qualified columns under aliases of ours. `share.golden` shows only rows of `gx.a`. */
export function relationOf(table: string): string {
  const listed = (CATALOG.tables.get(table)?.columns ?? [])
    .map((name) => `rh__t.${name} AS ${name}`)
    .join(', ');
  return table === 'share.golden'
    ? `SELECT ${listed} FROM fuse.golden AS rh__t WHERE rh__t.organisation = 'gx.a'`
    : `SELECT ${listed} FROM ${table} AS rh__t`;
}
