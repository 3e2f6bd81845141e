import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { analyticsContract } from '#platform/db/analytics.contract.ts';
import { openAnalytics } from '#platform/db/analytics-open.ts';
import { silentLog } from '#platform/log/log.ts';

const open = async () => {
  const data = mkdtempSync(join(tmpdir(), 'ronghe-chdb-'));
  const config = { data, clickhouseUrl: undefined, clickhouseMemoryBytesMax: 2_000_000_000 };
  const analytics = await openAnalytics(config, silentLog());
  const stop = async () => {
    await analytics.stop();
    rmSync(data, { recursive: true, force: true });
  };
  return { analytics, stop };
};

analyticsContract('Analytics, embedded', open);

it('stops although a statement would run for minutes, and takes nothing new', async () => {
  const { analytics, stop } = await open();
  const endless = analytics.command(
    'create table default.x engine = MergeTree order by tuple() as select count() from numbers(1000000000000) where sipHash64(number) = 1',
  );
  const ended = expect(endless).rejects.toMatchObject({ code: 'QUERY_TIMEOUT' });
  await expect
    .poll(() =>
      analytics.query(
        "select 1 as one from system.processes where query like '%create table default.x%' and query not like '%processes%'",
      ),
    )
    .toEqual([{ one: 1 }]);
  const stopping = stop();
  await expect(analytics.query('select 1')).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
  await stopping;
  await ended;
}, 30_000);
