import { afterAll, beforeAll, describe, test } from 'vitest';
import {
  createPostgresCluster,
  type PostgresCluster,
  type PostgresPeer,
  postgresMissing,
} from '../../testing/postgres-peer.ts';
import { DATABASE_SUITE, type DatabaseSubject, openScene } from '../../testing/sql-suite.ts';
import { SqlConfig } from './sql.config.ts';
import { createSql } from './sql.ts';

const missing = postgresMissing();
let cluster: PostgresCluster | null = null;
let peer: PostgresPeer | null = null;
const start = async (port?: number): Promise<PostgresPeer> => {
  cluster ??= await createPostgresCluster();
  return cluster.start(port);
};
beforeAll(async () => {
  if (missing === null) peer = await start();
});
afterAll(async () => {
  await peer?.stop();
  await cluster?.remove();
});

const subject: DatabaseSubject = {
  start,
  endpoint: (port) => `postgres://127.0.0.1:${port}/postgres`,
  create: (config, context) => createSql({ ...context, config: SqlConfig.parse(config) }),
  wallTime: 'timestamp(6)',
  kinds: {
    create: [
      'drop table if exists kinds',
      `create table kinds (i int, big bigint, huge bigint, d numeric, long_d numeric, nan_d numeric, f real, dp float8, b bool,
        t text, digits text, n int, at timestamp, atz timestamptz, by bytea, bit bit(4), js jsonb, inf float8)`,
      `insert into kinds values (-7, 9007199254740991, 9007199254740993, 0.10, 1234567890.12345678901, 'NaN', 0.1, 0.1, true,
        '合格', '007', null, '2026-03-01 08:00:00.5', '2026-03-01 08:00:00.5+00', '\\x00ff', '0101', '{"a": 1}', 'Infinity')`,
    ],
    points: [
      { column: 'i', expected: [-7, 'good'] },
      { column: 'big', expected: [9007199254740991, 'good'] },
      { column: 'huge', expected: [9007199254740992, 'uncertain', 'not-exact'] },
      { column: 'd', expected: [0.1, 'good'] },
      { column: 'long_d', expected: [1234567890.1234567, 'uncertain', 'not-exact'] },
      { column: 'nan_d', expected: [null, 'bad', 'not-finite'] },
      { column: 'f', expected: [0.1, 'good'] },
      { column: 'dp', expected: [0.1, 'good'] },
      { column: 'b', type: 'boolean', expected: [true, 'good'] },
      { column: 't', type: 'text', expected: ['合格', 'good'] },
      { column: 'digits', expected: [null, 'bad', 'type-mismatch'] },
      { column: 'n', expected: [null, 'bad', 'null'] },
      { column: 'at', type: 'text', expected: ['2026-03-01 08:00:00.5', 'good'] },
      { column: 'atz', type: 'text', expected: ['2026-03-01 16:00:00.5+08', 'good'] },
      { column: 'by', type: 'text', expected: ['\\x00ff', 'good'] },
      { column: 'bit', expected: [5, 'good'] },
      { column: 'js', type: 'text', expected: ['{"a": 1}', 'good'] },
      { column: 'inf', expected: [null, 'bad', 'not-finite'] },
    ],
  },
  sneak: {
    create: [
      'create table if not exists written (x int)',
      "create or replace function sneak() returns int language plpgsql as 'begin insert into written values (1); return 1; end'",
    ],
    reason: 'read-only-sql-transaction',
  },
  sleep: 'select 1 as value from pg_sleep(10)',
  many: 'select n from generate_series(1, 3000000) as n',
};

describe.skipIf(missing !== null)(missing ?? 'PostgreSQL:', () => {
  for (const { title, run } of DATABASE_SUITE)
    test(title, { timeout: 60_000 }, async () => {
      if (peer === null) throw new Error('PostgreSQL does not run');
      const scene = await openScene(subject, peer);
      try {
        await run(scene, subject);
      } finally {
        await scene.close();
      }
    });
});
