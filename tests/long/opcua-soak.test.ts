import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../edge/src/clock.ts';
import { type Channel, openChannel } from '../../edge/src/connectors/opcua/opcua.client.ts';
import { OpcuaConfig } from '../../edge/src/connectors/opcua/opcua.config.ts';
import { openScene } from '../../edge/src/connectors/opcua/opcua.fixture.ts';
import { silentLog } from '../../edge/src/log.ts';
import { freePort } from '../../edge/src/testing/tcp-proxy.ts';
import { until } from '../../edge/src/testing/wait.ts';

/** More of each for a night: attempts to reach an absent server, and losses of a link in a row. */
const ATTEMPTS = Number(process.env.LONG_OPCUA_ATTEMPTS ?? 300);
const LOSSES = Number(process.env.LONG_OPCUA_LOSSES ?? 20);
const MEGABYTE = 1_000_000;

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const work of undo.splice(0).reverse()) await work();
});

/** Bytes in use after a full collection of garbage. */
function used(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test('memory stays flat while the server is off', { timeout: 60_000 + ATTEMPTS * 3_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ronghe-opcua-off-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  const config = OpcuaConfig.parse({
    name: 'off',
    protocol: 'opcua',
    endpoint: `opc.tcp://127.0.0.1:${await freePort()}`,
    points: [{ key: 'v', address: 'i=2258' }],
  });
  const attempt = async (): Promise<void> => {
    let seen: Channel | null = null;
    const opened = openChannel({ config, folder, log: silentLog(), clock: systemClock }, (channel) => {
      seen = channel;
    });
    // Not with `rejects`: the test would hold on to every promise.
    const error = await opened.then(
      () => null,
      (reason: unknown) => reason,
    );
    if (error === null) throw new Error('somebody listens there');
    await (seen as Channel | null)?.close();
  };
  const round = async (): Promise<number> => {
    const before = used();
    for (let count = 0; count < ATTEMPTS; count += 1) await attempt();
    return used() - before;
  };
  // What is loaded or compiled late makes a round grow; what leaks makes every one grow.
  const growth = [await round(), await round(), await round()];
  expect(Math.min(...growth)).toBeLessThan(ATTEMPTS * 10_000);
});

test('one loss after the other leaves nothing behind, here or at the server', {
  timeout: 180_000 + LOSSES * 25_000,
}, async () => {
  const points = Array.from({ length: 300 }, (_, index) => ({
    key: `p${index}`,
    address: `ns=1;s=P${index}`,
  }));
  const scene = await openScene(undo, points);
  let value = 0;
  const set = () => {
    value += 1;
    for (const [index] of points.entries()) scene.peer.set(`P${index}`, value);
  };
  set();
  await scene.connector.start();
  await until('the first', () => scene.good('p299').includes(1), 20_000);
  const lose = async (): Promise<void> => {
    const { recoveries } = scene.connector.state();
    await scene.proxy.cut();
    await until('it is noticed', () => scene.connector.state().state !== 'connected', 20_000);
    set();
    await scene.proxy.mend();
    await until('it recovers', () => scene.connector.state().recoveries > recoveries, 40_000);
    for (const key of ['p0', 'p299']) await until(key, () => scene.good(key).includes(value), 20_000);
    scene.readings.length = 0;
  };
  await lose();
  await lose();
  const before = used();
  for (let count = 0; count < LOSSES; count += 1) await lose();
  expect(used() - before).toBeLessThan(4 * MEGABYTE + LOSSES * 100_000);
  // One that could not be taken over ends with its timeout of a minute.
  await expect.poll(() => scene.peer.sessions(), { timeout: 90_000 }).toBe(1);
  expect(scene.peer.subscriptions()).toBe(1);
  // Losses that follow closely are one gap.
  await until('gaps are told', () => scene.gaps.length > 0, 20_000);
});
