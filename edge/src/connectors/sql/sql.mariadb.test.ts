import { afterAll, beforeAll, describe, test } from 'vitest';
import {
  createMariadbCluster,
  type MariadbCluster,
  type MariadbPeer,
  mariadbMissing,
} from '../../testing/mariadb-peer.ts';
import { DATABASE_SUITE, type DatabaseSubject, openScene } from '../../testing/sql-suite.ts';
import { SqlConfig } from './sql.config.ts';
import { createSql } from './sql.ts';

const missing = mariadbMissing();
let cluster: MariadbCluster | null = null;
const start = async (port?: number): Promise<MariadbPeer> => {
  cluster ??= await createMariadbCluster();
  return cluster.start(port);
};
afterAll(() => cluster?.remove());

const subject: DatabaseSubject = {
  start,
  endpoint: (port) => `mysql://127.0.0.1:${port}/mes`,
  create: (config, context) => createSql({ ...context, config: SqlConfig.parse(config) }),
  wallTime: 'datetime(6)',
  kinds: {
    create: [
      'drop table if exists kinds',
      `create table kinds (i int, big bigint, huge bigint unsigned, d decimal(10,4), long_d decimal(30,15), f float, dp double,
        b bool, bits bit(4), t varchar(20), digits varchar(20), n int, at datetime(3), atz timestamp(3) null, by_ varbinary(8), js json,
        y year, e enum('x','y'))`,
      "set time_zone = '+00:00'",
      `insert into kinds values (-7, 9007199254740991, 18446744073709551615, 0.1, 1234567890.123456789012345, 0.1, 0.1,
        true, b'0101', '合格', '007', null, '2026-03-01 08:00:00.5', '2026-03-01 08:00:00.5', x'00ff', '{"a": 1}', 2026, 'y')`,
    ],
    points: [
      { column: 'i', expected: [-7, 'good'] },
      { column: 'big', expected: [9007199254740991, 'good'] },
      { column: 'huge', expected: [18446744073709552000, 'uncertain', 'not-exact'] },
      { column: 'd', expected: [0.1, 'good'] },
      { column: 'long_d', expected: [1234567890.1234567, 'uncertain', 'not-exact'] },
      { column: 'f', expected: [0.1, 'good'] },
      { column: 'dp', expected: [0.1, 'good'] },
      { column: 'b', type: 'boolean', expected: [true, 'good'] },
      { column: 'bits', expected: [5, 'good'] },
      { column: 't', type: 'text', expected: ['合格', 'good'] },
      { column: 'digits', expected: [null, 'bad', 'type-mismatch'] },
      { column: 'n', expected: [null, 'bad', 'null'] },
      { column: 'at', type: 'text', expected: ['2026-03-01 08:00:00.500', 'good'] },
      { column: 'atz', type: 'text', expected: ['2026-03-01 16:00:00.500+08:00', 'good'] },
      { column: 'by_', type: 'text', expected: ['\\x00ff', 'good'] },
      { column: 'js', type: 'text', expected: ['{"a": 1}', 'good'] },
      { column: 'y', expected: [2026, 'good'] },
      { column: 'e', type: 'text', expected: ['y', 'good'] },
    ],
  },
  sneak: {
    create: [
      'create table if not exists written (x int)',
      'drop function if exists sneak',
      'create function sneak() returns int begin insert into written values (1); return 1; end',
    ],
    reason: 'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION',
  },
  sleep: 'select sleep(10) as value',
  many: 'select seq as n from seq_1_to_3000000',
};

describe.skipIf(missing !== null)(missing ?? 'MariaDB:', () => {
  let peer: MariadbPeer | null = null;
  beforeAll(async () => {
    peer = await start();
  });
  afterAll(() => peer?.stop());
  for (const { title, run } of DATABASE_SUITE)
    test(title, { timeout: 60_000 }, async () => {
      if (peer === null) throw new Error('MariaDB does not run');
      const scene = await openScene(subject, peer);
      try {
        await run(scene, subject);
      } finally {
        await scene.close();
      }
    });
});
