import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import type { Gap, Reading } from '../../connector.ts';
import { silentLog } from '../../log.ts';
import { connectorContract } from '../../testing/connector-contract.ts';
import {
  asduOf,
  chinaTime,
  type Iec104PeerOptions,
  objectOctets,
  startIec104Peer,
} from '../../testing/iec104-peer.ts';
import { until } from '../../testing/wait.ts';
import { Iec104Config } from './iec104.config.ts';
import { createIec104 } from './iec104.ts';

/** Short timers, as nobody wants to wait for the standard's. */
const QUICK = { t0Seconds: 5, t1Seconds: 2, t2Seconds: 1, t3Seconds: 1 };

describe('iec104 keeps the contract of connectors:', () => {
  const contract = connectorContract({
    async startPeer(port) {
      const peer = await startIec104Peer(port === undefined ? {} : { port });
      return { port: peer.port, set: (value) => peer.set(16_385, value), stop: peer.stop };
    },
    create: (port, context, host) =>
      createIec104({
        ...context,
        config: Iec104Config.parse({
          name: 'substation',
          protocol: 'iec104',
          endpoint: `tcp://${host}:${port}`,
          ...QUICK,
          points: [
            { key: 'contract.value', address: '1/0x4001', unit: 'Cel' },
            { key: 'contract.missing', address: '1/0.64.2' },
          ],
        }),
      }),
  });
  for (const { title, run } of contract) test.concurrent(title, { timeout: 90_000 }, run);
});

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const work of undo.splice(0).reverse()) await work();
});

async function scene(config: object, options: Iec104PeerOptions = {}) {
  const peer = await startIec104Peer(options);
  undo.push(() => peer.stop());
  const folder = await mkdtemp(join(tmpdir(), 'ronghe-iec104-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  const readings: Reading[] = [];
  const gaps: Gap[] = [];
  const connector = createIec104({
    config: Iec104Config.parse({
      name: 'substation',
      protocol: 'iec104',
      endpoint: `tcp://127.0.0.1:${peer.port}`,
      ...QUICK,
      ...config,
    }),
    emit: (some) => readings.push(...some),
    gap: (gap) => gaps.push(gap),
    log: silentLog(),
    clock: systemClock,
    folder,
  });
  undo.push(() => connector.stop());
  return {
    peer,
    connector,
    readings,
    gaps,
    samples: (key: string) => readings.filter(({ point }) => point.key === key).map(({ sample }) => sample),
    connected: () => until('connected', () => connector.state().state === 'connected'),
    interrogations: () => peer.commands.filter(({ type }) => type === 100).length,
  };
}

test('an interrogation brings every type, and what it does not bring fails with its reason', {
  timeout: 20_000,
}, async () => {
  const { peer, connector, samples } = await scene({
    points: [
      { key: 'breaker', address: '1/1', encoding: 'single' },
      { key: 'switch', address: '1/2', encoding: 'double', type: 'boolean' },
      { key: 'moving', address: '1/3', encoding: 'double' },
      { key: 'current', address: '1/101', encoding: 'normalised', scale: 1_200 },
      { key: 'power', address: '1/102', encoding: 'normalised' },
      { key: 'wrong', address: '1/103', encoding: 'scaled' },
      { key: 'absent', address: '1/104' },
      { key: 'energy', address: '1/200', encoding: 'counter' },
    ],
  });
  peer.answers.push(
    { type: 1, qualifier: 1, octets: Buffer.from([1, 0, 0, 0x01]) },
    { type: 3, qualifier: 0x82, octets: Buffer.from([2, 0, 0, 0x02, 0x10]) },
    {
      type: 21,
      qualifier: 0x83,
      octets: Buffer.from([101, 0, 0, 0x00, 0x40, 0x00, 0xc0, 0xff, 0x7f]),
    },
  );
  await connector.start();
  await until('the absent one fails', () => samples('absent').length > 0);
  expect(samples('breaker')[0]?.slice(1)).toEqual([true, 'good']);
  expect(samples('switch')[0]?.slice(1)).toEqual([true, 'good']);
  expect(samples('moving')[0]?.slice(1)).toEqual([0, 'uncertain', 'intermediate']);
  expect(samples('current')[0]?.slice(1)).toEqual([600, 'good']);
  expect(samples('power')[0]?.slice(1)).toEqual([-0.5, 'good']);
  expect(samples('wrong')[0]?.slice(1)).toEqual([null, 'bad', 'encoding-mismatch']);
  expect(samples('absent')[0]?.slice(1)).toEqual([null, 'bad', 'not-reported']);
  // Nobody asked for counters, so their silence is no fault.
  expect(samples('energy')).toEqual([]);
  expect(connector.state()).toMatchObject({ points: 8, pointsFailed: 2 });
  peer.set(104, 7.25);
  await until('a value heals it', () => samples('absent').at(-1)?.[1] === 7.25);
  expect(connector.state().pointsFailed).toBe(1);
});

test('events that the station kept during a loss come in order with their own times and fill the gap', {
  timeout: 30_000,
}, async () => {
  const { peer, connector, samples, gaps, connected } = await scene({
    points: [{ key: 'p', address: '1/5', encoding: 'float' }],
  });
  await connector.start();
  await connected();
  peer.set(5, 1);
  await until('live', () => samples('p').some(([, value]) => value === 1));
  peer.drop();
  await until('stale', () => samples('p').at(-1)?.[3] === 'stale');
  const lostMs = samples('p').at(-1)?.[0] ?? 0;
  // Reported while nobody listens; the first wait of the backoff is half a second.
  for (let event = 1; event <= 30; event += 1) peer.set(5, 100 + event, lostMs + event);
  await connected();
  await until('all of them', () => samples('p').some(([, value]) => value === 130));
  const kept = samples('p').filter(
    ([timeMs, value]) => typeof value === 'number' && value > 100 && timeMs <= lostMs + 30,
  );
  expect(kept).toEqual(Array.from({ length: 30 }, (_, index) => [lostMs + index + 1, 101 + index, 'good']));
  const gap = await until('the gap is told', () => gaps[0]);
  expect(gap).toMatchObject({ fromMs: expect.any(Number), points: 1, filled: 30, reason: 'link-lost' });
  expect(gap.toMs).toBeGreaterThan(gap.fromMs);
  expect(gaps.length).toBe(1);
});

test('the general interrogation is repeated: after a restart of the station and from time to time', {
  timeout: 20_000,
}, async () => {
  const { peer, connector, samples, connected, interrogations } = await scene({
    points: [{ key: 'p', address: '1/5' }],
    interrogationSeconds: 1,
    originator: 9,
  });
  await connector.start();
  await connected();
  await until('the first', () => interrogations() === 1);
  await until('two more by the clock', () => interrogations() >= 3);
  // What is missing is told once, not at every interrogation.
  expect(samples('p').map((sample) => sample.slice(1))).toEqual([[null, 'bad', 'not-reported']]);
  const before = interrogations();
  peer.send(asduOf({ type: 70, cause: 4, octets: Buffer.from([0, 0, 0, 0]) }));
  await until('another at once', () => interrogations() > before, 500);
  expect(peer.commands[0]).toEqual({
    type: 100,
    cause: 6,
    originator: 9,
    commonAddress: 1,
    element: Buffer.from([20]),
  });
});

test('a restart of the station in the middle of an interrogation that it never ends stops nothing', {
  timeout: 20_000,
}, async () => {
  const { peer, connector, connected, interrogations } = await scene({
    points: [{ key: 'p', address: '1/5' }],
    interrogationTimeoutSeconds: 1,
  });
  peer.behaviour.interrogation = 'unending';
  peer.set(5, 1);
  await connector.start();
  await connected();
  await until('confirmed', () => interrogations() === 1);
  for (const station of [1, 7]) {
    const octets = Buffer.from([0, 0, 0, 1]);
    peer.send(asduOf({ type: 70, cause: 4, commonAddress: station, octets }));
  }
  await until('given up, and once more', () => interrogations() === 2, 3_000);
  expect(peer.commands.every(({ commonAddress }) => commonAddress === 1)).toBe(true);
});

test('counters are read and the clock is set only when that is configured; nothing else is ever sent', {
  timeout: 20_000,
}, async () => {
  const points = [{ key: 'energy', address: '1/200', encoding: 'counter', scale: 0.1, unit: 'kW.h' }];
  const plain = await scene({ points, w: 1 });
  await plain.connector.start();
  await until('interrogated', () => plain.interrogations() === 1 && plain.peer.unacknowledged() === 0);
  expect(plain.peer.commands.map(({ type }) => type)).toEqual([100]);

  const { peer, connector, samples } = await scene({
    points,
    counterInterrogationSeconds: 3_600,
    clockSyncSeconds: 3_600,
  });
  peer.counters.push({ type: 15, qualifier: 1, octets: Buffer.from([200, 0, 0, 0x39, 0x30, 0, 0, 0x63]) });
  const beforeMs = Date.now();
  await connector.start();
  await until('the counter', () => samples('energy').length === 1);
  expect(samples('energy')[0]?.slice(1)).toEqual([1_234.5, 'uncertain', 'counter-adjusted']);
  expect(peer.commands.map(({ type }) => type)).toEqual([103, 100, 101]);
  expect(peer.commands[2]?.element).toEqual(Buffer.from([5]));
  const set = peer.commands[0]?.element ?? Buffer.alloc(0);
  const possible = Array.from({ length: Date.now() - beforeMs + 1 }, (_, ms) => chinaTime(beforeMs + ms));
  expect(possible).toContainEqual(set);
});

test('discovery makes a point of every object, and without it they are told and skipped', {
  timeout: 20_000,
}, async () => {
  const { peer, connector, readings, samples } = await scene({ discover: true, keyPrefix: 'north:' });
  peer.answers.push(
    { type: 1, qualifier: 0x83, octets: Buffer.from([7, 0, 0, 0, 1, 0]) },
    { type: 11, qualifier: 1, octets: Buffer.from([1, 0x40, 0, 0x2c, 0x01, 0x01]) },
  );
  await connector.start();
  await until('all', () => samples('north:1.16385').length > 0);
  expect(peer.commands[0]?.commonAddress).toBe(65_535);
  expect(readings.map(({ point, sample }) => [point.key, point.type, ...sample.slice(1)])).toEqual([
    ['north:1.7', 'boolean', false, 'good'],
    ['north:1.8', 'boolean', true, 'good'],
    ['north:1.9', 'boolean', false, 'good'],
    ['north:1.16385', 'number', 300, 'uncertain', 'overflow'],
  ]);
  expect(connector.state()).toMatchObject({ points: 4, pointsFailed: 0 });
  expect(await connector.browse?.({ node: null, limit: 10 })).toMatchObject([{ id: '1', kind: 'folder' }]);
  expect(await connector.browse?.({ node: '1', limit: 2 })).toMatchObject([
    { id: '1/7', kind: 'point', type: 'boolean', description: 'single' },
    { id: '1/8' },
  ]);

  const listed = await scene({ points: [{ key: 'p', address: '1/5' }] });
  listed.peer.set(5, 1);
  listed.peer.set(6, 2);
  listed.peer.set(5, 3);
  await listed.connector.start();
  await until('the listed one', () => listed.samples('p').some(([, value]) => value === 3));
  expect(new Set(listed.readings.map(({ point }) => point.key))).toEqual(new Set(['p']));
  expect(await listed.connector.browse?.({ node: '1', limit: 10 })).toHaveLength(2);
});

test('a station that does not exist, refuses, or does not answer fails its points and stops nobody else', {
  timeout: 20_000,
}, async () => {
  const points = [
    { key: 'here', address: '1/5' },
    { key: 'elsewhere', address: '2/5' },
    { key: 'energy', address: '2/9', encoding: 'counter' },
  ];
  const unknown = await scene({ points });
  unknown.peer.set(5, 4);
  await unknown.connector.start();
  await until('unknown', () => unknown.samples('elsewhere')[0]?.[3] === 'unknown-common-address');
  expect(unknown.samples('energy')[0]?.slice(1)).toEqual([null, 'bad', 'unknown-common-address']);
  await until('the other', () => unknown.samples('here').some((sample) => sample[2] === 'good'));
  expect(unknown.connector.state()).toMatchObject({ state: 'connected', pointsFailed: 2 });

  for (const [interrogation, reason] of [
    ['refuse', 'interrogation-refused'],
    ['silent', 'interrogation-unanswered'],
    ['unending', 'not-reported'],
  ] as const) {
    const other = await scene({ points: points.slice(0, 1), interrogationTimeoutSeconds: 1 });
    other.peer.behaviour.interrogation = interrogation;
    await other.connector.start();
    await until(reason, () => other.samples('here')[0]?.[3] === reason);
    other.peer.set(5, 6);
    await until('healed', () => other.connector.state().pointsFailed === 0);
    expect(other.samples('here').filter((sample) => sample[2] === 'bad')).toHaveLength(1);
  }
});

test('sequence numbers run past 32767, and every eighth frame is acknowledged', {
  timeout: 40_000,
}, async () => {
  const { peer, connector, samples, connected } = await scene({
    points: [{ key: 'p', address: '1/5' }],
    t1Seconds: 15,
    t2Seconds: 10,
  });
  await connector.start();
  await connected();
  const nowMs = Date.now();
  for (let event = 0; event < 33_000; event += 1) peer.set(5, event, nowMs + event);
  // t2 is far longer than this test, so what is acknowledged is so by w alone.
  await until('all are taken', () => samples('p').some(([, value]) => value === 32_999), 30_000);
  await until('the window moves', () => peer.unacknowledged() < 8);
  expect(connector.state()).toMatchObject({ state: 'connected', recoveries: 0 });
  const events = samples('p').filter(([timeMs, , quality]) => quality === 'good' && timeMs >= nowMs);
  expect(events.slice(-33_000).map(([, value]) => value)).toEqual(
    Array.from({ length: 33_000 }, (_, at) => at),
  );
});

test('a few frames are acknowledged after t2, and a silent link is tested after t3', {
  timeout: 20_000,
}, async () => {
  const { peer, connector, samples, connected } = await scene({ points: [{ key: 'p', address: '1/5' }] });
  await connector.start();
  await connected();
  peer.set(5, 1);
  await until('taken', () => samples('p').some(([, value]) => value === 1));
  await until('acknowledged', () => peer.unacknowledged() === 0, 3_000);
  await until('tested', () => peer.controls.some(({ octet }) => octet === 0x43), 3_000);
  expect(connector.state().state).toBe('connected');
  peer.behaviour.testFrames = 'silent';
  await until('a test without answer ends the link', () => samples('p').at(-1)?.[3] === 'stale', 6_000);
  expect(connector.state().lastError).toMatch(/did not confirm testfr-act/);
});

test('a broken rule of the link ends it, an odd ASDU does not', { timeout: 30_000 }, async () => {
  const { peer, connector, samples, connected } = await scene({ points: [{ key: 'p', address: '1/5' }] });
  await connector.start();
  await connected();
  // A type of the manufacturer, an ASDU cut short, and a mirrored value are skipped and acknowledged.
  peer.send(asduOf({ type: 200, cause: 3, octets: Buffer.from([5, 0, 0, 1, 2, 3]) }));
  peer.send(asduOf({ type: 13, cause: 3, octets: Buffer.from([5, 0, 0, 1]) }));
  peer.send(asduOf({ type: 1, cause: 45, octets: Buffer.from([5, 0, 0, 1]) }));
  peer.send(Buffer.from([1, 1]));
  peer.set(5, 8);
  await until('the next value', () => samples('p').some(([, value]) => value === 8));
  expect(connector.state()).toMatchObject({ state: 'connected', lastError: null });
  for (const [octets, message] of [
    [[0x68, 4, 1, 0, 0x10, 0x10], /acknowledges 2056, which was not sent/],
    [[0x68, 4, 0x07, 0, 0, 0], /controlling station too/],
    [[0x68, 14, 0x40, 0x40, 2, 0, 100, 1, 10, 0, 1, 0, 0, 0, 0, 20], /out of sequence/],
    [[0x68, 4, 0x0f, 0, 0, 0], /no control function/],
    [[0x68, 2, 1, 0], /cannot have the length 2/],
  ] as const) {
    await connected();
    await until('interrogated', () => samples('p').at(-1)?.[2] === 'good');
    peer.raw(Buffer.from(octets));
    await until(String(message), () => message.test(connector.state().lastError ?? ''));
  }
  await connected();
});

test('stopping acknowledges what came and says STOPDT', { timeout: 20_000 }, async () => {
  const { peer, connector, samples, connected } = await scene({ points: [{ key: 'p', address: '1/5' }] });
  await connector.start();
  await connected();
  peer.set(5, 1);
  await until('taken', () => samples('p').some(([, value]) => value === 1));
  const before = performance.now();
  await connector.stop();
  expect(performance.now() - before).toBeLessThan(900);
  expect(peer.controls.at(-1)).toEqual({ octet: 0x13, inFlight: 0 });
  await until('nothing is sent again to the next', () => peer.unacknowledged() === 0);
});

test('times that cannot be right are replaced by the time of receipt', { timeout: 20_000 }, async () => {
  const { peer, connector, samples, connected } = await scene({
    points: [{ key: 'p', address: '1/5', encoding: 'single' }],
  });
  await connector.start();
  await connected();
  const tagged = (time: Buffer) =>
    peer.send(
      asduOf({ type: 30, cause: 3, octets: Buffer.concat([objectOctets(5), Buffer.from([1]), time]) }),
    );
  const invalid = chinaTime(Date.now());
  invalid[2] = (invalid[2] ?? 0) | 0x80;
  const beforeMs = Date.now();
  tagged(invalid);
  tagged(chinaTime(Date.now() + 10 * 86_400_000));
  tagged(chinaTime(1_700_000_000_123));
  await until('all three', () => samples('p').filter((sample) => sample[1] === true).length === 3);
  const [first, second, third] = samples('p').filter((sample) => sample[1] === true);
  expect(first?.slice(1)).toEqual([true, 'uncertain', 'time-invalid']);
  expect(second?.slice(1)).toEqual([true, 'uncertain', 'time-ahead']);
  for (const sample of [first, second]) expect(sample?.[0]).toBeGreaterThanOrEqual(beforeMs);
  expect(third).toEqual([1_700_000_000_123, true, 'good']);
});
