import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkMachine, type Machine } from '#platform/db/chdb-requirements.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#platform/db/embedded-postgres.ts';
import { findPostgresPackage, preparePostgresSoftware } from '#platform/db/postgres-software.ts';
import { silentLog } from '#platform/log/log.ts';

const root = process.getuid?.() === 0;
const log = silentLog();

async function answers(postgres: EmbeddedPostgres): Promise<unknown> {
  const client = new pg.Client(postgres.connection);
  await client.connect();
  try {
    return (await client.query(`select current_database() as database, 'ä江' ~ '^\\w+$' as word`)).rows[0];
  } finally {
    await client.end();
  }
}

describe('startEmbeddedPostgres', () => {
  let data: string;
  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'ronghe-embedded-'));
  });
  afterEach(() => rmSync(data, { recursive: true, force: true }));

  it('makes a database, and finds it again at the next start', async () => {
    for (const _start of ['first', 'second']) {
      const postgres = await startEmbeddedPostgres({ folder: join(data, 'postgres'), log });
      expect(await answers(postgres)).toEqual({ database: 'ronghe', word: true });
      await postgres.stop();
    }
  });

  it('keeps its files and its socket to its own user, and opens no port', async () => {
    const postgres = await startEmbeddedPostgres({ folder: join(data, 'postgres'), log });
    expect(statSync(join(data, 'postgres/cluster')).mode & 0o777).toBe(0o700);
    expect(statSync(postgres.connection.host ?? '').mode & 0o777).toBe(0o700);
    const client = new pg.Client(postgres.connection);
    await client.connect();
    expect((await client.query('show listen_addresses')).rows).toEqual([{ listen_addresses: '' }]);
    expect((await client.query('show fsync')).rows).toEqual([{ fsync: 'on' }]);
    await client.end();
    await postgres.stop();
  });

  it('takes a folder whose path is too long for a socket', async () => {
    const folder = join(data, 'long-'.repeat(30));
    const postgres = await startEmbeddedPostgres({ folder, log });
    const socket = postgres.connection.host ?? '';
    expect(await answers(postgres)).toMatchObject({ database: 'ronghe' });
    await postgres.stop();
    expect(existsSync(socket)).toBe(false);
  });

  it('starts again by itself when its server is killed', async () => {
    const postgres = await startEmbeddedPostgres({ folder: join(data, 'postgres'), log });
    const { pid } = postgres;
    process.kill(pid, 'SIGKILL');
    await expect
      .poll(() => answers(postgres).catch(() => null), { timeout: 20_000 })
      .toMatchObject({ database: 'ronghe' });
    expect(postgres.pid).not.toBe(pid);
    await postgres.stop();
  });

  it('is not led astray by marks of processes that are gone', async () => {
    const folder = join(data, 'postgres');
    await (await startEmbeddedPostgres({ folder, log })).stop();
    // the ids belong to this test now, as after a restart of a container
    const mark = `${process.pid}\n${folder}/cluster\n1\n5432\n${folder}/socket\n\n\nready\n`;
    writeFileSync(join(folder, 'cluster/postmaster.pid'), mark);
    writeFileSync(join(folder, 'owner.json'), JSON.stringify({ pid: process.pid, since: 'another life' }));
    const postgres = await startEmbeddedPostgres({ folder, log });
    expect(await answers(postgres)).toMatchObject({ database: 'ronghe' });
    await postgres.stop();
  });

  it('takes a folder inside a closed one of the temporary folder', async () => {
    const folder = join(data, 'closed/data/postgres');
    mkdirSync(join(data, 'closed'), { mode: 0o700 });
    const postgres = await startEmbeddedPostgres({ folder, log });
    expect(await answers(postgres)).toMatchObject({ database: 'ronghe' });
    await postgres.stop();
    expect(existsSync(join(folder, 'cluster/PG_VERSION'))).toBe(true);
  });

  it.runIf(root)(
    'as root in a folder closed to others, keeps the cluster elsewhere and notes where',
    async () => {
      const closed = mkdtempSync('/var/tmp/ronghe-closed-');
      const folder = join(closed, 'data/postgres');
      const places = [closed];
      try {
        const postgres = await startEmbeddedPostgres({ folder, log });
        const elsewhere = readFileSync(join(folder, 'moved-to'), 'utf8').trim();
        places.push(elsewhere);
        expect(await answers(postgres)).toMatchObject({ database: 'ronghe' });
        await postgres.stop();
        expect(existsSync(join(elsewhere, 'cluster/PG_VERSION'))).toBe(true);
        const again = await startEmbeddedPostgres({ folder, log });
        expect(again.connection.host).toBe(join(elsewhere, 'socket'));
        await again.stop();
      } finally {
        for (const place of places) rmSync(place, { recursive: true, force: true });
      }
    },
  );
});

describe('preparePostgresSoftware', () => {
  it('names package and setting when there is none for this machine', () => {
    expect(() => findPostgresPackage('plan9-mips')).toThrow(/@embedded-postgres\/plan9-mips/);
    try {
      findPostgresPackage('plan9-mips');
    } catch (error) {
      expect(error).toMatchObject({
        code: 'ENGINE_START_FAILED',
        values: { setting: 'RONGHE_POSTGRES_URL' },
      });
    }
  });

  it.runIf(root)('copies programs the user of PostgreSQL cannot reach, once', () => {
    const closed = mkdtempSync(join(tmpdir(), 'ronghe-closed-'));
    const home = mkdtempSync(join(tmpdir(), 'ronghe-home-'));
    chmodSync(home, 0o711);
    try {
      const { native, version } = findPostgresPackage();
      cpSync(native, join(closed, 'native'), { recursive: true, verbatimSymlinks: true });
      const source = { native: join(closed, 'native'), version };
      const nobody = { uid: 65_534, gid: 65_534 };
      const { postgres } = preparePostgresSoftware(home, nobody, source);
      expect(postgres).toBe(join(home, `software-${version}`, 'bin/postgres'));
      expect(statSync(postgres).mode & 0o755).toBe(0o755);
      expect(existsSync(join(home, `software-${version}`, 'lib/libpq.so.5'))).toBe(true);
      const { ino } = statSync(postgres);
      preparePostgresSoftware(home, nobody, source);
      expect(statSync(postgres).ino).toBe(ino);
    } finally {
      for (const folder of [closed, home]) rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('checkMachine', () => {
  const good: Machine = { platform: 'linux', arch: 'x64', glibc: '2.36', processorFlags: 'fpu avx avx2' };

  it('accepts what the embedded ClickHouse runs on', () => {
    for (const part of [{}, { arch: 'arm64', processorFlags: '' }, { platform: 'darwin', glibc: undefined }])
      expect(() => checkMachine({ ...good, ...part })).not.toThrow();
  });

  it.each([
    ['Windows', { platform: 'win32' }, 'no build for win32'],
    ['another processor', { arch: 'riscv64' }, 'no build for linux on riscv64'],
    ['musl', { glibc: undefined }, 'glibc'],
    ['a processor without AVX2', { processorFlags: 'fpu avx' }, 'AVX2'],
  ])('refuses %s and names the way out', (_case, part, reason) => {
    expect(() => checkMachine({ ...good, ...part })).toThrow(reason);
    try {
      checkMachine({ ...good, ...part });
    } catch (error) {
      expect(error).toMatchObject({
        code: 'ENGINE_START_FAILED',
        values: { setting: 'RONGHE_CLICKHOUSE_URL' },
      });
    }
  });
});
