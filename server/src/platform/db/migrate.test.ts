import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '#platform/db/migrate.ts';
import type { ClickHouseMigration, DomainMigrations } from '#platform/db/migration.ts';
import { silentLog } from '#platform/log/log.ts';
import { startTestEngines, type TestEngines } from '#platform/testing/engines.ts';

const first: DomainMigrations = {
  word: 'fuse',
  postgres: [
    {
      name: '0001_source',
      sql: 'create table fuse.source (id int primary key); insert into fuse.source values (1);',
    },
  ],
  clickhouse: [
    {
      name: '0001_row',
      steps: [
        { table: 'fuse.row', columns: 'id UInt32', engine: 'MergeTree', orderBy: 'id' },
        'alter table fuse.row{{local}}{{on_cluster}} add column if not exists name String',
      ],
    },
  ],
};
const next: DomainMigrations = {
  ...first,
  postgres: [...first.postgres, { name: '0002_name', sql: 'alter table fuse.source add name text' }],
};

describe('migrate', () => {
  let engines: TestEngines;
  const run = (...domains: DomainMigrations[]) => migrate({ ...engines, domains, log: silentLog() });
  beforeAll(async () => {
    engines = await startTestEngines([first]);
  });
  afterAll(() => engines.stop());

  it('makes the tables of both engines and notes every migration', async () => {
    const { rows } = await sql`select engine, word, name from platform.migration order by 1, 2, 3`.execute(
      engines.relational.as(),
    );
    expect(rows).toEqual([
      { engine: 'clickhouse', word: 'fuse', name: '0001_row' },
      { engine: 'postgres', word: 'fuse', name: '0001_source' },
    ]);
    await engines.analytics.insert('fuse.row', [
      { name: 'id', type: 'UInt32', values: [7] },
      { name: 'name', type: 'String', values: ['铜'] },
    ]);
    expect(await engines.analytics.query('select * from fuse.row')).toEqual([{ id: 7, name: '铜' }]);
  });

  it('does without a step that this ClickHouse refuses, or does the other one instead', async () => {
    const later = (steps: ClickHouseMigration['steps']): DomainMigrations => ({
      ...first,
      word: 'collect',
      postgres: [],
      clickhouse: [
        {
          name: '0001_codec',
          steps: [
            { table: 'collect.codec', columns: 'a Float64, b Float64', engine: 'MergeTree', orderBy: 'a' },
            ...steps,
          ],
        },
      ],
    });
    const change = (column: string, codec: string) =>
      `alter table collect.codec{{local}}{{on_cluster}} modify column ${column} codec(${codec})`;
    await run(
      later([
        { attempt: change('a', 'NoSuchCodec'), otherwise: change('a', 'ZSTD(3)') },
        { attempt: change('b', 'NoSuchCodec') },
        { attempt: change('b', 'LZ4HC(1)'), otherwise: change('b', 'ZSTD(3)') },
      ]),
    );
    expect(
      await engines.analytics.query(
        "select name, compression_codec as codec from system.columns where database = 'collect' and table = 'codec' order by name",
      ),
    ).toEqual([
      { name: 'a', codec: 'CODEC(ZSTD(3))' },
      { name: 'b', codec: 'CODEC(LZ4HC(1))' },
    ]);
  });

  it('runs nothing twice, and what is new once, also when several processes start at the same time', async () => {
    await Promise.all([run(next), run(next), run(next)]);
    const { rows } = await sql`select * from fuse.source`.execute(engines.relational.as());
    expect(rows).toEqual([{ id: 1, name: null }]);
  });

  it.each([
    [
      'a migration that was edited after it had run',
      {
        ...next,
        postgres: next.postgres.map((step) => ({ ...step, sql: `${step.sql} ` })),
      },
      'edited',
    ],
    ['software that does not know a migration the data has', first, 'does not know it'],
    [
      'a new migration that stands before an older one',
      { ...next, postgres: [{ name: '0000_before', sql: 'select 1' }, ...next.postgres] },
      'stands before it',
    ],
    [
      'a ClickHouse migration that was edited',
      { ...next, clickhouse: [{ name: '0001_row', steps: ['select 1'] }] },
      'edited',
    ],
    ['two migrations of one name', { ...next, postgres: [...next.postgres, ...next.postgres] }, 'same name'],
  ])('refuses %s', async (_case, domain, reason) => {
    await expect(run(domain)).rejects.toMatchObject({
      code: 'MIGRATION_REFUSED',
      message: expect.stringContaining(reason),
    });
  });

  it('leaves nothing of a PostgreSQL migration that fails, and lets the next start try again', async () => {
    const broken = { name: '0003_broken', sql: 'create table fuse.half (id int); select 1/0;' };
    await expect(run({ ...next, postgres: [...next.postgres, broken] })).rejects.toThrow('division by zero');
    const mended = { ...broken, sql: 'create table fuse.half (id int);' };
    await run({ ...next, postgres: [...next.postgres, mended] });
  });

  it('refuses a ClickHouse that lost the database its ledger speaks of', async () => {
    await engines.analytics.command('drop database fuse');
    const half = { name: '0003_broken', sql: 'create table fuse.half (id int);' };
    await expect(run({ ...next, postgres: [...next.postgres, half] })).rejects.toMatchObject({
      code: 'MIGRATION_REFUSED',
      message: expect.stringContaining('one installation'),
    });
  });
});
