// A table of PostgreSQL and of MariaDB (Debian's packages) as a source reads it, beside the engine's own table function over the
// same table into a file of the same format. Prints a line of JSON: seconds of both, the least of the rounds.
import { execFile, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createMariadbCluster, mariadbMissing } from '../../edge/src/testing/mariadb-peer.ts';
import type { Analytics } from '../../server/src/platform/db/analytics.ts';
import { openEmbeddedAnalytics } from '../../server/src/platform/db/embedded-analytics.ts';
import type { ForeignDatabase } from '../../server/src/platform/db/foreign.ts';
import { silentLog } from '../../server/src/platform/log/log.ts';

const run = promisify(execFile);
const ROWS = Number(process.argv[2] ?? 1_000_000);
const ROUNDS = 3;
const folder = mkdtempSync(join(tmpdir(), 'ronghe-bench-databases-'));
chmodSync(folder, 0o755);

/** Columns as a register has them: numbers, texts, decimals, a day and the moment of the last change. */
const FILL = {
  postgresql: [
    `create table register (id bigint primary key, name varchar(100) not null, code char(18), person varchar(40), phone varchar(30),
      address text, division integer, established date, capital numeric(18,2), employees integer, share double precision,
      changed timestamp(3) not null)`,
    `insert into register select i, '江西' || i || '号铜业有限公司', lpad(i::text, 18, '9'), '王伟', '0791-' || (20000000 + i), '江西省南昌市红谷滩区创业路' || i || '号',
      360100 + i % 90, date '2000-01-01' + i % 9000, (i % 100000) / 7.0, i % 5000, (i % 1000) / 1000.0, timestamp '2026-01-01' + i * interval '17.123 seconds'
      from generate_series(1, ${ROWS}) i`,
  ],
  mysql: [
    `create table register (id bigint primary key, name varchar(100) not null, code char(18), person varchar(40), phone varchar(30),
      address text, division int, established date, capital decimal(18,2), employees int, share double, changed datetime(3) not null) character set utf8mb4`,
    `insert into register select seq, concat('江西', seq, '号铜业有限公司'), lpad(seq, 18, '9'), '王伟', concat('0791-', 20000000 + seq), concat('江西省南昌市红谷滩区创业路', seq, '号'),
      360100 + seq % 90, date_add('2000-01-01', interval seq % 9000 day), (seq % 100000) / 7.0, seq % 5000, (seq % 1000) / 1000.0,
      date_add(cast('2026-01-01' as datetime(3)), interval seq * 17.123 second) from seq_1_to_${ROWS}`,
  ],
};

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

type Peer = { database: ForeignDatabase; stop(): Promise<void> };

/** Debian's PostgreSQL, as its own user where we are root. null where it is not installed. */
async function startPostgresql(): Promise<Peer | null> {
  const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : [];
  const version = versions.sort((a, b) => Number(a) - Number(b)).at(-1);
  if (version === undefined) return null;
  const bin = join('/usr/lib/postgresql', version, 'bin');
  const data = join(folder, 'postgresql');
  const root = process.getuid?.() === 0;
  const as = (program: string, ...rest: string[]): [string, string[]] =>
    root ? ['runuser', ['-u', 'postgres', '--', join(bin, program), ...rest]] : [join(bin, program), rest];
  await run('mkdir', ['-p', data]);
  if (root) await run('chown', ['postgres', data]);
  await run(...as('initdb', '-D', data, '-U', 'bench', '--auth=trust', '--encoding=UTF8', '--no-sync'));
  const port = await freePort();
  const child = spawn(...as('postgres', '-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', ''), {
    stdio: 'ignore',
  });
  const psql = (sql: string) =>
    run(join(bin, 'psql'), [
      '-h',
      '127.0.0.1',
      '-p',
      String(port),
      '-U',
      'bench',
      '-q',
      '-c',
      sql,
      'postgres',
    ]);
  for (let tries = 0; ; tries += 1) {
    try {
      await psql('select 1');
      break;
    } catch (error) {
      if (tries === 100) throw error;
      await delay(100);
    }
  }
  for (const sql of [...FILL.postgresql, 'analyze register']) await psql(sql);
  return {
    database: {
      kind: 'postgresql',
      host: '127.0.0.1',
      port,
      database: 'postgres',
      table: 'register',
      username: 'bench',
      password: 'none',
    },
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      await run(...as('pg_ctl', 'stop', '-D', data, '-m', 'fast'));
      await ended;
    },
  };
}

async function startMariadb(): Promise<Peer | null> {
  if (mariadbMissing() !== null) return null;
  const cluster = await createMariadbCluster();
  const peer = await cluster.start();
  for (const sql of FILL.mysql) await peer.query(sql);
  return {
    database: {
      kind: 'mysql',
      host: '127.0.0.1',
      port: peer.port,
      database: 'mes',
      table: 'register',
      username: 'reader',
      password: 'secret',
    },
    async stop() {
      await peer.stop();
      await cluster.remove();
    },
  };
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

let files = 0;
async function compare(analytics: Analytics, database: ForeignDatabase) {
  const { kind, host, port, table, username, password } = database;
  const place = [`${host}:${port}`, database.database, table, username, password]
    .map((part) => `'${part}'`)
    .join(', ');
  const plain = () => {
    files += 1;
    const file = join(folder, `engine-${files}.jsonl`);
    return analytics.command(
      `insert into function file('${file}', JSONCompactEachRowWithNames) select * from ${kind}(${place})`,
      { timeoutMs: 600_000 },
    );
  };
  const ours = () => {
    files += 1;
    return analytics.foreign.fetchInto(join(folder, `ours-${files}.jsonl`), database, {
      rowsMax: ROWS * 2,
      bytesMax: 1e11,
      timeoutMs: 600_000,
      signal: new AbortController().signal,
    });
  };
  const [engine, source]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    engine.push(await secondsOf(plain));
    source.push(await secondsOf(ours));
  }
  return { engine: Math.min(...engine), ours: Math.min(...source) };
}

const analytics = await openEmbeddedAnalytics({ data: folder, clickhouseMemoryBytesMax: 2e9 }, silentLog());
try {
  const result: Record<string, unknown> = {};
  for (const [name, start] of [
    ['PostgreSQL', startPostgresql],
    ['MariaDB', startMariadb],
  ] as const) {
    const peer = await start();
    if (peer === null) continue;
    try {
      result[name] = await compare(analytics, peer.database);
    } finally {
      await peer.stop();
    }
  }
  console.log(JSON.stringify(result));
} finally {
  await analytics.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
