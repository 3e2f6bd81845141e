import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HOUR_MS } from '@ronghe/contracts';
import { afterEach, expect, test } from 'vitest';
import { createCollector } from './collector.ts';
import { parseEdgeConfig } from './config.ts';
import { silentLog } from './log.ts';
import { createSteppedClock } from './testing/clocks.ts';
import { startHttpPeer } from './testing/http-peer.ts';
import { ledgerFaults, ledgerOf, samplesOf } from './testing/ledger.ts';
import { startModbusPeer } from './testing/modbus-peer.ts';
import { DEVICE_TOPIC, startBroker, startDevice } from './testing/mqtt-peer.ts';
import { startOpcuaPeer } from './testing/opcua-peer.ts';
import { startPlatformDouble } from './testing/platform-double.ts';
import { startS7Peer } from './testing/s7-peer.ts';
import { until } from './testing/wait.ts';

/** Points whose time is the collector's, and such whose device tells its own, which is right all the time. */
const OURS = ['modbus.plain', 'modbus.moving', 's7.level', 'mqtt.undated', 'http.undated'];
const THEIRS = ['opcua.speed', 'opcua.polled', 'mqtt.dated', 'http.dated'];
const EVERY_MS = 50;
/** So many samples of every point have to come after a step; the slowest device speaks five times a second. */
const PACE = 10;
/** With `onChange` a value that stands still is told again every ten seconds. */
const REPEAT_WITHIN_MS = 13_000;

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const work of undo.splice(0).reverse()) await work();
});

/** One device of each kind whose value changes twenty times a second, and the connections that read them. */
async function startPlant(): Promise<object[]> {
  const modbus = await startModbusPeer();
  const s7 = await startS7Peer();
  const opcua = await startOpcuaPeer();
  const broker = await startBroker();
  const device = await startDevice(broker.port);
  const http = await startHttpPeer();
  let count = 0;
  opcua.set('Speed', count);
  opcua.set('Still', 1);
  const timer = setInterval(() => {
    count += 1;
    modbus.registers[0] = count;
    s7.memory.get(1)?.writeUInt16BE(count, 0);
    opcua.set('Speed', count);
    http.set(count);
    void device.set(count).catch(() => undefined);
  }, EVERY_MS);
  undo.push(...[http, broker, device, opcua, s7, modbus].map((peer) => () => peer.stop()), () =>
    clearInterval(timer),
  );
  const speaks = { expectedIntervalMs: 2_000 };
  const at = (port: number) => `tcp://127.0.0.1:${port}`;
  const polled = { protocol: 'modbus', endpoint: at(modbus.port), intervalMs: EVERY_MS };
  const server = {
    protocol: 'opcua',
    endpoint: `opc.tcp://127.0.0.1:${opcua.port}`,
    publishingIntervalMs: EVERY_MS,
    timeoutMs: 2_000,
  };
  const door = { swingingDoor: { deviation: 1, heartbeatMs: 1_000 } };
  return [
    {
      ...polled,
      name: 'plain',
      points: [
        { key: 'modbus.plain', address: 'holding:0', ...speaks },
        { key: 'modbus.door', address: 'holding:2', ...speaks, ...door },
      ],
    },
    {
      ...polled,
      name: 'on-change',
      onChange: true,
      points: [
        { key: 'modbus.moving', address: 'holding:0', ...speaks },
        { key: 'modbus.still', address: 'holding:4', expectedIntervalMs: 5_000 },
      ],
    },
    {
      name: 's7',
      protocol: 's7',
      endpoint: at(s7.port),
      intervalMs: EVERY_MS,
      points: [{ key: 's7.level', address: 'DB1.DBW0', ...speaks }],
    },
    { ...server, name: 'opcua-still', points: [{ key: 'opcua.still', address: 'ns=1;s=Still' }] },
    {
      ...server,
      name: 'opcua-polled',
      mode: 'poll',
      pollIntervalMs: 100,
      points: [{ key: 'opcua.polled', address: 'ns=1;s=Speed', ...speaks }],
    },
    {
      ...server,
      name: 'opcua',
      points: [{ key: 'opcua.speed', address: 'ns=1;s=Speed', ...speaks }],
    },
    {
      name: 'mqtt',
      protocol: 'mqtt',
      endpoint: `mqtt://127.0.0.1:${broker.port}`,
      points: [
        { key: 'mqtt.dated', topic: DEVICE_TOPIC, path: '/data/value', time: '/ts', ...speaks },
        { key: 'mqtt.undated', topic: DEVICE_TOPIC, path: '/data/value', ...speaks },
      ],
    },
    {
      name: 'http',
      protocol: 'http',
      mode: 'poll',
      endpoint: `http://127.0.0.1:${http.port}/value`,
      intervalMs: 100,
      points: [
        { key: 'http.dated', path: '/measured/value', time: '/measured/at', ...speaks },
        { key: 'http.undated', path: '/measured/value', ...speaks },
      ],
    },
  ];
}

const home = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'ronghe-clock-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

test('whatever happens to the clock, every source goes on at its pace, nothing is called silent, and the ledger agrees', {
  timeout: 150_000,
}, async () => {
  const clock = createSteppedClock();
  const folder = await home();
  const platform = await startPlatformDouble();
  undo.push(() => platform.stop());
  const connections = await startPlant();
  const open = (rest: object) =>
    createCollector({
      config: parseEdgeConfig({
        collector: 'plant',
        server: { url: platform.url, key: 'rk_x' },
        buffer: { folder, flushMs: 20 },
        ...rest,
      }),
      log: silentLog(),
      clock,
    });
  const collector = await open({ connections });
  let isRunning = true;
  undo.push(() => (isRunning ? collector.stop() : undefined));
  await collector.start();

  const goesOn = async (name: string) => {
    const before = new Map(
      [...OURS, ...THEIRS].map((key) => [key, samplesOf(platform.deliveries, key).length]),
    );
    for (const [key, count] of before)
      await until(
        `${name}: ${key} at its pace`,
        () => samplesOf(platform.deliveries, key).length >= count + PACE,
      );
  };
  const newest = (key: string) => samplesOf(platform.deliveries, key).slice(-PACE / 2);
  await goesOn('before');

  for (const { name, aheadMs, isBack, ours, theirs } of [
    { name: 'two hours ahead', aheadMs: 2 * HOUR_MS, isBack: false, ours: 'good', theirs: 'good' },
    { name: 'three hours back', aheadMs: -3 * HOUR_MS, isBack: true, ours: 'good', theirs: 'clock' },
    {
      name: 'the year 2005',
      aheadMs: Date.UTC(2005, 0, 1) - Date.now(),
      isBack: true,
      ours: 'clock',
      theirs: 'clock',
    },
    { name: 'the true time', aheadMs: 0, isBack: false, ours: 'good', theirs: 'good' },
  ]) {
    const still = samplesOf(platform.deliveries, 'modbus.still').length;
    clock.set(aheadMs);
    await goesOn(name);
    const states = (keys: readonly string[]) =>
      keys.map((key) => [key, new Set(newest(key).map(([, , quality, reason]) => reason ?? quality))]);
    expect(states(OURS), name).toEqual(OURS.map((key) => [key, new Set([ours])]));
    expect(states(THEIRS), name).toEqual(THEIRS.map((key) => [key, new Set([theirs])]));
    for (const key of OURS)
      for (const [timeMs] of newest(key))
        expect(Math.abs(timeMs - clock.now().getTime()), `${name}: ${key}`).toBeLessThan(60_000);
    const report = collector.report();
    expect(report.delivery?.lagMs, name).toBeGreaterThanOrEqual(0);
    expect(report.delivery?.lagMs, name).toBeLessThan(60_000);
    expect(
      report.connections.map(({ state, recoveries, lastError }) => [state, recoveries, lastError]),
      name,
    ).toEqual(report.connections.map(() => ['connected', 0, null]));
    expect(report.recentGaps, name).toEqual([]);
    if (!isBack) continue;
    await until(
      `${name}: a value that stands still is repeated`,
      () => samplesOf(platform.deliveries, 'modbus.still').length > still,
      REPEAT_WITHIN_MS,
    );
    // What is not good is never left out.
    if (ours !== 'good') continue;
    await until(`${name}: the door leaves out`, () => {
      const hours = [...ledgerOf(platform.deliveries).told].filter(
        ([id]) =>
          id.startsWith('modbus.door ') &&
          Math.abs(Number(id.split(' ')[1]) - clock.now().getTime()) < HOUR_MS,
      );
      return hours.reduce((sum, [, { filtered }]) => sum + filtered, 0) > PACE;
    });
  }

  await collector.stop();
  isRunning = false;
  // What was read and not delivered yet.
  const rest = await open({ managed: true });
  undo.push(() => rest.stop());
  await rest.start();
  await until('everything has arrived', () => rest.report().bufferBytes === 0);

  const all = platform.deliveries.flatMap(({ batch }) => batch.points).flatMap(({ samples }) => samples);
  expect(all.filter(([, , , reason]) => reason === 'silent' || reason === 'stale')).toEqual([]);
  // Of every point the hour of the truth, and of most those of the other clocks.
  expect(ledgerOf(platform.deliveries).told.size).toBeGreaterThan(10 + 3 * OURS.length);
  expect(ledgerFaults(platform.deliveries)).toEqual([]);
  expect([...ledgerOf(platform.deliveries).told.values()].filter(({ lost }) => lost > 0)).toEqual([]);
});

test.each([
  ['ahead', 2 * HOUR_MS],
  ['back', -3 * HOUR_MS],
])(
  'a time without data in which the clock is set %s is as long as it was',
  { timeout: 60_000 },
  async (_, stepMs) => {
    const clock = createSteppedClock();
    const platform = await startPlatformDouble();
    undo.push(() => platform.stop());
    let peer = await startModbusPeer();
    undo.push(() => peer.stop());
    const collector = await createCollector({
      config: parseEdgeConfig({
        collector: 'plant',
        server: { url: platform.url, key: 'rk_x' },
        buffer: { folder: await home(), flushMs: 20 },
        connections: [
          {
            name: 'plain',
            protocol: 'modbus',
            endpoint: `tcp://127.0.0.1:${peer.port}`,
            intervalMs: EVERY_MS,
            points: [{ key: 'modbus.plain', address: 'holding:0' }],
          },
        ],
      }),
      log: silentLog(),
      clock,
    });
    undo.push(() => collector.stop());
    await collector.start();
    await until('values come', () => samplesOf(platform.deliveries, 'modbus.plain').length > PACE);
    const beganMs = performance.now();
    await peer.stop();
    await until('the loss is noticed', () => collector.report().connections[0]?.state === 'disconnected');
    clock.set(stepMs);
    peer = await startModbusPeer({ port: peer.port });
    const gap = await until('the gap is told', () => collector.report().recentGaps?.[0]);
    const [fromMs, toMs] = [Date.parse(gap.from), Date.parse(gap.to)];
    expect(toMs - fromMs).toBeGreaterThan(0);
    expect(toMs - fromMs).toBeLessThan(performance.now() - beganMs + 1_000);
    expect(Math.abs(toMs - clock.now().getTime())).toBeLessThan(60_000);
  },
);
