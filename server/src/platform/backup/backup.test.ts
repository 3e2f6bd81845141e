import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Backups, createBackups } from '#platform/backup/backup.ts';
import { restoreBackup } from '#platform/backup/restore.ts';
import { systemClock } from '#platform/clock/clock.ts';
import type { Config } from '#platform/config/config.ts';
import type { Analytics } from '#platform/db/analytics.ts';
import { openAnalytics } from '#platform/db/analytics-open.ts';
import type { DomainMigrations } from '#platform/db/migration.ts';
import { openRelational } from '#platform/db/postgres.ts';
import type { Relational } from '#platform/db/relational.ts';
import { silentLog } from '#platform/log/log.ts';
import { startTestEngines, type TestEngines } from '#platform/testing/engines.ts';

const log = silentLog();
const fuse: DomainMigrations = {
  word: 'fuse',
  postgres: [
    {
      name: '0001_tables',
      sql: `
        create table fuse.parent (id bigint generated always as identity primary key, parent bigint references fuse.parent);
        insert into fuse.parent (parent) values (null);
        create table fuse.kinds (
          id int primary key references fuse.parent, text text, json jsonb, bytes bytea, number numeric, real double precision,
          at timestamptz, day date, span interval, list text[], "Odd name" text, twice int generated always as (id * 2) stored);
        create table fuse.event (id int primary key);
        create table fuse.kept (id int primary key);
        create function fuse.refuse() returns trigger language plpgsql as $body$ begin raise 'kept for ever'; end $body$;
        create trigger kept before update or delete or truncate on fuse.kept execute function fuse.refuse();`,
    },
  ],
  clickhouse: [
    {
      name: '0001_tables',
      steps: [
        {
          table: 'fuse.event',
          columns: 'id UInt32, text String, note LowCardinality(String)',
          engine: 'ReplacingMergeTree(id)',
          orderBy: 'id',
          partitionBy: 'id % 3',
          settings: 'non_replicated_deduplication_window = 100',
        },
        { table: 'fuse.total', columns: 'n UInt64', engine: 'SummingMergeTree', orderBy: 'tuple()' },
        'create materialized view if not exists fuse.counting to fuse.total as select count() as n from fuse.event',
      ],
    },
  ],
};
/** What a later version of the software adds; a backup from before must still come back. */
const later: DomainMigrations = {
  ...fuse,
  postgres: [
    ...fuse.postgres,
    { name: '0002_note', sql: `alter table fuse.event add note text not null default 'new'` },
  ],
};

const HOSTILE = [
  '\n\nDROP TABLE fuse.event;\n',
  "'\\",
  'line\u2028line\u2029',
  '𠮷 江西',
  '',
  '\\N',
  '\t"{}[]',
];

async function fill({
  relational,
  analytics,
}: {
  relational: Relational;
  analytics: Analytics;
}): Promise<void> {
  const database = relational.as();
  await sql`insert into fuse.parent (parent) select 3 - n from generate_series(1, 2) n`.execute(database);
  for (const text of HOSTILE) await insertKinds(database, text);
  await sql`update fuse.kinds set json = 'null'::jsonb, bytes = '\\x00ff0a', number = 12345678901234567890.123456789,
    real = 'NaN', at = 'infinity', day = '0044-03-15 BC', span = '1 mon -2 days 03:04:05.678901' where text = ''`.execute(
    database,
  );
  await sql`update fuse.kinds set real = 0.1::float8 + 0.2::float8, at = '2024-05-06 07:08:09.123456+08', json = '{"big": 12345678901234567890}'
    where text = '𠮷 江西'`.execute(database);
  await sql`insert into fuse.kept values (1), (2)`.execute(database);
  await analytics.insert('fuse.event', [
    { name: 'id', type: 'UInt32', values: HOSTILE.map((_text, id) => id + 1_000_000) },
    { name: 'text', type: 'String', values: HOSTILE },
    { name: 'note', type: 'String', values: HOSTILE },
  ]);
}

async function insertKinds(database: ReturnType<Relational['as']>, text: string): Promise<void> {
  const { rows } = await sql<{
    id: number;
  }>`insert into fuse.parent (parent) values (1) returning id`.execute(database);
  await sql`insert into fuse.kinds (id, text, json, list, "Odd name")
    values (${rows[0]?.id}, ${text}, ${JSON.stringify({ text })}, ${[text, 'x']}, ${text})`.execute(database);
}

/** Every row of both engines in an order of its own, as text. */
async function picture({ relational, analytics }: { relational: Relational; analytics: Analytics }) {
  const tables = ['parent', 'kinds', 'event', 'kept'];
  const rows = await Promise.all(
    tables.map((table) =>
      sql`select t::text as row from ${sql.table(`fuse.${table}`)} t order by 1`.execute(relational.as()),
    ),
  );
  return {
    relational: rows.map((result) => result.rows),
    events: await analytics.query('select * from fuse.event order by id'),
    total: await analytics.query('select sum(n) as n from fuse.total'),
  };
}

describe('backup and restore', () => {
  let engines: TestEngines;
  let backups: Backups;
  let outside: string;
  let before: Awaited<ReturnType<typeof picture>>;
  let made: Awaited<ReturnType<Backups['create']>>;
  let written = 0;

  const targetConfig = (data: string): Config => ({ ...engines.config, data, postgresUrl: undefined });
  beforeAll(async () => {
    outside = mkdtempSync(join(tmpdir(), 'ronghe-backup-'));
    engines = await startTestEngines([fuse]);
    await fill(engines);
    mkdirSync(join(engines.folder, 'secrets'));
    writeFileSync(join(engines.folder, 'secrets/key'), 'sealed');
    mkdirSync(join(engines.folder, 'backups/20200101T000000-000Z.part'), { recursive: true });
    const writer = startWriter(engines);
    backups = createBackups({
      ...engines,
      domains: [fuse],
      version: '1.2.3',
      clock: systemClock,
      log,
      hold: writer.hold,
    });
    await vi.waitUntil(() => writer.written() > 3);
    made = await backups.create();
    await vi.waitUntil(() => writer.written() > writer.writtenWhenHeld());
    await writer.stop();
    written = writer.writtenWhenHeld();
    before = await picture(engines);
    cpSync(made.folder, join(outside, 'backup'), { recursive: true });
  }, 60_000);
  afterAll(async () => {
    await engines.stop();
    rmSync(outside, { recursive: true, force: true });
  });

  it('tells what it holds, is listed, and is for its owner only', async () => {
    const { folder, ...backup } = made;
    expect(await backups.list()).toEqual([backup]);
    expect(backup.relationalRows).toBe(1 + 2 + HOSTILE.length * 2 + 2 + written);
    expect(backup.analyticsBytes).toBeGreaterThan(0);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(engines.folder, 'backups'))).toEqual([backup.name]);
  });

  it('leaves no clone behind in ClickHouse', async () => {
    expect(
      await engines.analytics.query(`select name from system.databases where name like 'ronghe%'`),
    ).toEqual([]);
  });

  it('lets only one backup run', async () => {
    const [first, second] = await Promise.allSettled([backups.create(), backups.create()]);
    const outcomes = [first, second].map((outcome) =>
      outcome.status === 'rejected' ? outcome.reason.code : 'made',
    );
    expect(outcomes.toSorted()).toEqual(['BACKUP_RUNNING', 'made']);
  });

  it('brings back every row of both engines as of one moment, sequences, and the other files', async () => {
    await engines.analytics.stop();
    const config = targetConfig(join(outside, 'restored'));
    await restoreBackup({ backup: join(outside, 'backup'), config, domains: [fuse], log });
    const relational = await openRelational(config, log);
    const analytics = await openAnalytics(config, log);
    try {
      const after = await picture({ relational, analytics });
      const [parents, kinds, events, kept] = after.relational;
      expect([parents, kinds, kept]).toEqual([
        before.relational[0],
        before.relational[1],
        before.relational[3],
      ]);
      expect(events).toHaveLength(written);
      expect(after.events).toEqual(
        before.events.filter(
          (event) => (event as { id: number }).id >= 1_000_000 || (event as { id: number }).id <= written,
        ),
      );
      expect(after.events).toHaveLength(written + HOSTILE.length);
      expect(after.total).toEqual([{ n: String(written + HOSTILE.length) }]);
      const { rows } = await sql<{
        id: number;
      }>`insert into fuse.parent (parent) values (1) returning id`.execute(relational.as());
      expect(rows).toEqual([{ id: HOSTILE.length + 4 }]);
      await expect(sql`delete from fuse.kept`.execute(relational.as())).rejects.toThrow('kept for ever');
    } finally {
      await analytics.stop();
      await relational.stop();
    }
    expect(readFileSync(join(config.data, 'secrets/key'), 'utf8')).toBe('sealed');
  }, 60_000);

  it('brings a backup of an older version up to date', async () => {
    const config = targetConfig(join(outside, 'newer'));
    await restoreBackup({ backup: join(outside, 'backup'), config, domains: [later], log });
    const relational = await openRelational(config, log);
    const { rows } = await sql`select distinct note from fuse.event`.execute(relational.as());
    await relational.stop();
    expect(rows).toEqual([{ note: 'new' }]);
  }, 60_000);

  it('refuses a backup of a newer version, and leaves the folder empty', async () => {
    const config = targetConfig(join(outside, 'older'));
    const older = { ...fuse, clickhouse: [] };
    await expect(
      restoreBackup({ backup: join(outside, 'backup'), config, domains: [older], log }),
    ).rejects.toMatchObject({
      code: 'BACKUP_INVALID',
      message: expect.stringContaining('clickhouse/fuse/0001_tables'),
    });
    expect(existsSync(config.data)).toBe(false);
  });

  it('refuses a folder that is not empty, and leaves it as it was', async () => {
    const config = targetConfig(join(outside, 'full'));
    mkdirSync(config.data);
    writeFileSync(join(config.data, 'mine'), 'mine');
    await expect(
      restoreBackup({ backup: join(outside, 'backup'), config, domains: [fuse], log }),
    ).rejects.toMatchObject({ code: 'RESTORE_REFUSED' });
    expect(readdirSync(config.data)).toEqual(['mine']);
  });

  it('refuses a server that has tables already', async () => {
    const config = { ...targetConfig(join(outside, 'taken')), postgresUrl: engines.config.postgresUrl };
    await expect(
      restoreBackup({ backup: join(outside, 'backup'), config, domains: [fuse], log }),
    ).rejects.toMatchObject({ code: 'RESTORE_REFUSED', values: { target: 'PostgreSQL' } });
    const { rows } = await sql`select count(*) as n from fuse.kept`.execute(engines.relational.as());
    expect(rows).toEqual([{ n: 2 }]);
  }, 60_000);

  it.each(['relational/fuse.kinds.jsonl.gz', 'analytics/fuse.event.native.zst', 'files/secrets/key'])(
    'refuses a backup whose %s was changed',
    async (path) => {
      const damaged = join(outside, 'damaged');
      rmSync(damaged, { recursive: true, force: true });
      cpSync(join(outside, 'backup'), damaged, { recursive: true });
      const bytes = readFileSync(join(damaged, path));
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
      writeFileSync(join(damaged, path), bytes);
      const config = targetConfig(join(outside, 'never'));
      await expect(restoreBackup({ backup: damaged, config, domains: [fuse], log })).rejects.toMatchObject({
        code: 'BACKUP_INVALID',
        message: expect.stringContaining(path),
      });
      expect(existsSync(config.data)).toBe(false);
    },
  );
});

/** Writes event after event into both engines, ClickHouse first, until it is held. */
function startWriter({ relational, analytics }: TestEngines) {
  let [written, whenHeld, stopped] = [0, 0, false];
  let gate: Promise<void> = Promise.resolve();
  let turn: Promise<void> = Promise.resolve();
  const write = async () => {
    const id = written + 1;
    await analytics.insert('fuse.event', [{ name: 'id', type: 'UInt32', values: [id] }]);
    await sql`insert into fuse.event values (${id})`.execute(relational.as());
    written = id;
  };
  const run = async () => {
    while (!stopped) {
      const current = gate;
      await current;
      if (current !== gate) continue;
      turn = write();
      await turn;
    }
  };
  const running = run();
  return {
    written: () => written,
    writtenWhenHeld: () => whenHeld,
    async hold() {
      let open = () => {};
      gate = new Promise((resolve) => {
        open = resolve;
      });
      await turn;
      whenHeld = written;
      return open;
    },
    async stop() {
      stopped = true;
      await running;
    },
  };
}
