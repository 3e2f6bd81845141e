import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Analytics } from '#platform/db/analytics.ts';
import { openEmbeddedAnalytics } from '#platform/db/embedded-analytics.ts';
import type { AppError } from '#platform/errors/errors.ts';
import { silentLog } from '#platform/log/log.ts';
import {
  findPostgres,
  startDebezium,
  startPlatform,
  startPostgres,
  until,
} from './debezium-scene.fixture.ts';
import type { DeliveryRequest, Spool } from './delivery.ts';
import { createDatabaseDeliverer, type DatabaseConnection } from './engines/database.deliverer.ts';
import { openSpool, requestOf } from './engines/engines.fixture.ts';
import { createObjectDeliverer, type ObjectConnection } from './engines/object.deliverer.ts';
import {
  createProgramDeliverer,
  describeProgram,
  type ProgramConnection,
} from './programs/program.deliverer.ts';
import { readPrograms } from './programs/programs.ts';
import { installPeer, PEER_NAMES, PEERS, type PeerName } from './real-peers.fixture.ts';

const READY_MS_MAX = 60_000;

const peers = Object.fromEntries(PEER_NAMES.map((name) => [name, installPeer(name)]));
/** A suite that runs where its peer could be installed, and says in its name why it did not. */
function withPeer(name: PeerName, title: string, suite: (place: string) => void): void {
  const peer = peers[name] ?? { missing: 'it was not asked for' };
  if ('place' in peer) describe(`${title} (${PEERS[name].what})`, () => suite(peer.place));
  else
    describe.skip(`${title} (NOT RUN, ${PEERS[name].what} could not be installed: ${peer.missing})`, () => {
      it('needs its peer', () => undefined);
    });
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ronghe-peers-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

withPeer('s3', 'an S3 server', (place) => {
  let server: ChildProcess;
  let address: string;
  let analytics: Analytics;

  beforeAll(async () => {
    const port = await freePort();
    address = `http://127.0.0.1:${port}`;
    server = spawn(join(place, 'bin/moto_server'), ['-H', '127.0.0.1', '-p', String(port)], {
      stdio: 'ignore',
    });
    const end = performance.now() + READY_MS_MAX;
    while (
      !(await fetch(address).then(
        ({ ok }) => ok,
        () => false,
      ))
    ) {
      if (performance.now() > end) throw new Error('the S3 server was not ready');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const put = (path: string, body?: string) =>
      fetch(`${address}/${path}`, { method: 'PUT', ...(body ? { body } : {}) });
    await put('ledger');
    // more objects than one page of a list has, and fewer that fit than may be
    for (let at = 0; at < 1_100; at += 50)
      await Promise.all(
        Array.from({ length: 50 }, (_, of) =>
          put(`ledger/months/${at + of}.${at < 100 ? 'csv' : 'txt'}`, `id,名称\n${at + of},江西${at + of}\n`),
        ),
      );
    await put('ledger/other/x.csv', 'id,名称\n-1,不该读\n');
    analytics = await openEmbeddedAnalytics({ data: folder, clickhouseMemoryBytesMax: 2e9 }, silentLog());
  }, 120_000);
  afterAll(async () => {
    server?.kill('SIGKILL');
    await analytics?.stop();
  });

  const deliver = async (path: string) => {
    const connection: ObjectConnection = {
      ...{ kind: 'object', url: `${address}/${path}`, store: 's3', format: 'csv', accessKey: 'reader' },
    };
    const spool = openSpool(folder);
    const parts = {
      analytics,
      demand: () => Promise.resolve({ address: '127.0.0.1' }),
      connection,
      secretKey: 'geheim',
    };
    // the server of the peer is slow where others work too
    const request = requestOf({ limits: { rowsMax: 10_000, bytesMax: 100_000_000, timeMsMax: 110_000 } });
    await createObjectDeliverer(parts, { source: 'ledger', log: silentLog() }).deliver(spool, request);
    return spool;
  };

  it('gives one object byte for byte, and all of a pattern over more pages than one', async () => {
    expect((await deliver('ledger/months/7.csv')).texts()).toEqual(
      ['id,名称\n7,江西7\n'].map((text) => Buffer.from(text).toString('latin1')),
    );
    const all = await deliver('ledger/months/*.csv');
    const lines = all
      .texts()
      .join('')
      .split('\n')
      .filter((line) => /^-?\d/.test(line));
    expect(new Set(lines.map((line) => Number(line.split(',')[0]))).size).toBe(100);
    expect(lines.some((line) => line.startsWith('-1'))).toBe(false);
  }, 120_000);

  it('is asked for no more files than may be', async () => {
    const more = Array.from({ length: 950 }, (_, at) =>
      fetch(`${address}/ledger/months/x${at}.csv`, { method: 'PUT', body: 'id\n1\n' }),
    );
    await Promise.all(more);
    await expect(deliver('ledger/months/*.csv')).rejects.toMatchObject({ code: 'SOURCE_TOO_LARGE' });
  }, 120_000);

  it('that has no such object says so', async () => {
    await expect(deliver('ledger/none.csv')).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
  });
});

type Taken = Record<string, unknown>[];
async function run(
  program: string,
  connection: Omit<ProgramConnection, 'kind' | 'program'>,
  bookmark: DeliveryRequest['bookmark'] = null,
) {
  const rows: Taken = [];
  const parent = mkdtempSync(join(folder, 'program-'));
  const spool: Spool = {
    folder: parent,
    add: (more) => Promise.resolve(void rows.push(...(more as Taken))),
    addFile: () => Promise.reject(new Error('a program adds rows')),
  };
  const parts = {
    programs: readPrograms([`peer=${program}`]),
    connection: { kind: 'program' as const, program: 'peer', ...connection },
    secrets: {},
  };
  const limits = { rowsMax: 100_000, bytesMax: 200_000_000, timeMsMax: 120_000 };
  const request = { signal: new AbortController().signal, bookmark, limits, tell: () => Promise.resolve() };
  const { streams } = await describeProgram(parts, { source: 'peer', signal: request.signal, parent });
  const delivered = await createProgramDeliverer(parts, { source: 'peer', log: silentLog() }).deliver(
    spool,
    request,
  );
  return { streams, rows, ...delivered };
}

withPeer('tap', 'a Singer tap', (place) => {
  it('tells its streams and delivers rows with their types', async () => {
    const file = join(folder, 'firms.jsonl');
    const firms = Array.from({ length: 500 }, (_, id) => ({ id, 名称: `江西${id}厂`, 产值: id / 4 }));
    writeFileSync(file, firms.map((firm) => JSON.stringify(firm)).join('\n'));
    const { streams, rows } = await run(join(place, 'bin/tap-jsonfile'), {
      ...{ protocol: 'singer', stream: 'firms', settings: { paths: [file], stream_name: 'firms' } },
    });
    expect(streams.map(({ name }) => name)).toEqual(['firms']);
    expect(rows).toHaveLength(500);
    expect(rows[40]).toMatchObject(firms[40] ?? {});
  }, 180_000);
});

withPeer('airbyte', 'an Airbyte source', (place) => {
  it('tells its streams, delivers one, and goes on from its state', async () => {
    const settings = { count: 700, seed: 7, parallelism: 1, always_updated: false, records_per_slice: 100 };
    const asked = { protocol: 'airbyte' as const, stream: 'users', settings };
    const full = await run(join(place, 'bin/source-faker'), asked);
    expect(full.streams.map(({ name }) => name).sort()).toEqual(['products', 'purchases', 'users']);
    expect(full.rows).toHaveLength(700);
    expect(new Set(full.rows.map(({ id }) => id)).size).toBe(700);
    expect(full.bookmark).not.toBeNull();
    const again = await run(join(place, 'bin/source-faker'), asked, full.bookmark);
    expect([again.mode, again.rows.length]).toEqual(['incremental', 0]);
  }, 180_000);
});

async function freePort(): Promise<number> {
  const listening = createServer();
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const address = listening.address();
  await new Promise((resolve) => listening.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

/** Documents in extended JSON go in by MongoDB's own driver. */
const INSERT = `
import sys
from bson import json_util
from pymongo import MongoClient
asked = json_util.loads(sys.stdin.read())
plant = MongoClient(asked['url'])['plant']
if asked.get('user'):
    plant.command('createUser', asked['user'], pwd=asked['password'], roles=[])
for name, documents in asked['collections'].items():
    plant[name].insert_many(documents)
`;

const FIRMS = [
  {
    ...{
      _id: { $oid: '6151c1a5e4b0a1a2b3c4d5e6' },
      name: '江西𠮷铜业',
      long: { $numberLong: '9007199254740993' },
    },
    ...{ output: 12.345678901, at: { $date: '2026-03-01T00:00:00.500Z' }, ok: true, tags: ['a', '二'] },
    address: { city: '鹰潭', geo: [117.5, 28.25], floor: 3, in: { deep: [{ x: 1 }] } },
  },
  { _id: '文本', name: null, output: 7, at: { $date: '2026-03-02T00:00:00Z' } },
  { _id: 3, name: 'x"\\\n', output: 1 },
];
const MANY = Array.from({ length: 20_000 }, (_, n) => ({
  _id: { $oid: (n + 1).toString(16).padStart(24, '0') },
  name: `企业${n}`,
  n,
}));

withPeer('mongodb', 'a server that speaks MongoDB', (place) => {
  const PASSWORD = "geh/e@i:m?密%&'";
  let server: ChildProcess;
  let analytics: Analytics;
  let port: number;

  const insert = (collections: Record<string, unknown[]>, more: object = {}) => {
    const url = `mongodb://root:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/admin?authMechanism=SCRAM-SHA-256`;
    const { status, stderr } = spawnSync(join(place, 'bin/python'), ['-c', INSERT], {
      input: JSON.stringify({ url, collections, ...more }),
      encoding: 'utf8',
    });
    expect(status, stderr).toBe(0);
  };

  beforeAll(async () => {
    port = await freePort();
    const data = mkdtempSync(join(folder, 'mongodb-'));
    const settings = {
      ...{ handler: 'sqlite', 'sqlite-url': `file:${data}/`, 'state-dir': data, telemetry: 'disable' },
      ...{ 'listen-addr': `127.0.0.1:${port}`, 'debug-addr': '-', 'setup-database': 'admin' },
      ...{ 'setup-username': 'root', 'setup-password': PASSWORD },
    };
    const args = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
    server = spawn(join(place, 'bin/ferretdb'), [...args, '--test-enable-new-auth'], { stdio: 'ignore' });
    await answering(port);
    insert({ firms: FIRMS, many: MANY }, { user: 'own', password: 'geheim' });
    const parent = mkdtempSync(join(folder, 'engine-'));
    analytics = await openEmbeddedAnalytics({ data: parent, clickhouseMemoryBytesMax: 2e9 }, silentLog());
  }, 120_000);
  afterAll(async () => {
    server?.kill('SIGKILL');
    await analytics?.stop();
  });

  type Asked = Partial<DatabaseConnection> & { password?: string; watermarkField?: string };
  const deliver = async (asked: Asked, bookmark: DeliveryRequest['bookmark'] = null) => {
    const { password = PASSWORD, watermarkField = null, ...rest } = asked;
    const connection: DatabaseConnection = {
      ...{ kind: 'database', engine: 'mongodb', host: 'mongo.plant.example', port, database: 'plant' },
      ...{ table: 'firms', username: 'root', fields: [{ name: '_id', kind: 'text' }], ...rest },
    };
    const demand = () => Promise.resolve({ address: '127.0.0.1' });
    const spool = openSpool(folder);
    const request = requestOf({ bookmark, limits: { rowsMax: 50_000, bytesMax: 1e9, timeMsMax: 60_000 } });
    const parts = { analytics, demand, connection, password, watermarkField, fields: connection.fields };
    const context = { source: 'plant', log: silentLog() };
    const delivered = await createDatabaseDeliverer(parts, context).deliver(spool, request);
    return { ...delivered, rows: spool.rows() };
  };
  const reasonOf = (asked: Asked) =>
    deliver(asked).then(
      () => null,
      (error: AppError) => [error.code, String(error.message).replace(/^.*cannot be read: /, '')],
    );
  const text = (...names: string[]) => names.map((name) => ({ name, kind: 'text' as const }));
  const numbers = (...names: string[]) => names.map((name) => ({ name, kind: 'number' as const }));

  it('gives documents of all shapes, what is nested as JSON, and fields within fields', async () => {
    const fields = [
      ...text('_id', 'name', 'long', 'ok', 'address', 'address.city', 'address.geo', 'tags', 'address.none'),
      ...numbers('output', 'address.floor'),
      { name: 'at', kind: 'time' as const },
    ];
    const none = { long: null, ok: null, address: null, 'address.city': null, 'address.geo': null };
    const missing = { ...none, tags: null, 'address.none': null, 'address.floor': null };
    expect((await deliver({ fields })).rows).toEqual([
      {
        ...{ _id: '6151c1a5e4b0a1a2b3c4d5e6', name: '江西𠮷铜业', long: '9007199254740993', ok: 'true' },
        address: '{"city":"鹰潭","geo":[117.5,28.25],"floor":3,"in":{"deep":[{"x":1}]}}',
        ...{
          'address.city': '鹰潭',
          'address.geo': '[117.5,28.25]',
          'address.none': null,
          'address.floor': 3,
        },
        ...{ tags: '["a","二"]', output: 12.345678901, at: '2026-03-01 08:00:00.5' },
      },
      { ...missing, _id: '文本', name: null, output: 7, at: '2026-03-02 08:00:00' },
      { ...missing, _id: '3', name: 'x"\\\n', output: 1, at: null },
    ]);
  });

  it.each([
    ['at', 'time', '2026-03-01 08:00:00.5', ['文本']],
    ['output', 'number', '7', ['6151c1a5e4b0a1a2b3c4d5e6']],
    ['name', 'text', 'x', ['6151c1a5e4b0a1a2b3c4d5e6', '3']],
  ] as const)('reads by the watermark %s (%s) what lies above', async (name, kind, value, above) => {
    const asked = { fields: [...text('_id'), { name, kind }], watermarkField: name };
    const full = await deliver(asked);
    expect([full.mode, full.rows.length]).toEqual(['full', 3]);
    const none = await deliver(asked, full.bookmark);
    expect([none.mode, none.rows, none.bookmark]).toEqual(['incremental', [], full.bookmark]);
    const more = await deliver(asked, { column: name, value });
    expect([more.rows.map(({ _id }) => _id), more.bookmark]).toEqual([above, full.bookmark]);
  });

  it('streams many documents, and those that came since by their object ids', async () => {
    const asked = { table: 'many', fields: [...text('_id', 'name'), ...numbers('n')], watermarkField: '_id' };
    const full = await deliver(asked);
    expect(new Set(full.rows.map(({ n }) => n)).size).toBe(MANY.length);
    insert({ many: [{ _id: { $oid: 'ffffffffffffffffffffff00' }, n: -1 }] });
    const more = await deliver(asked, full.bookmark);
    expect(more.rows.map(({ n }) => n)).toEqual([-1]);
  }, 120_000);

  it('takes a user that is kept with the collection, and one kept in admin', async () => {
    expect((await deliver({ username: 'own', password: 'geheim' })).rows).toHaveLength(3);
    expect((await deliver({})).rows).toHaveLength(3);
  });

  it.each<[string, Asked, string]>([
    ['a wrong password', { password: 'wrong' }, 'the user name or the password was refused'],
    ['no user', { username: '', password: '' }, 'the user name or the password was refused'],
    ['a missing collection', { table: 'none' }, 'there is no such collection, or it is empty'],
    ['a missing database', { database: 'none' }, 'there is no such collection, or it is empty'],
    ['options in a name', { database: 'plant?tls=true' }, 'a name holds characters no database can have'],
    [
      'text in a number',
      { fields: numbers('name') },
      'a field that is read as a number holds text; read it as text',
    ],
    [
      'a document in a number',
      { fields: numbers('address') },
      'the field address holds other values than its kind; read it as text',
    ],
  ])('says what is wrong with %s, without stopping the process', async (_what, asked, reason) => {
    const startedAt = performance.now();
    expect(await reasonOf(asked)).toEqual(['SOURCE_UNREACHABLE', reason]);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it('that is not there says so', async () => {
    const reason = await reasonOf({ port: await freePort() });
    expect(reason).toEqual(['SOURCE_UNREACHABLE', 'no server takes connections there']);
  });
});

const ERP = `
create table firm (id bigint primary key, "名称" text, amount numeric(18,4), big numeric, day date, at timestamp, atz timestamptz,
  clock time, ok boolean, j jsonb, tags text[], raw bytea, u uuid, f float8, note text);
alter table firm replica identity full;
insert into firm values (1, '江西铜业', 12.5, 1e20, '2026-03-01', '2026-03-01 08:00:00.123456', '2026-03-01 08:00:00+00', '08:00:01',
  true, '{"a":[1,"二"]}', '{a,"b c",null}', '\\x00ff', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 0.1, repeat('长', 5000)),
  (9007199254740993, '𠮷', -0.0001, 123456789012345678901234.5678, 'infinity', 'infinity', '-infinity', null, null, null, null, null,
  null, 'NaN', null);`;
const FIRST = {
  ...{ id: 1, 名称: '江西铜业', amount: '12.5000', big: '100000000000000000000', day: '2026-03-01' },
  ...{ at: '2026-03-01 08:00:00.123456', atz: '2026-03-01T08:00:00.000000Z', clock: '08:00:01', ok: true },
  ...{
    j: '{"a": [1, "二"]}',
    tags: ['a', 'b c', null],
    raw: 'AP8=',
    u: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
  },
  ...{ f: 0.1, note: '长'.repeat(5_000) },
};
withPeer('debezium', 'Debezium Server', (place) => {
  const bin = findPostgres();
  let postgres: Awaited<ReturnType<typeof startPostgres>>;
  let platform: Awaited<ReturnType<typeof startPlatform>>;
  let debezium: ChildProcess;
  let source: string;
  let home: string;
  let settings: Parameters<typeof startDebezium>[1]['settings'];

  beforeAll(async () => {
    if (bin === null) throw new Error('there is no PostgreSQL of Debian');
    home = mkdtempSync(join(folder, 'debezium-'));
    chmodSync(folder, 0o755);
    const port = await freePort();
    postgres = await startPostgres(bin, { folder: home, port });
    await postgres.run(ERP);
    platform = await startPlatform({ folder: home, postgresUrl: postgres.url });
    ({ id: source } = await platform.call<{ id: string }>('POST', '/api/fuse/sources', {
      ...{ key: 'erp-firms', name: 'ERP 企业', owner: '测试单位', organisation: 'jx', target: 'dataset' },
      ...{ connection: { kind: 'push', format: 'debezium' }, mode: 'incremental', rowKey: ['id'], tests: [] },
      ...{ mappings: [{ from: '名称', to: 'column:名称' }], priority: 50, schedule: null, periodField: null },
      watermarkField: null,
    }));
    const { key } = await platform.call<{ key: string }>('POST', '/api/auth/keys', {
      ...{ name: 'erp-debezium', organisation: 'jx', permissions: ['fuse:row:write'] },
    });
    settings = {
      'debezium.sink.type': 'http',
      'debezium.sink.http.url': `${platform.url}/api/fuse/sources/${source}/events/${key}`,
      'debezium.sink.http.retries': 1_000,
      'debezium.format.value': 'json',
      'debezium.format.value.schemas.enable': true,
      'debezium.source.connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
      'debezium.source.offset.storage.file.filename': join(home, 'offsets.dat'),
      'debezium.source.offset.flush.interval.ms': 0,
      'debezium.source.database.hostname': '127.0.0.1',
      'debezium.source.database.port': port,
      'debezium.source.database.user': 'postgres',
      'debezium.source.database.password': 'unused',
      'debezium.source.database.dbname': 'erp',
      'debezium.source.topic.prefix': 'erp',
      'debezium.source.table.include.list': 'public.firm',
      'debezium.source.plugin.name': 'pgoutput',
      'debezium.source.publication.autocreate.mode': 'filtered',
      'debezium.source.heartbeat.interval.ms': 500,
      'debezium.source.provide.transaction.metadata': true,
      'debezium.source.skipped.operations': 'none',
      'quarkus.http.port': await freePort(),
      'quarkus.log.console.json': false,
    };
    debezium = startDebezium(place, { folder: home, settings });
  }, 180_000);
  afterAll(async () => {
    debezium?.kill('SIGKILL');
    platform?.child.kill('SIGKILL');
    postgres?.child.kill('SIGINT');
    await (postgres && once(postgres.child, 'exit'));
  });

  /** Rows of the source as readers see them, by their id. */
  const rows = async () => {
    const path = `/api/fuse/sources/${source}/rows?limit=500`;
    const page = await platform.call<{ items: { row: Record<string, unknown> }[] }>('GET', path);
    return new Map(page.items.map(({ row }) => [String(row.id), row]));
  };
  const names = async () => new Map([...(await rows())].map(([id, row]) => [id, row.名称]));
  const table = async () => {
    const found = await postgres.run('select id::text as id, "名称" from firm');
    return new Map(found.map(({ id, 名称 }) => [String(id), 名称]));
  };
  const caughtUp = () =>
    until(async () => {
      const [now, wanted] = [await names(), await table()];
      return now.size === wanted.size && [...wanted].every(([id, name]) => now.get(id) === name);
    });

  it('brings the table as it is, with every value', async () => {
    await caughtUp();
    const found = await rows();
    expect(found.get('1')).toEqual(FIRST);
    expect(found.get('9007199254740993')).toMatchObject({ 名称: '𠮷', amount: '-0.0001' });
  }, 120_000);

  it('brings what is inserted, changed, given another key and deleted', async () => {
    await postgres.run(
      `insert into firm (id, "名称", amount) values (2, '新余钢铁', 1.5), (3, '景德镇', null)`,
    );
    await postgres.run(`update firm set amount = 99999999999999.9999 where id = 1`);
    await postgres.run(`update firm set id = 4, "名称" = '改号' where id = 3`);
    await postgres.run('delete from firm where id = 9007199254740993');
    await caughtUp();
    await until(async () => (await rows()).get('1')?.amount === '99999999999999.9999');
    // a long text that did not change is told all the same
    expect((await rows()).get('1')?.note).toBe(FIRST.note);
    expect([...(await names()).keys()].sort()).toEqual(['1', '2', '4']);
  }, 120_000);

  it('goes on when the table has another column, and brings what happened while Debezium was dead', async () => {
    debezium.kill('SIGKILL');
    await once(debezium, 'exit');
    await postgres.run('alter table firm add column "电话" text');
    await postgres.run(`insert into firm (id, "名称", "电话") values (5, '丙', '0791')`);
    await postgres.run('delete from firm where id = 2');
    debezium = startDebezium(place, { folder: home, settings });
    await caughtUp();
    expect((await rows()).get('5')?.电话).toBe('0791');
  }, 120_000);

  it('brings a transaction of many rows, and is empty when the table was truncated', async () => {
    await postgres.run(
      `insert into firm (id, "名称") select n, '企业' || n from generate_series(100, 119) n`,
    );
    await caughtUp();
    await postgres.run('truncate firm');
    await caughtUp();
    expect((await names()).size).toBe(0);
    await postgres.run(`insert into firm (id, "名称") values (7, '新')`);
    await caughtUp();
  }, 120_000);
});

/** Waits until somebody takes connections on a port of the loopback. */
async function answering(port: number): Promise<void> {
  const end = performance.now() + READY_MS_MAX;
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    // an error rejects
    const taken = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (taken) return;
    if (performance.now() > end) throw new Error('the peer was not ready');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
