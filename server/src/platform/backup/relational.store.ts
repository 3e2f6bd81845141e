import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { type Kysely, sql, type Transaction } from 'kysely';
import { describeFile, type Manifest } from '#platform/backup/backup.manifest.ts';

type Database = Kysely<Record<string, never>>;
type Table = Manifest['relational'][number];
type Described = Pick<Table, 'schema' | 'table' | 'columns'>;

const FETCH_ROWS = 2_000;
/** A batch of rows on its way back, as text. */
const BATCH_CHARACTERS_MAX = 4_000_000;
/** The ledger is not copied: restoring runs the migrations, and they write it. */
const LEDGER = 'migration';

/** Text forms that mean the same on every server; large floats to the last bit. */
const SESSION = sql`set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local intervalstyle = 'postgres';
  set local bytea_output = 'hex'; set local extra_float_digits = 1; set local statement_timeout = 0`;

/** Runs `work` on one unchanging picture of the whole database, taken with the first statement of `work`. */
export function readSnapshot<Result>(
  database: Database,
  work: (snapshot: Transaction<Record<string, never>>) => Promise<Result>,
): Promise<Result> {
  return database
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (snapshot) => {
      await SESSION.execute(snapshot);
      return await work(snapshot);
    });
}

/** Runs `work` while no other backup of this installation runs; null when one does. */
export function whileAlone<Result>(database: Database, work: () => Promise<Result>): Promise<Result | null> {
  return database.connection().execute(async (connection) => {
    const { rows } = await sql<{
      taken: boolean;
    }>`select pg_try_advisory_lock(hashtext('ronghe backup')) as taken`.execute(connection);
    if (!rows[0]?.taken) return null;
    try {
      return await work();
    } finally {
      await sql`select pg_advisory_unlock(hashtext('ronghe backup'))`.execute(connection);
    }
  });
}

export async function readLedger(snapshot: Database): Promise<Manifest['migrations']> {
  const { rows } = await sql<Manifest['migrations'][number]>`
    select engine, word, name from ${sql.table(`platform.${LEDGER}`)} order by applied_at, engine desc, word, name`.execute(
    snapshot,
  );
  return rows;
}

/** The tables of the schemas with the columns that hold data of their own, types as SQL writes them. */
export async function describeTables(database: Database, schemas: readonly string[]): Promise<Described[]> {
  const { rows } = await sql<Described>`
    select n.nspname as schema, c.relname as table, json_agg(
      json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod)) order by a.attnum) as columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
      join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    where c.relkind = 'r' and n.nspname = any(${schemas}) and (n.nspname, c.relname) <> ('platform', ${LEDGER})
    group by 1, 2 order by 1, 2`.execute(database);
  return rows;
}

export async function readSequences(
  snapshot: Database,
  schemas: readonly string[],
): Promise<Manifest['sequences']> {
  const { rows } = await sql<Manifest['sequences'][number]>`
    select schemaname as schema, sequencename as sequence, last_value::text as "lastValue" from pg_sequences
    where schemaname = any(${schemas}) and last_value is not null order by 1, 2`.execute(snapshot);
  return rows;
}

/** Writes a table as gzipped lines, each a JSON array of the columns' own text forms, so that nothing is rounded. */
export async function exportRows(snapshot: Database, described: Described, folder: string): Promise<Table> {
  const path = `relational/${described.schema}.${described.table}.jsonl.gz`;
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  let rows = 0;
  async function* lines() {
    for await (const line of fetchLines(snapshot, described)) {
      rows++;
      yield `${line}\n`;
    }
  }
  await pipeline(
    Readable.from(lines()),
    createGzip({ level: 1 }),
    createWriteStream(file, { flags: 'wx', mode: 0o600 }),
  );
  return { ...described, rows, file: await describeFile(folder, path) };
}

async function* fetchLines(
  snapshot: Database,
  { schema, table, columns }: Described,
): AsyncGenerator<string> {
  const texts = sql.join(columns.map(({ name }) => sql`${sql.ref(name)}::text`));
  await sql`declare backup no scroll cursor for select json_build_array(${texts})::text as line from ${sql.table(`${schema}.${table}`)}`.execute(
    snapshot,
  );
  for (;;) {
    const { rows } = await sql<{ line: string }>`fetch ${sql.lit(FETCH_ROWS)} from backup`.execute(snapshot);
    for (const { line } of rows) yield line;
    if (rows.length < FETCH_ROWS) break;
  }
  await sql`close backup`.execute(snapshot);
}

/**
 * Puts all tables and sequences back, in one transaction, in place of whatever the migrations put there. Triggers and foreign keys rest
 * meanwhile (the rows kept them when they were copied), for which the role must be allowed to set `session_replication_role`.
 */
export async function importAll(database: Database, manifest: Manifest, folder: string): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    await SESSION.execute(transaction);
    await sql`set local session_replication_role = replica`.execute(transaction);
    const names = manifest.relational.map(({ schema, table }) => sql.table(`${schema}.${table}`));
    if (names.length > 0) await sql`truncate ${sql.join(names)}`.execute(transaction);
    for (const table of manifest.relational) await importRows(transaction, table, folder);
    for (const { schema, sequence, lastValue } of manifest.sequences)
      await sql`select setval(format('%I.%I', ${schema}::text, ${sequence}::text)::regclass, ${lastValue}::bigint)`.execute(
        transaction,
      );
  });
}

/** Whether any table of the schemas exists already. */
export async function hasTables(database: Database, schemas: readonly string[]): Promise<boolean> {
  return (await describeTables(database, schemas)).length > 0;
}

/** Counts rows, for comparing with the manifest. */
export async function countRows(database: Database, { schema, table }: Described): Promise<number> {
  const { rows } = await sql<{
    rows: number;
  }>`select count(*) as rows from ${sql.table(`${schema}.${table}`)}`.execute(database);
  return Number(rows[0]?.rows);
}

async function importRows(
  transaction: Database,
  { schema, table, columns, file }: Table,
  folder: string,
): Promise<void> {
  if (columns.length === 0) return;
  const names = sql.join(columns.map(({ name }) => sql.ref(name)));
  // a type is the text PostgreSQL itself gave for a column of our own migrations; the manifest's checksum stands for it
  const values = sql.join(
    columns.map(({ type }, position) => sql`(line ->> ${sql.lit(position)})::${sql.raw(type)}`),
  );
  const insert = async (lines: readonly string[]) => {
    await sql`insert into ${sql.table(`${schema}.${table}`)} (${names}) overriding system value
      select ${values} from json_array_elements(${`[${lines.join(',')}]`}::json) as t (line)`.execute(
      transaction,
    );
  };
  let [batch, characters]: [string[], number] = [[], 0];
  for await (const line of readLines(join(folder, file.path))) {
    batch.push(line);
    characters += line.length;
    if (characters < BATCH_CHARACTERS_MAX) continue;
    await insert(batch);
    [batch, characters] = [[], 0];
  }
  if (batch.length > 0) await insert(batch);
}

/** Lines end at `\n` only; Node's readline would also cut at U+2028, which JSON leaves inside strings. */
async function* readLines(file: string): AsyncGenerator<string> {
  const source = createReadStream(file).pipe(createGunzip()).setEncoding('utf8');
  let rest = '';
  for await (const chunk of source as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
