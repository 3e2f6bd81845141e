import { connect } from 'node:net';
import { PointKey } from '@ronghe/contracts';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import type { Gap, Reading } from '../../connector.ts';
import { silentLog } from '../../log.ts';
import { connectorContract } from '../../testing/connector-contract.ts';
import { framed, type Hj212PeerOptions, startHj212Peer, timeText } from '../../testing/hj212-peer.ts';
import { freePort } from '../../testing/tcp-proxy.ts';
import { until } from '../../testing/wait.ts';
import { Hj212Config } from './hj212.config.ts';
import { createHj212 } from './hj212.ts';

const MN = '31011500000001';

describe('hj212 keeps the contract of connectors:', () => {
  const contract = connectorContract({
    listens: true,
    async startPeer(port = 0) {
      const peer = startHj212Peer(port);
      return { port, set: (value) => peer.set(value), stop: peer.stop };
    },
    create: (port, context, host) =>
      createHj212({
        ...context,
        config: Hj212Config.parse({
          name: 'outlet',
          protocol: 'hj212',
          endpoint: `tcp://${host}:${port}`,
          stations: [{ mn: MN, password: '123456' }],
          idleTimeoutMs: 3_000,
          points: [
            { key: 'contract.value', address: `${MN}/2011/a01012-Rtd`, unit: 'Cel' },
            { key: 'contract.missing', address: `${MN}/2011/a99999-Rtd` },
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

/** A connector that listens, and a way to let loggers call it. */
async function listening(config: object) {
  const port = await freePort();
  const readings: Reading[] = [];
  const gaps: Gap[] = [];
  const connector = createHj212({
    config: Hj212Config.parse({
      name: 'outlet',
      protocol: 'hj212',
      endpoint: `tcp://127.0.0.1:${port}`,
      stations: [{ mn: MN, password: '123456' }],
      ...config,
    }),
    emit: (some) => readings.push(...some),
    gap: (gap) => gaps.push(gap),
    log: silentLog(),
    clock: systemClock,
    folder: '/nonexistent',
  });
  await connector.start();
  undo.push(() => connector.stop());
  const call = async (options: Hj212PeerOptions = {}) => {
    const peer = startHj212Peer(port, { periodMs: null, ...options });
    undo.push(() => peer.stop());
    await until('the logger is connected', () => peer.connects() > 0);
    return peer;
  };
  const of = (key: string) => readings.filter((each) => each.point.key === key);
  return { port, connector, readings, gaps, call, of };
}

const sampleOf = async (of: (key: string) => Reading[], key: string) =>
  (await until(key, () => of(key)[0])).sample;

test('every code becomes a point with name and unit; its flag becomes its quality and its DataTime its time', async () => {
  const { call, of, connector } = await listening({ discover: true });
  const peer = await call();
  peer.send({
    area: 'DataTime=20261129140000;w01018-Rtd=50.1,w01018-Flag=N;w21003-Rtd=2.5,w21003-Flag=T;a34004-Rtd=7,a34004-Flag=D',
  });
  peer.send({ cn: '2061', area: 'DataTime=20261129130000;w01018-Avg=48,w01018-Cou=3,w01018-Flag=N' });
  const atMs = Date.parse('2026-11-29T06:00:00Z');
  expect(await sampleOf(of, `${MN}.w01018-Rtd`)).toEqual([atMs, 50.1, 'good']);
  expect(await sampleOf(of, `${MN}.w21003-Rtd`)).toEqual([atMs, 2.5, 'uncertain', 'over-range']);
  expect(await sampleOf(of, `${MN}.a34004-Rtd`)).toEqual([atMs, 7, 'bad', 'instrument-fault']);
  expect(await sampleOf(of, `${MN}.2061.w01018-Avg`)).toEqual([atMs - 3_600_000, 48, 'good']);
  expect(of(`${MN}.2061.w01018-Cou`)[0]?.point).toMatchObject({ unit: 'kg', name: '化学需氧量累计值' });
  expect(of(`${MN}.w01018-Rtd`)[0]?.point).toMatchObject({
    unit: 'mg/L',
    type: 'number',
    connection: 'outlet',
  });
  expect(connector.state()).toMatchObject({ state: 'connected', points: 5, pointsFailed: 0 });
  const items = await connector.browse?.({ node: MN, limit: 10 });
  expect(items?.map((item) => item.id)).toContain(`${MN}/2061/w01018-Avg`);
});

test('a message that asks for an answer gets one with its QN: 9014 for data, 9013 for a heartbeat, as its version writes it', async () => {
  const { call } = await listening({ discover: true });
  const peer = await call();
  const first = peer.send({ area: 'now;w01018-Rtd=1' });
  const tail = `PW=123456;MN=${MN};Flag=4;CP=&&&&`;
  await until('the answer', () => peer.answers.length === 1);
  expect(peer.answers[0]).toBe(`QN=${first};ST=91;CN=9014;${tail}`);
  const beat = peer.send({ cn: '9015', st: '91', area: '' });
  await until('the answer to the heartbeat', () => peer.answers.length === 2);
  expect(peer.answers[1]).toBe(`QN=${beat};ST=91;CN=9013;${tail}`);
  peer.send({ area: 'now;w01018-Rtd=2', flag: 4 });
  const old = peer.send({ area: 'now;011-Rtd=3', flag: 1 });
  await until('the answer of 2005', () => peer.answers.length === 3);
  expect(peer.answers[2]).toBe(`QN=${old};ST=91;CN=9014;PW=123456;MN=${MN};Flag=0;CP=&&QN=${old};CN=2011&&`);
});

test('the pieces of a message are put together, and each is answered', async () => {
  const { call, of } = await listening({ discover: true });
  const peer = await call();
  peer.send({
    cn: '2051',
    area: '',
    pieces: ['DataTime=20261129140000;w01018-Av', 'g=12.5,w01018-Flag=N', 'w21003-Avg=3,w21003-Flag=N'],
  });
  expect((await sampleOf(of, `${MN}.2051.w01018-Avg`))[1]).toBe(12.5);
  expect((await sampleOf(of, `${MN}.2051.w21003-Avg`))[1]).toBe(3);
  await until('three answers', () => peer.answers.length === 3);
});

test('an unknown station and a wrong password are refused, counted and never shown', async () => {
  const { call, connector, readings } = await listening({ discover: true });
  for (const [turn, options] of [{ mn: '99999999999999' }, { pw: '654321' }].entries()) {
    const peer = await call(options);
    peer.send({ area: 'now;w01018-Rtd=1' });
    await until('it is sent away', () => !peer.isConnected());
    await until('it is counted', () => connector.state().lastError?.includes(`refused: ${turn + 1}`));
    await peer.stop();
  }
  expect(readings).toEqual([]);
  expect(connector.state().state).toBe('connecting');
  expect(JSON.stringify(connector.state())).not.toMatch(/123456|654321/);
});

test('several stations, also behind one connection: the loss of one makes its own points stale only', async () => {
  const other = '31011500000002';
  const { call, of, connector, gaps } = await listening({
    stations: [{ mn: MN }, { mn: other, equipment: '2号排口' }],
    points: [
      { key: 'one', address: `${MN}/2011/w01018-Rtd` },
      { key: 'two', address: `${other}/2011/w01018-Rtd` },
    ],
  });
  const both = await call();
  const second = await call({ mn: other });
  both.send({ area: 'now;w01018-Rtd=1' });
  both.send({ mn: other, area: 'now;w01018-Rtd=2' });
  await until('both', () => of('one').length === 1 && of('two').length === 1);
  // The second logger calls for itself, so the first connection no longer stands for it.
  second.send({ area: 'now;w01018-Rtd=3' });
  await until('the second', () => of('two').length === 2);
  expect(connector.state().pointsFailed).toBe(0);
  await both.stop();
  const stale = await until('stale', () => of('one').at(-1)?.sample[3] === 'stale' && of('one').at(-1));
  expect(stale.sample.slice(1)).toEqual([null, 'bad', 'stale']);
  expect(of('two').length).toBe(2);
  expect(connector.state()).toMatchObject({ state: 'connected', pointsFailed: 1 });
  const again = await call();
  again.send({ area: 'now;w01018-Rtd=4' });
  await until('it is back', () => of('one').at(-1)?.sample[1] === 4);
  expect(gaps).toMatchObject([{ points: 1, filled: null, reason: 'link-lost' }]);
  expect(of('two')[0]?.point.equipment).toBe('2号排口');
});

test('a logger that connects anew for every report is not lost in between, and is after goneAfterMs', async () => {
  const { call, of } = await listening({
    goneAfterMs: 700,
    points: [{ key: 'one', address: `${MN}/2011/w01018-Rtd` }],
  });
  for (const value of [1, 2]) {
    const peer = await call();
    peer.send({ area: `now;w01018-Rtd=${value}` });
    await until('the value', () => of('one').at(-1)?.sample[1] === value);
    await peer.stop();
  }
  expect(of('one')).toHaveLength(2);
  await until('stale at last', () => of('one').at(-1)?.sample[3] === 'stale');
});

test('a station that never calls is told stale after the idle timeout', async () => {
  const { of, connector } = await listening({
    idleTimeoutMs: 1_000,
    points: [{ key: 'one', address: `${MN}/2011/w01018-Rtd` }],
  });
  await until('stale', () => of('one').length === 1);
  expect(connector.state()).toMatchObject({ state: 'disconnected', pointsFailed: 1 });
});

test('callers that do not speak HJ 212, and one too many, are sent away', async () => {
  const { port, call, of } = await listening({ connectionsMax: 2, discover: true });
  const peer = await call();
  const closed = (bytes: Uint8Array | null) =>
    new Promise<void>((resolve) => {
      const socket = connect({ host: '127.0.0.1', port }, () => {
        if (bytes !== null) socket.write(bytes);
      });
      socket.on('error', () => undefined);
      socket.on('close', () => resolve());
      socket.resume();
    });
  const wrong = Buffer.from(framed('MN=1;CN=2011;CP=&&&&'));
  wrong[wrong.length - 3] = 0x47;
  await closed(Buffer.concat(Array.from({ length: 12 }, () => wrong)));
  await closed(Buffer.concat(Array.from({ length: 12 }, () => Buffer.from('##GET / HTTP/1.1\r\n'))));
  const second = await call();
  await closed(null);
  for (const each of [peer, second]) each.send({ area: `DataTime=${timeText(14)};w01018-Rtd=5` });
  await until('the others go on', () => of(`${MN}.w01018-Rtd`).length === 2);
});

test('a moment that is cut into many messages misses no point, and three moments without it do', async () => {
  const { call, of, connector } = await listening({ discover: true });
  const peer = await call();
  const codes = ['w01018', 'w21003', 'w21011', 'w21001', 'w01001', 'w01010'];
  for (const minute of [1, 2])
    for (const code of codes) peer.send({ area: `DataTime=2026112914000${minute};${code}-Rtd=1` });
  for (const code of codes) await until(code, () => of(`${MN}.${code}-Rtd`).length === 2);
  expect(connector.state().pointsFailed).toBe(0);
  for (const minute of [3, 4, 5]) peer.send({ area: `DataTime=2026112914000${minute};w01018-Rtd=1` });
  await until('the others are missed', () => connector.state().pointsFailed === 5);
  expect(of(`${MN}.w01010-Rtd`).map((each) => each.sample[3])).toEqual([
    undefined,
    undefined,
    'not-reported',
  ]);
  peer.send({ area: 'DataTime=20261129140006;w01010-Rtd=2' });
  await until('one is back', () => connector.state().pointsFailed === 4);
});

test('discovered points end at pointsMax, and have keys that the platform takes', async () => {
  const { call, connector, of, readings } = await listening({ discover: true, pointsMax: 3 });
  const peer = await call();
  peer.send({ area: 'now;no key!-Rtd=1,水-Rtd=2,-Rtd=3,__proto__-Rtd=4' });
  peer.send({ area: `now;${Array.from({ length: 9 }, (_, at) => `a0000${at}-Rtd=${at}`).join(';')}` });
  await until('some', () => of(`${MN}.a00001-Rtd`).length === 1);
  expect(connector.state().points).toBe(3);
  for (const { point } of readings) expect(PointKey.safeParse(point.key).success, point.key).toBe(true);
});

test('an address that cannot be had is told and tried again', async () => {
  const { port } = await listening({ discover: true });
  const second = createHj212({
    config: Hj212Config.parse({
      name: 'b',
      protocol: 'hj212',
      endpoint: `tcp://127.0.0.1:${port}`,
      stations: [{ mn: MN }],
      discover: true,
    }),
    emit: () => undefined,
    gap: () => undefined,
    log: silentLog(),
    clock: systemClock,
    folder: '/nonexistent',
  });
  await second.start();
  await until('it is told', () => second.state().lastError?.includes('EADDRINUSE'));
  expect(second.state().state).toBe('disconnected');
  await second.stop();
  expect(second.state().state).toBe('stopped');
});
