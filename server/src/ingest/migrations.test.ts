import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrate } from '#platform/db/migrate.ts';
import { silentLog } from '#platform/log/log.ts';
import { startTestEngines, type TestEngines } from '#platform/testing/engines.ts';
import { ingestMigrations } from './migrations.ts';

let engines: TestEngines;
beforeAll(async () => {
  const { postgres, clickhouse } = ingestMigrations;
  const first = { ...ingestMigrations, postgres: postgres.slice(0, 1), clickhouse: clickhouse.slice(0, 1) };
  engines = await startTestEngines([first]);
});
afterAll(() => engines.stop());

it('keeps observations of before, which count as stored when they were received, and new ones as stored now', async () => {
  const { analytics } = engines;
  const receivedMs = Date.UTC(2025, 0, 2, 3, 4, 5, 678);
  const insert = (series: number) =>
    analytics.insert('ingest.observations', [
      { name: 'series', type: 'UInt32', values: [series] },
      { name: 'time', type: 'DateTime64(6)', values: [BigInt(receivedMs) * 1000n] },
      { name: 'value', type: 'Float64', values: Float64Array.of(1.25) },
      { name: 'quality', type: 'UInt8', values: [0] },
      { name: 'reason', type: 'String', values: [''] },
      { name: 'received_at', type: 'DateTime64(3)', values: [BigInt(receivedMs)] },
    ]);
  await insert(1);
  await migrate({ ...engines, domains: [ingestMigrations], log: silentLog() });
  const startedS = Math.floor(Date.now() / 1000);
  await insert(2);
  const rows = await analytics.query<{ series: number; value: number; stored: number }>(
    'select series, value, toUnixTimestamp(stored_at) as stored from ingest.observations order by series',
  );
  expect(rows[0]).toEqual({ series: 1, value: 1.25, stored: Math.floor(receivedMs / 1000) });
  expect(rows[1]).toMatchObject({ series: 2, value: 1.25 });
  expect(rows[1]?.stored).toBeGreaterThanOrEqual(startedS - 1);
  const codecs = await analytics.query(
    `select name, compression_codec as codec from system.columns
     where database = 'ingest' and table = 'observations' and name in ('time', 'value') order by name`,
  );
  expect(codecs).toEqual([
    { name: 'time', codec: 'CODEC(Delta(8), ZSTD(1))' },
    { name: 'value', codec: 'CODEC(ALP, ZSTD(1))' },
  ]);
  const [{ settings }] = (await analytics.query<{ settings: string }>(
    `select engine_full as settings from system.tables where database = 'ingest' and name = 'observations'`,
  )) as [{ settings: string }];
  expect(settings).toMatch(
    /merge_selector_base = 10\b.*vertical_merge_algorithm_min_columns_to_activate = 1\b/,
  );
});
