import { sql } from 'kysely';
import { openAnalytics } from '#platform/db/analytics-open.ts';
import { openRelational } from '#platform/db/postgres.ts';
import { silentLog } from '#platform/log/log.ts';

// A process that is there to be killed: it opens both embedded engines on the folder of its first argument, tells when they
// are open, and then inserts batches from the number of its second argument on, telling each that both engines acknowledged.
const BATCH_ROWS = 200;
const [, , data = '', first = '0'] = process.argv;
const tell = (line: string) => process.stdout.write(`${line}\n`);

const startedAt = performance.now();
const config = { data, postgresUrl: undefined, clickhouseUrl: undefined, clickhouseMemoryBytesMax: 2e9 };
const [relational, analytics] = await Promise.all([
  openRelational(config, silentLog()),
  openAnalytics(config, silentLog()),
]);
await sql`create table if not exists batch (id int primary key)`.execute(relational.as());
await analytics.command(
  'create table if not exists default.sample (batch UInt32, row UInt32) engine = MergeTree order by (batch, row) settings non_replicated_deduplication_window = 1000',
);
tell(`open ${Math.round(performance.now() - startedAt)}`);
for (let batch = Number(first); ; batch++) {
  const rows = Uint32Array.from({ length: BATCH_ROWS }, (_value, row) => row);
  await analytics.insert(
    'default.sample',
    [
      { name: 'batch', type: 'UInt32', values: new Uint32Array(BATCH_ROWS).fill(batch) },
      { name: 'row', type: 'UInt32', values: rows },
    ],
    { token: `batch ${batch}` },
  );
  await sql`insert into batch values (${batch}) on conflict do nothing`.execute(relational.as());
  tell(`acknowledged ${batch}`);
}
