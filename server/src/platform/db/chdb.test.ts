import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { analyticsContract } from '#platform/db/analytics.contract.ts';
import { openAnalytics } from '#platform/db/analytics-open.ts';
import { silentLog } from '#platform/log/log.ts';

analyticsContract('Analytics, embedded', async () => {
  const data = mkdtempSync(join(tmpdir(), 'ronghe-chdb-'));
  const config = { data, clickhouseUrl: undefined, clickhouseMemoryBytesMax: 2_000_000_000 };
  const analytics = await openAnalytics(config, silentLog());
  const stop = async () => {
    await analytics.stop();
    rmSync(data, { recursive: true, force: true });
  };
  return { analytics, stop };
});
