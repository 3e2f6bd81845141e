import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import type { Gap, Reading } from '../../connector.ts';
import { silentLog } from '../../log.ts';
import { connectorContract } from '../../testing/connector-contract.ts';
import { type Dlt645PeerOptions, startDlt645Peer } from '../../testing/dlt645-peer.ts';
import { until } from '../../testing/wait.ts';
import { Dlt645Config } from './dlt645.config.ts';
import { createDlt645 } from './dlt645.ts';

const METER = '000000000161';
const OTHER = '000000000162';

describe('dlt645 keeps the contract of connectors:', () => {
  const contract = connectorContract({
    async startPeer(port) {
      const peer = await startDlt645Peer(port === undefined ? {} : { port });
      const set = (value: number) =>
        peer.set(METER, '02010100', value.toFixed(1).replace('.', '').padStart(4, '0'));
      set(0);
      return { port: peer.port, set, stop: peer.stop };
    },
    create: (port, context, host) =>
      createDlt645({
        ...context,
        config: Dlt645Config.parse({
          name: 'meters',
          protocol: 'dlt645',
          endpoint: `tcp://${host}:${port}`,
          meter: METER,
          intervalMs: 50,
          timeoutMs: 1_200,
          pauseMs: 0,
          points: [
            { key: 'contract.value', address: '02010100', unit: 'Cel' },
            { key: 'contract.missing', address: '02010200' },
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

async function reading(config: object, options: Dlt645PeerOptions = {}) {
  const peer = await startDlt645Peer(options);
  undo.push(() => peer.stop());
  const readings: Reading[] = [];
  const gaps: Gap[] = [];
  const connector = createDlt645({
    config: Dlt645Config.parse({
      name: 'meters',
      protocol: 'dlt645',
      endpoint: `tcp://127.0.0.1:${peer.port}`,
      meter: METER,
      intervalMs: 50,
      timeoutMs: 200,
      pauseMs: 0,
      ...config,
    }),
    emit: (some) => readings.push(...some),
    gap: (gap) => gaps.push(gap),
    log: silentLog(),
    clock: systemClock,
    folder: '/nonexistent',
  });
  undo.push(() => connector.stop());
  const of = (key: string) => readings.filter((each) => each.point.key === key);
  const last = (key: string) => of(key).at(-1)?.sample.slice(1);
  return { peer, connector, of, last, gaps };
}

test('energies, voltages, powers, dates: with value, sign, unit and name of the standard', async () => {
  const { peer, connector, of } = await reading({
    points: [
      { key: 'energy', address: '00010000' },
      { key: 'tariff', address: '00010200' },
      { key: 'voltage', address: '02010100' },
      { key: 'current', address: '02020100' },
      { key: 'power', address: '02030000' },
      { key: 'factor', address: '02060000' },
      { key: 'frequency', address: '02800002' },
      { key: 'date', address: '04000101' },
      { key: 'time', address: '04000102' },
      { key: 'number', address: '04000402' },
      { key: 'own', address: '02a30000', format: 'XXXX.XXXX', signed: true, unit: 'kW' },
    ],
  });
  peer.set(METER, '00010000', '00123456');
  peer.set(METER, '00010200', '00000789');
  peer.set(METER, '02010100', '2205');
  peer.set(METER, '02020100', '-001250');
  peer.set(METER, '02030000', '-012345');
  peer.set(METER, '02060000', '-0987');
  peer.set(METER, '02800002', '4998');
  peer.set(METER, '04000101', '26112900');
  peer.set(METER, '04000102', '140530');
  peer.set(METER, '04000402', '000000000161');
  peer.set(METER, '02A30000', '-00011234');
  await connector.start();
  const value = async (key: string) => (await until(key, () => of(key)[0])).sample.slice(1);
  expect(await value('energy')).toEqual([1234.56, 'good']);
  expect(await value('tariff')).toEqual([7.89, 'good']);
  expect(await value('voltage')).toEqual([220.5, 'good']);
  expect(await value('current')).toEqual([-1.25, 'good']);
  expect(await value('power')).toEqual([-1.2345, 'good']);
  expect(await value('factor')).toEqual([-0.987, 'good']);
  expect(await value('frequency')).toEqual([49.98, 'good']);
  expect(await value('date')).toEqual(['2026-11-29', 'good']);
  expect(await value('time')).toEqual(['14:05:30', 'good']);
  expect(await value('number')).toEqual(['000000000161', 'good']);
  expect(await value('own')).toEqual([-1.1234, 'good']);
  expect(of('energy')[0]?.point).toMatchObject({ unit: 'kW.h', name: '当前正向有功总电能', type: 'number' });
  const offered = await connector.browse?.({ node: METER, limit: 100 });
  expect(offered?.find((item) => item.id === '02010100')).toMatchObject({ unit: 'V', type: 'number' });
});

test('an item of several frames is put together, byte by byte and behind our own echo', async () => {
  const { peer, connector, last } = await reading(
    {
      timeoutMs: 4_000,
      points: [{ key: 'long', address: '04000404', format: 'N'.repeat(24), type: 'text' }],
    },
    { pieceBytes: 5, echoes: true, dribbles: true },
  );
  peer.set(METER, '04000404', '123456789012345678901234');
  await connector.start();
  await until('the item', () => last('long'));
  expect(last('long')).toEqual(['123456789012345678901234', 'good']);
  expect(peer.requests.slice(0, 3)).toEqual([
    `${METER}/04000404`,
    `${METER}/04000404#1`,
    `${METER}/04000404#2`,
  ]);
});

test('a refusal is told with its reasons, counted, and asked again only after a while', async () => {
  const { peer, connector, of, last } = await reading({
    points: [
      { key: 'good', address: '02010100' },
      { key: 'refused', address: '02010200' },
    ],
  });
  peer.set(METER, '02010100', '2300');
  peer.refuse(METER, '02010200', 0x06);
  await connector.start();
  await until('the refusal', () => last('refused'));
  expect(last('refused')).toEqual([null, 'bad', 'no-requested-data+not-authorised']);
  await until('the others go on', () => of('good').length > 5);
  expect(of('refused')).toHaveLength(1);
  expect(connector.state()).toMatchObject({ state: 'connected', points: 2, pointsFailed: 1 });
});

test('a meter that falls silent becomes stale alone, holds the others up little, and comes back', async () => {
  const { peer, connector, of, last, gaps } = await reading({
    points: [
      { key: 'one', address: '02010100' },
      { key: 'two', address: '02010100', meter: OTHER },
      { key: 'two-b', address: '02010200', meter: OTHER },
    ],
  });
  for (const [meter, id] of [
    [METER, '02010100'],
    [OTHER, '02010100'],
    [OTHER, '02010200'],
  ] as const)
    peer.set(meter, id, '2200');
  await connector.start();
  await until('all', () => last('one') && last('two') && last('two-b'));
  peer.silence(OTHER, null, true);
  await until('stale', () => last('two')?.[2] === 'stale');
  expect(last('two-b')).toEqual([null, 'bad', 'stale']);
  await until('it is counted', () => connector.state().pointsFailed === 2);
  const asked = () => peer.requests.filter((each) => each.startsWith(OTHER)).length;
  const before = { one: of('one').length, asked: asked() };
  await until('the other goes on', () => of('one').length > before.one + 5);
  expect(asked()).toBeLessThanOrEqual(before.asked + 1);
  expect(of('one').some((each) => each.sample[2] !== 'good')).toBe(false);
  expect(of('two').filter((each) => each.sample[3] === 'stale')).toHaveLength(1);
  peer.silence(OTHER, null, false);
  await until('it is back', () => last('two')?.[0] === 220, 15_000);
  expect(gaps).toMatchObject([{ points: 2, filled: null, reason: 'meter-silent' }]);
  expect(connector.state()).toMatchObject({ state: 'connected', recoveries: 0 });
});

test('an item that is never answered does not hide the others of its meter', async () => {
  const { peer, connector, of, last } = await reading({
    points: [
      { key: 'never', address: '02010100' },
      { key: 'good', address: '02010200' },
    ],
  });
  peer.set(METER, '02010100', '2200');
  peer.set(METER, '02010200', '2210');
  peer.silence(METER, '02010100', true);
  await connector.start();
  await until('it is told', () => last('never'));
  expect(last('never')).toEqual([null, 'bad', 'no-answer']);
  await until('the other goes on', () => of('good').length > 5);
  expect(of('good').every((each) => each.sample[2] === 'good')).toBe(true);
  expect(connector.state().pointsFailed).toBe(1);
});

test('a refusal that comes too late is not taken for the answer to the next request', async () => {
  const { peer, connector, of, last } = await reading({
    points: [
      { key: 'late', address: '02010100' },
      { key: 'good', address: '02010200' },
    ],
  });
  peer.set(METER, '02010200', '2210');
  peer.refuse(METER, '02010100', 0x01);
  peer.delay(METER, '02010100', 251);
  peer.delay(METER, '02010200', 50);
  await connector.start();
  await until('it is given up', () => last('late'));
  await until('the other goes on', () => of('good').length > 5);
  expect(of('good').every((each) => each.sample[2] === 'good')).toBe(true);
});

test('with onChange an unchanged value is told once', async () => {
  const { peer, connector, of } = await reading({
    onChange: true,
    points: [{ key: 'p', address: '02010100' }],
  });
  peer.set(METER, '02010100', '2200');
  await connector.start();
  await until('the first', () => of('p').length === 1);
  const polls = peer.requests.length;
  await until('five more polls', () => peer.requests.length >= polls + 5);
  expect(of('p')).toHaveLength(1);
  peer.set(METER, '02010100', '2201');
  await until('the change', () => of('p').at(-1)?.sample[1] === 220.1);
});

test('a gateway without a meter behind it is not connected', async () => {
  const { connector, of } = await reading({ points: [{ key: 'p', address: '02010100' }] });
  await connector.start();
  await until('it is told', () => connector.state().lastError?.includes('no answer'));
  expect(connector.state().state).toBe('disconnected');
  expect(of('p').map((each) => each.sample[3])).toEqual(['stale']);
});
