import type { Point } from '@ronghe/contracts';
import { expect, it } from 'vitest';
import { systemScope } from '#platform/auth/scope.ts';
import { systemClock } from '#platform/clock/clock.ts';
import { silentLog } from '#platform/log/log.ts';
import type { LatestRow } from '../observations/observations.store.ts';
import { createLatest } from './latest.service.ts';

it('does not lose a value that is written while the first reader waits for the table', async () => {
  const point = { id: 7, organisation: 'jx', key: 'p', type: 'number' } as Point;
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const old: LatestRow = { point: 7, timeUs: 1, value: 1, quality: 'good', reason: null, receivedMs: 1 };
  const store = { latest: () => gate.then(() => [old]) };
  const points = { visible: async () => [point] };
  const latest = createLatest({
    store: store as never,
    points: points as never,
    clock: systemClock,
    log: silentLog(),
    refreshMs: Number.POSITIVE_INFINITY,
  });
  const scope = systemScope({ organisation: 'jx', permissions: ['ingest:observation:read'], name: 'test' });
  const reading = latest.list(scope, { points: '7' });
  await new Promise((resolve) => setImmediate(resolve));
  latest.apply([{ point: 7, timeUs: 2, receivedMs: 2, value: 2, quality: 'good', reason: null }]);
  open();
  expect((await reading).items).toMatchObject([{ point: 7, value: 2 }]);
});
