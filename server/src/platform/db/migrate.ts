import { createHash } from 'node:crypto';
import type { Word } from '@ronghe/contracts';
import { type Kysely, sql } from 'kysely';
import type { Analytics } from '#platform/db/analytics.ts';
import { AnalyticsError } from '#platform/db/analytics-error.ts';
import type { Attempt, ClickHouseMigration, DomainMigrations } from '#platform/db/migration.ts';
import type { Relational } from '#platform/db/relational.ts';
import { onCluster, stepSql, tableSql } from '#platform/db/table-sql.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Log } from '#platform/log/log.ts';

type Engine = 'postgres' | 'clickhouse';
type Tables = {
  'platform.migration': {
    engine: Engine;
    word: string;
    name: string;
    checksum: string;
    applied_at?: Date;
  };
};
type Database = Kysely<Tables>;
type Step = { engine: Engine; word: Word; name: string; checksum: string };

/** The lock every process of an installation takes before it changes tables; the number means "ronghe" in ASCII. */
const LOCK = 0x726f_6e67_6865;
const CLICKHOUSE_STEP_TIMEOUT_MS = 600_000;

/**
 * Brings both engines to the tables the software needs: makes a schema and a database per word and runs what has not run,
 * in order, forward only. The ledger `platform.migration` in PostgreSQL keeps the name and checksum of each; a PostgreSQL step and its
 * ledger row are one transaction, a ClickHouse step is repeatable and noted afterwards. Several processes may call it at once.
 * @throws AppError MIGRATION_REFUSED when a released migration was edited, is gone, or a new one stands before it
 */
export async function migrate({
  relational,
  analytics,
  domains,
  cluster,
  log,
}: {
  relational: Relational;
  analytics: Analytics;
  domains: readonly DomainMigrations[];
  cluster?: string;
  log: Log;
}): Promise<void> {
  await relational
    .as<Tables>()
    .connection()
    .execute(async (database) => {
      await sql`set statement_timeout = 0`.execute(database);
      await sql`select pg_advisory_lock(${LOCK})`.execute(database);
      try {
        await makeLedger(database);
        for (const domain of domains) await migratePostgres(database, domain, log);
        for (const domain of domains) await migrateClickHouse({ database, analytics, cluster, log }, domain);
      } finally {
        await sql`select pg_advisory_unlock(${LOCK})`.execute(database);
        await sql`reset statement_timeout`.execute(database);
      }
    });
}

async function makeLedger(database: Database): Promise<void> {
  await sql`create schema if not exists platform`.execute(database);
  await sql`create table if not exists platform.migration (
    engine text not null, word text not null, name text not null, checksum text not null,
    applied_at timestamptz not null default now(), primary key (engine, word, name))`.execute(database);
}

async function migratePostgres(database: Database, domain: DomainMigrations, log: Log): Promise<void> {
  const steps = domain.postgres.map(({ name, sql: text }) => ({
    engine: 'postgres' as const,
    word: domain.word,
    name,
    checksum: digest(text),
    text,
  }));
  await sql`create schema if not exists ${sql.ref(domain.word)}`.execute(database);
  for (const step of await findPending(database, { engine: 'postgres', word: domain.word }, steps)) {
    log.info({ migration: nameOf(step) }, 'Migrating PostgreSQL');
    await database.transaction().execute(async (transaction) => {
      await sql.raw(step.text).execute(transaction);
      await note(transaction, step);
    });
  }
}

type Context = { database: Database; analytics: Analytics; cluster: string | undefined; log: Log };

async function migrateClickHouse(
  { database, analytics, cluster, log }: Context,
  { word, clickhouse }: DomainMigrations,
): Promise<void> {
  const steps = clickhouse.map((migration) => ({
    engine: 'clickhouse' as const,
    word,
    name: migration.name,
    // of the definition, not of what it becomes: moving to a cluster is no edit
    checksum: digest(JSON.stringify(migration.steps)),
    migration,
  }));
  const pending = await findPending(database, { engine: 'clickhouse', word }, steps);
  if (pending.length < steps.length) await refuseLostDatabase(analytics, word);
  if (steps.length === 0) return;
  const options = { timeoutMs: CLICKHOUSE_STEP_TIMEOUT_MS };
  await analytics.command(`create database if not exists ${word}${onCluster(cluster)}`, options);
  for (const step of pending) {
    log.info({ migration: nameOf(step) }, 'Migrating ClickHouse');
    for (const part of step.migration.steps) await runStep({ analytics, cluster, log }, part);
    await note(database, step);
  }
}

async function runStep(
  { analytics, cluster, log }: Omit<Context, 'database'>,
  step: ClickHouseMigration['steps'][number],
): Promise<void> {
  const options = { timeoutMs: CLICKHOUSE_STEP_TIMEOUT_MS };
  const run = (text: string) => analytics.command(stepSql(text, cluster), options);
  if (typeof step === 'string') return run(step);
  if ('attempt' in step) return runAttempt(step, { run, log });
  for (const text of tableSql(step, cluster)) await analytics.command(text, options);
}

/** Only a refusal with ClickHouse's own number counts; an engine that cannot be reached must not settle for less for ever. */
async function runAttempt(
  { attempt, otherwise }: Attempt,
  { run, log }: { run: (text: string) => Promise<void>; log: Log },
): Promise<void> {
  try {
    await run(attempt);
  } catch (error) {
    if (!(error instanceof AnalyticsError) || error.clickhouseCode === null) throw error;
    log.info({ reason: error.message.slice(0, 200) }, 'This ClickHouse does without a step of a migration');
    if (otherwise !== undefined) await run(otherwise);
  }
}

/** PostgreSQL says the tables were made, but this ClickHouse has none: a lost or foreign engine must not be taken for an empty one. */
async function refuseLostDatabase(analytics: Analytics, word: Word): Promise<void> {
  const rows = await analytics.query('select 1 from system.databases where name = {word:String}', {
    params: { word },
  });
  if (rows.length > 0) return;
  throw refuse(
    `clickhouse/${word}`,
    'PostgreSQL has its ledger, but this ClickHouse has no such database; both engines must be of one installation',
  );
}

/** The steps that have not run, after comparing those that have with the ledger. */
async function findPending<S extends Step>(
  database: Database,
  { engine, word }: { engine: Engine; word: Word },
  steps: readonly S[],
): Promise<S[]> {
  const applied = await database
    .selectFrom('platform.migration')
    .select(['name', 'checksum'])
    .where('engine', '=', engine)
    .where('word', '=', word)
    .execute();
  const known = new Map(steps.map((step, position) => [step.name, { step, position }]));
  if (known.size < steps.length) throw refuse(`${engine}/${word}`, 'two migrations have the same name');
  for (const { name, checksum } of applied) {
    const found = known.get(name);
    const migration = `${engine}/${word}/${name}`;
    if (!found) throw refuse(migration, 'the data has it, but this version of the software does not know it');
    if (found.step.checksum !== checksum) throw refuse(migration, 'it was edited after it had run');
    if (found.position >= applied.length)
      throw refuse(migration, 'it has run, but one that stands before it has not');
  }
  return steps.slice(applied.length);
}

const note = (database: Database, { engine, word, name, checksum }: Step) =>
  database.insertInto('platform.migration').values({ engine, word, name, checksum }).execute();

const nameOf = ({ engine, word, name }: Step): string => `${engine}/${word}/${name}`;
const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
const refuse = (migration: string, reason: string): AppError =>
  new AppError('MIGRATION_REFUSED', { migration, reason });
