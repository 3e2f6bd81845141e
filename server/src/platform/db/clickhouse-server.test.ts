import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyticsContract } from '#platform/db/analytics.contract.ts';
import { openClickHouseServer } from '#platform/db/clickhouse-server.ts';
import { startClickHouseShim } from '#platform/db/clickhouse-shim.fixture.ts';
import { silentLog } from '#platform/log/log.ts';

const server = process.env.RONGHE_TEST_CLICKHOUSE_URL;

analyticsContract('Analytics, server adapter over a loopback shim of chDB', async () => {
  const data = mkdtempSync(join(tmpdir(), 'ronghe-clickhouse-'));
  const shim = await startClickHouseShim(join(data, 'clickhouse'));
  const analytics = await openClickHouseServer(shim.url, silentLog());
  const stop = async () => {
    await analytics.stop();
    await shim.stop();
    rmSync(data, { recursive: true, force: true });
  };
  return { analytics, stop };
});

if (server) {
  analyticsContract('Analytics, server', async () => {
    const analytics = await openClickHouseServer(server, silentLog());
    await analytics.command('drop database if exists contract sync');
    return { analytics, stop: () => analytics.stop() };
  });
} else {
  describe.skip('Analytics, server: not run, because RONGHE_TEST_CLICKHOUSE_URL names none', () => {
    it('keeps the contract');
  });
}

describe('openClickHouseServer', () => {
  it('names the setting when the server does not answer', async () => {
    await expect(openClickHouseServer('http://127.0.0.1:1', silentLog())).rejects.toMatchObject({
      code: 'ENGINE_START_FAILED',
      values: { engine: 'ClickHouse', setting: 'RONGHE_CLICKHOUSE_URL' },
    });
  });
});
