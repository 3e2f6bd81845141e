import { afterEach, expect, test } from 'vitest';
import { StatusCodes } from '../../testing/opcua-peer.ts';
import { until } from '../../testing/wait.ts';
import { openScene, type Scene } from './opcua.fixture.ts';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const work of undo.splice(0).reverse()) await work();
});

/** Real changes of a point, without those that only say again what is so; each value is used once in a test. */
const distinct = (scene: Scene, key: string): unknown[] => [...new Set(scene.good(key))];

/** Writes counting values with their own times, 5 ms apart. */
async function write(scene: Scene, name: string, from: number, to: number): Promise<void> {
  for (let value = from; value <= to; value += 1) {
    scene.peer.set(name, value);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const counting = (to: number) => Array.from({ length: to }, (_, index) => index + 1);

test('a frozen link loses nothing: what the queue could not hold comes from history, and nothing twice', {
  timeout: 60_000,
}, async () => {
  const scene = await openScene(
    undo,
    [{ key: 'v', address: 'ns=1;s=V' }],
    { queueSize: 3 },
    { history: new Map() },
  );
  scene.peer.set('V', 20);
  await scene.connector.start();
  await scene.connected();
  await until('the first', () => scene.good('v')[0] === 20);
  scene.proxy.freeze();
  await write(scene, 'V', 21, 120);
  await until('it is noticed', () => scene.connector.state().state !== 'connected', 20_000);
  await write(scene, 'V', 121, 150);
  scene.proxy.thaw();
  await scene.connected(40_000);
  await write(scene, 'V', 151, 160);
  await until('the gap is told', () => scene.gaps.length > 0, 30_000);
  await until('the last comes', () => distinct(scene, 'v').includes(160));
  // A running link brings what the server samples; in the gap the history has every write.
  expect(distinct(scene, 'v').slice(0, 131)).toEqual(counting(150).slice(19));
  const times = scene
    .values('v')
    .filter(({ sample }) => sample[2] === 'good')
    .map(({ sample }) => sample[0]);
  expect(new Set(times).size).toBe(times.length);
  expect(scene.gaps).toHaveLength(1);
  expect(scene.gaps[0]).toMatchObject({ points: 1, reason: 'link-frozen' });
  expect(scene.gaps[0]?.filled).toBeGreaterThan(100);
  for (const { sample } of scene.values('v')) expect(sample).toHaveLength(sample[2] === 'good' ? 3 : 4);
});

test('status and source time of history are kept, in answers of limited size', {
  timeout: 60_000,
}, async () => {
  const history = new Map();
  const points = Array.from({ length: 7 }, (_, index) => ({ key: `p${index}`, address: `ns=1;s=P${index}` }));
  const scene = await openScene(undo, points, {}, { history, limits: { maxNodesPerHistoryReadData: 3 } });
  for (const [index] of points.entries()) scene.peer.set(`P${index}`, 0);
  await scene.connector.start();
  await scene.connected();
  for (const { key } of points) await until(key, () => scene.good(key)[0] === 0);
  await scene.proxy.cut();
  const fromMs = Date.now();
  // More than one answer holds (1,000 values).
  for (let value = 1; value <= 2_500; value += 1)
    for (const [index] of points.entries()) scene.peer.remember(`P${index}`, value, new Date(fromMs + value));
  scene.peer.remember('P0', 7, new Date(fromMs + 2_550), StatusCodes.UncertainSensorNotAccurate);
  await until('the server’s clock has passed them', () => Date.now() > fromMs + 2_600);
  for (const [index] of points.entries()) scene.peer.set(`P${index}`, 9_999);
  await scene.proxy.mend();
  await until('the gap is told', () => scene.gaps.length > 0, 30_000);
  const [gap] = scene.gaps;
  expect(gap).toMatchObject({ points: 7, reason: 'link-lost', filled: 7 * 2_500 + 1 });
  const uncertain = scene.values('p0').find(({ sample }) => sample[2] === 'uncertain');
  expect(uncertain?.sample).toEqual([fromMs + 2_550, 7, 'uncertain', 'UncertainSensorNotAccurate']);
  expect(distinct(scene, 'p6')).toHaveLength(2_502);
});

test('a server without history gives a gap that says so, for the points that have none', {
  timeout: 60_000,
}, async () => {
  const scene = await openScene(
    undo,
    [
      { key: 'v', address: 'ns=1;s=V' },
      { key: 'u', address: 'ns=1;s=Unrecorded' },
      { key: 'o', address: 'ns=1;s=O', history: false },
    ],
    {},
    { history: new Map() },
  );
  for (const name of ['V', 'Unrecorded', 'O']) scene.peer.set(name, 1);
  await scene.connector.start();
  await scene.connected();
  for (const key of ['v', 'u', 'o']) await until(key, () => scene.good(key)[0] === 1);
  await scene.proxy.cut();
  await write(scene, 'V', 2, 5);
  await write(scene, 'O', 2, 5);
  scene.peer.set('Unrecorded', 2);
  await scene.proxy.mend();
  await until('all is told', () => scene.gaps.length === 3, 30_000);
  const told = scene.gaps.map(({ points, filled, reason }) => ({ points, filled, reason }));
  expect(told).toContainEqual({ points: 1, filled: null, reason: 'BadHistoryOperationUnsupported' });
  expect(told).toContainEqual({ points: 1, filled: null, reason: 'link-lost' });
  // How many are read depends on how many the queue of the server had.
  expect(told).toContainEqual({ points: 1, filled: expect.any(Number), reason: 'link-lost' });
  await until('the last of each', () => scene.good('v').includes(5) && scene.good('u').includes(2));
  expect(distinct(scene, 'v')).toEqual([1, 2, 3, 4, 5]);
});

test('history that is switched off leaves a gap', { timeout: 60_000 }, async () => {
  const scene = await openScene(
    undo,
    [{ key: 'v', address: 'ns=1;s=V' }],
    { history: { enabled: false } },
    { history: new Map() },
  );
  scene.peer.set('V', 1);
  await scene.connector.start();
  await until('the first', () => scene.good('v')[0] === 1);
  await scene.proxy.cut();
  await scene.proxy.mend();
  await until('it is told', () => scene.gaps.length > 0, 20_000);
  expect(scene.gaps[0]).toMatchObject({ filled: null, reason: 'link-lost', points: 1 });
});

test('a restarted server that forgot the session is asked for what it recorded', {
  timeout: 60_000,
}, async () => {
  const history = new Map();
  const scene = await openScene(undo, [{ key: 'v', address: 'ns=1;s=V' }], {}, { history });
  scene.peer.set('V', 1);
  await scene.connector.start();
  await until('the first', () => scene.good('v')[0] === 1);
  await scene.peer.stop();
  await until('it is noticed', () => scene.connector.state().state !== 'connected', 20_000);
  const fromMs = Date.now();
  for (let value = 2; value <= 40; value += 1) scene.peer.remember('V', value, new Date(fromMs + value));
  await until('time has passed', () => Date.now() > fromMs + 50);
  await scene.restartPeer({ history });
  scene.peer.set('V', 41);
  await until('the gap is told', () => scene.gaps.length > 0, 40_000);
  expect(scene.gaps[0]).toMatchObject({ points: 1, filled: 39 });
  expect(distinct(scene, 'v')).toEqual(counting(41));
});

test('the absence of the collector itself is filled', { timeout: 60_000 }, async () => {
  const scene = await openScene(undo, [{ key: 'v', address: 'ns=1;s=V' }], {}, { history: new Map() });
  scene.peer.set('V', 1);
  await scene.connector.start();
  await until('the first', () => scene.good('v')[0] === 1);
  await new Promise((resolve) => setTimeout(resolve, 100));
  await scene.connector.stop();
  const count = scene.readings.length;
  await write(scene, 'V', 2, 30);
  await scene.restartConnector().start();
  await until('the gap is told', () => scene.gaps.length > 0, 20_000);
  // The last second before the stop is read again: what the server had not sent yet lies in it.
  expect(scene.gaps[0]).toMatchObject({ points: 1, filled: 29, reason: 'collector-stopped' });
  const after = scene.readings.slice(count).map(({ sample }) => sample[1]);
  expect(after.map(Number).sort((one, other) => one - other)).toEqual(counting(30));
});

test('a queue that ran over is counted, and its hole read from history', { timeout: 60_000 }, async () => {
  const scene = await openScene(
    undo,
    [{ key: 'v', address: 'ns=1;s=V' }],
    { queueSize: 2, publishingIntervalMs: 1_000, samplingIntervalMs: 1_000, timeoutMs: 3_000 },
    { history: new Map() },
  );
  scene.peer.set('V', 1);
  await scene.connector.start();
  await until('the first', () => scene.good('v')[0] === 1);
  scene.peer.overflow('V', [2, 3, 4, 5, 6]);
  await until('the hole is told', () => scene.gaps.length > 0, 30_000);
  expect(scene.gaps).toMatchObject([{ reason: 'queue-overflow', points: 1, filled: 3 }]);
  expect(distinct(scene, 'v')).toEqual([1, 2, 3, 4, 5, 6]);
  for (const { sample } of scene.values('v')) expect(sample[2]).toBe('good');
});
