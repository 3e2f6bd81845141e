import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Analytics } from '#platform/db/analytics.ts';
import { openEmbeddedAnalytics } from '#platform/db/embedded-analytics.ts';
import { silentLog } from '#platform/log/log.ts';
import type { DeliveryRequest, Spool } from './delivery.ts';
import { openSpool, requestOf } from './engines/engines.fixture.ts';
import { createObjectDeliverer, type ObjectConnection } from './engines/object.deliverer.ts';
import {
  createProgramDeliverer,
  describeProgram,
  type ProgramConnection,
} from './programs/program.deliverer.ts';
import { readPrograms } from './programs/programs.ts';

/** Programs of others as they are published, each in a folder of its own beside the caches of the repository. */
const PEERS = join(import.meta.dirname, '../../../../.cache/peers');
const PACKAGES = {
  s3: 'moto[server,s3]==5.2.5',
  tap: 'tap-jsonfile==0.1.2',
  airbyte: 'airbyte-source-faker==7.2.1',
};
const INSTALL_MS_MAX = 300_000;
const READY_MS_MAX = 60_000;

/** The folder of the installed programs, or why there is none. */
function installed(name: keyof typeof PACKAGES): { bin: string } | { missing: string } {
  const folder = join(PEERS, name);
  const mark = join(folder, 'installed');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === PACKAGES[name]) return { bin: join(folder, 'bin') };
  mkdirSync(PEERS, { recursive: true });
  const steps: [string, string[]][] = [
    ['python3', ['-m', 'venv', '--clear', folder]],
    [join(folder, 'bin/pip'), ['install', '--quiet', PACKAGES[name]]],
  ];
  for (const [file, args] of steps) {
    const { status, stderr, error } = spawnSync(file, args, { timeout: INSTALL_MS_MAX, encoding: 'utf8' });
    if (status !== 0)
      return { missing: `${file} ${args.join(' ')}: ${error?.message ?? stderr.slice(-300)}` };
  }
  writeFileSync(mark, PACKAGES[name]);
  return { bin: join(folder, 'bin') };
}

const peers = { s3: installed('s3'), tap: installed('tap'), airbyte: installed('airbyte') };
/** A suite that runs where its peer could be installed, and says in its name why it did not. */
function withPeer(name: keyof typeof PACKAGES, title: string, suite: (bin: string) => void): void {
  const peer = peers[name];
  if ('bin' in peer) describe(`${title} (${PACKAGES[name]})`, () => suite(peer.bin));
  else
    describe.skip(`${title} (NOT RUN, ${PACKAGES[name]} could not be installed: ${peer.missing})`, () => {
      it('needs its peer', () => undefined);
    });
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ronghe-peers-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

withPeer('s3', 'an S3 server', (bin) => {
  let server: ChildProcess;
  let address: string;
  let analytics: Analytics;

  beforeAll(async () => {
    const port = await freePort();
    address = `http://127.0.0.1:${port}`;
    server = spawn(join(bin, 'moto_server'), ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
    const until = performance.now() + READY_MS_MAX;
    while (
      !(await fetch(address).then(
        ({ ok }) => ok,
        () => false,
      ))
    ) {
      if (performance.now() > until) throw new Error('the S3 server was not ready');
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
    await createObjectDeliverer(parts, { source: 'ledger', log: silentLog() }).deliver(spool, requestOf());
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
  });

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

withPeer('tap', 'a Singer tap', (bin) => {
  it('tells its streams and delivers rows with their types', async () => {
    const file = join(folder, 'firms.jsonl');
    const firms = Array.from({ length: 500 }, (_, id) => ({ id, 名称: `江西${id}厂`, 产值: id / 4 }));
    writeFileSync(file, firms.map((firm) => JSON.stringify(firm)).join('\n'));
    const { streams, rows } = await run(join(bin, 'tap-jsonfile'), {
      ...{ protocol: 'singer', stream: 'firms', settings: { paths: [file], stream_name: 'firms' } },
    });
    expect(streams.map(({ name }) => name)).toEqual(['firms']);
    expect(rows).toHaveLength(500);
    expect(rows[40]).toMatchObject(firms[40] ?? {});
  }, 180_000);
});

withPeer('airbyte', 'an Airbyte source', (bin) => {
  it('tells its streams, delivers one, and goes on from its state', async () => {
    const settings = { count: 700, seed: 7, parallelism: 1, always_updated: false, records_per_slice: 100 };
    const asked = { protocol: 'airbyte' as const, stream: 'users', settings };
    const full = await run(join(bin, 'source-faker'), asked);
    expect(full.streams.map(({ name }) => name).sort()).toEqual(['products', 'purchases', 'users']);
    expect(full.rows).toHaveLength(700);
    expect(new Set(full.rows.map(({ id }) => id)).size).toBe(700);
    expect(full.bookmark).not.toBeNull();
    const again = await run(join(bin, 'source-faker'), asked, full.bookmark);
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
