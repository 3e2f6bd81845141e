import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAnalytics } from '#platform/db/analytics-open.ts';
import { openClickHouseServer } from '#platform/db/clickhouse-server.ts';
import { startClickHouseShim } from '#platform/db/clickhouse-shim.fixture.ts';
import { guestsContract } from '#platform/db/guests.contract.ts';
import { silentLog } from '#platform/log/log.ts';

guestsContract('Guests, embedded', async () => {
  const data = mkdtempSync(join(tmpdir(), 'ronghe-guests-'));
  const config = { data, clickhouseUrl: undefined, clickhouseMemoryBytesMax: 2_000_000_000 };
  const analytics = await openAnalytics(config, silentLog());
  const stop = async () => {
    await analytics.stop();
    rmSync(data, { recursive: true, force: true });
  };
  return { analytics, stop };
});

guestsContract('Guests, server adapter over a loopback shim of chDB', async () => {
  const data = mkdtempSync(join(tmpdir(), 'ronghe-guests-'));
  const shim = await startClickHouseShim(join(data, 'clickhouse'));
  const analytics = await openClickHouseServer(shim.url, silentLog());
  const stop = async () => {
    await analytics.stop();
    await shim.stop();
    rmSync(data, { recursive: true, force: true });
  };
  return { analytics, stop };
});
