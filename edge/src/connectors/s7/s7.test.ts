import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import type { Gap, Reading } from '../../connector.ts';
import { silentLog } from '../../log.ts';
import { connectorContract } from '../../testing/connector-contract.ts';
import { type S7PeerOptions, startS7Peer } from '../../testing/s7-peer.ts';
import { until } from '../../testing/wait.ts';
import { S7Config } from './s7.config.ts';
import { createS7 } from './s7.ts';

describe('s7 keeps the contract of connectors:', () => {
  const contract = connectorContract({
    async startPeer(port) {
      const peer = await startS7Peer(port === undefined ? {} : { port });
      return {
        port: peer.port,
        set: (value) => void peer.memory.get(1)?.writeFloatBE(value, 8),
        stop: peer.stop,
      };
    },
    create: (port, context, host) =>
      createS7({
        ...context,
        config: S7Config.parse({
          name: 'furnace',
          protocol: 's7',
          endpoint: `tcp://${host}:${port}`,
          intervalMs: 50,
          timeoutMs: 1_000,
          points: [
            { key: 'contract.value', address: 'DB1.DBD8', encoding: 'real', unit: 'Cel' },
            { key: 'contract.missing', address: 'DB99.DBW0' },
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

async function scene(points: object[], options: S7PeerOptions = {}, rest: object = {}) {
  const peer = await startS7Peer(options);
  undo.push(() => peer.stop());
  const folder = await mkdtemp(join(tmpdir(), 'ronghe-s7-'));
  undo.push(() => rm(folder, { recursive: true }));
  const readings: Reading[] = [];
  const gaps: Gap[] = [];
  const connector = createS7({
    config: S7Config.parse({
      name: 'furnace',
      protocol: 's7',
      endpoint: `tcp://127.0.0.1:${peer.port}`,
      intervalMs: 50,
      timeoutMs: 1_000,
      points,
      ...rest,
    }),
    emit: (some) => readings.push(...some),
    gap: (gap) => gaps.push(gap),
    log: silentLog(),
    clock: systemClock,
    folder,
  });
  undo.push(() => connector.stop());
  const values = (key: string) => readings.filter((each) => each.point.key === key);
  return {
    peer,
    connector,
    gaps,
    values,
    first: async (key: string) => (await until(key, () => values(key)[0])).sample,
    /** Waits until so many more requests have been answered. */
    requests: async (more: number) => {
      const before = peer.reads.length;
      await until(`${more} more requests`, () => peer.reads.length >= before + more);
    },
  };
}

test('all areas are read, as their engineers write them, and types follow', { timeout: 20_000 }, async () => {
  const { peer, connector, first } = await scene([
    { key: 'real', address: 'DB1.DBD8', encoding: 'real' },
    { key: 'bit', address: 'DB1.DBX3.5' },
    { key: 'scaled', address: '%DB1.DBW12', encoding: 'int', scale: 0.1, offset: 50 },
    { key: 'memory', address: 'MW10' },
    { key: 'input', address: 'E0.7' },
    { key: 'output', address: 'QB1' },
    { key: 'counter', address: 'C3' },
    { key: 'timer', address: 'T5' },
    { key: 'text', address: 'DB1.DBB20', encoding: 'string', length: 8 },
  ]);
  const db = peer.memory.get(1);
  db?.writeFloatBE(21.3, 8);
  db?.writeUInt8(0x20, 3);
  db?.writeInt16BE(-3, 12);
  db?.write('\x08\x0500123', 20, 'latin1');
  peer.memory.get('M')?.writeUInt16BE(40_000, 10);
  peer.memory.get('I')?.writeUInt8(0x80, 0);
  peer.memory.get('Q')?.writeUInt8(200, 1);
  peer.memory.get('C')?.writeUInt16BE(0x123, 6);
  peer.memory.get('T')?.writeUInt16BE(0x2042, 10);
  await connector.start();
  expect((await first('real')).slice(1)).toEqual([21.3, 'good']);
  expect((await first('bit'))[1]).toBe(true);
  expect((await first('scaled'))[1]).toBe(49.7);
  expect((await first('memory'))[1]).toBe(40_000);
  expect((await first('input'))[1]).toBe(true);
  expect((await first('output'))[1]).toBe(200);
  expect((await first('counter'))[1]).toBe(123);
  expect((await first('timer'))[1]).toBe(42_000);
  expect((await first('text'))[1]).toBe('00123');
  // One request holds them all.
  expect(peer.reads[0]?.toSorted()).toEqual(['C.3+1', 'DB1.3+27', 'I.0+1', 'M.10+2', 'Q.1+1', 'T.5+1']);
  expect(peer.violations).toEqual([]);
});

test('the end of a data block is found by halving, and the points before it stay good', {
  timeout: 20_000,
}, async () => {
  const points = Array.from({ length: 60 }, (_, at) => ({ key: `p${at}`, address: `DB7.DBW${at * 2}` }));
  const { peer, connector, first, requests } = await scene([...points, { key: 'm', address: 'MB0' }]);
  peer.memory.set(7, Buffer.alloc(100, 1));
  await connector.start();
  for (const { key } of points.slice(0, 50)) expect((await first(key)).slice(1)).toEqual([257, 'good']);
  for (const { key } of points.slice(50))
    expect((await first(key)).slice(1)).toEqual([null, 'bad', 'address-out-of-range']);
  expect((await first('m'))[2]).toBe('good');
  await until('they are counted', () => connector.state().pointsFailed === 10);
  const before = peer.reads.length;
  await requests(4);
  // Nothing behind the end is asked for any longer.
  const ends = peer.reads
    .slice(before)
    .flat()
    .filter((item) => item.startsWith('DB7'))
    .map((item) => item.slice(4).split('+').map(Number))
    .map(([start = 0, length = 0]) => start + length);
  expect(Math.max(...ends)).toBe(100);
});

test('each refusal has its own reason, and what was refused comes back with the next connection', {
  timeout: 20_000,
}, async () => {
  const { peer, connector, first, values, requests } = await scene(
    [
      { key: 'good', address: 'DB1.DBW0' },
      { key: 'denied', address: 'DB5.DBW0' },
      { key: 'missing', address: 'DB9.DBW0' },
      { key: 'short', address: 'DB1.DBW2000' },
    ],
    { denied: [5] },
  );
  await connector.start();
  expect((await first('denied')).slice(1)).toEqual([null, 'bad', 'access-denied']);
  expect((await first('missing')).slice(1)).toEqual([null, 'bad', 'object-does-not-exist']);
  expect((await first('short')).slice(1)).toEqual([null, 'bad', 'address-out-of-range']);
  await requests(3);
  expect(values('missing')).toHaveLength(1);
  expect(connector.state()).toMatchObject({ state: 'connected', points: 4, pointsFailed: 3 });
  peer.memory.set(9, Buffer.alloc(2));
  peer.options.hangsUp = true;
  await until('the loss is seen', () => connector.state().state === 'disconnected');
  peer.options.hangsUp = false;
  await until('it is good', () => values('missing').at(-1)?.sample[2] === 'good');
  await until('two are left', () => connector.state().pointsFailed === 2);
});

test('PUT/GET forbidden is told for every point, and the connection stays', { timeout: 20_000 }, async () => {
  const { peer, connector, values, first, requests } = await scene(
    [
      { key: 'a', address: 'DB1.DBW0' },
      { key: 'b', address: 'MW0' },
    ],
    { jobError: 0x8104 },
  );
  await connector.start();
  expect((await first('a')).slice(1)).toEqual([null, 'bad', 'function-not-available']);
  expect((await first('b')).slice(1)).toEqual([null, 'bad', 'function-not-available']);
  await until('both are counted', () => connector.state().pointsFailed === 2);
  await requests(3);
  expect(peer.setups).toBe(1);
  peer.options.jobError = 0;
  await until('both are good', () => values('b').at(-1)?.sample[2] === 'good');
  await until('none is counted', () => connector.state().pointsFailed === 0);
});

test('a point for which the PLC refuses the whole job is found, and its neighbours stay good', {
  timeout: 20_000,
}, async () => {
  const points = Array.from({ length: 12 }, (_, at) => ({ key: `p${at}`, address: `DB${at + 20}.DBW0` }));
  const { peer, connector, first } = await scene(points, { jobErrorFor: { db: 25, error: 0x8701 } });
  for (const [at] of points.entries()) peer.memory.set(at + 20, Buffer.alloc(2, at));
  await connector.start();
  for (const [at, { key }] of points.entries())
    expect((await first(key)).slice(1)).toEqual(
      at === 5 ? [null, 'bad', 'address-error'] : [at * 257, 'good'],
    );
  await until('it is counted', () => connector.state().pointsFailed === 1);
});

test('values larger than a PDU come whole, over TPDUs smaller than a PDU', { timeout: 20_000 }, async () => {
  const { peer, connector, first } = await scene(
    [{ key: 'wide', address: 'DB1.DBB0', encoding: 'wstring', length: 300 }],
    { tpduCode: 7 },
  );
  const text = '融合'.repeat(150);
  const db = peer.memory.get(1);
  db?.writeUInt16BE(300, 0);
  db?.writeUInt16BE(300, 2);
  Buffer.from(text, 'utf16le')
    .swap16()
    .copy(db ?? Buffer.alloc(0), 4);
  await connector.start();
  expect((await first('wide')).slice(1)).toEqual([text, 'good']);
  expect(peer.violations).toEqual([]);
});

test('as many jobs run at a time as were settled, and no more', { timeout: 20_000 }, async () => {
  const points = Array.from({ length: 200 }, (_, at) => ({ key: `p${at}`, address: `DB${at + 1}.DBW0` }));
  for (const jobs of [1, 3]) {
    const { peer, connector, requests } = await scene(points, { jobs, delayMs: 5 });
    await connector.start();
    await requests(12);
    expect(peer.jobsMost).toBe(jobs);
    expect(peer.violations).toEqual([]);
    await connector.stop();
  }
});

test('rack, slot and kind of connection, or TSAPs, reach the PLC', { timeout: 20_000 }, async () => {
  const cases: [object, [number, number]][] = [
    [{}, [0x0100, 0x0201]],
    [{ rack: 1, slot: 3, connectionType: 'pg' }, [0x0100, 0x0123]],
    [{ localTsap: '10.00', remoteTsap: '4D.57' }, [0x1000, 0x4d57]],
  ];
  for (const [rest, tsaps] of cases) {
    const { peer, connector, first } = await scene([{ key: 'p', address: 'MB0' }], { tpduCode: null }, rest);
    await connector.start();
    await first('p');
    expect(peer.tsaps).toEqual(tsaps);
  }
});

test('a refused connection is told with what to look at', { timeout: 20_000 }, async () => {
  const { connector, values } = await scene([{ key: 'p', address: 'MB0' }], { refuses: true });
  await connector.start();
  const error = await until('the error', () => connector.state().lastError);
  expect(error).toMatch(/reason 3.*rack, slot or TSAP/);
  expect(values('p').map((each) => each.sample.slice(1))).toEqual([[null, 'bad', 'stale']]);
});

test('one answer that never comes is not a loss, and a late one is not taken for another', {
  timeout: 20_000,
}, async () => {
  const { peer, connector, first, values } = await scene(
    [{ key: 'p', address: 'MB0' }],
    { silentReads: 1, delayMs: 100 },
    { timeoutMs: 300 },
  );
  await connector.start();
  expect((await first('p'))[2]).toBe('good');
  expect(peer.setups).toBe(1);
  const before = values('p').length;
  const asked = peer.reads.length;
  await until('another job is under way', () => peer.reads.length > asked);
  // The answer to job 2, for which nobody waits any longer, with a value that must not be believed.
  peer.send(Buffer.from('0300001a02f0803203000000020002000500000401ff040008ee', 'hex'));
  await until('three more values', () => values('p').length > before + 3);
  expect(values('p').every((each) => each.sample[1] === 0)).toBe(true);
  expect(peer.setups).toBe(1);
});

test('a PLC that answers no longer is left after three requests, however many jobs it would take', {
  timeout: 20_000,
}, async () => {
  const { peer, connector, first } = await scene(
    [{ key: 'p', address: 'MB0' }],
    { jobs: 8 },
    { timeoutMs: 150 },
  );
  await connector.start();
  await first('p');
  peer.options.silentReads = 1_000;
  const before = peer.reads.length;
  await until('the loss is seen', () => connector.state().state === 'disconnected');
  expect(peer.reads.length - before).toBe(3);
  expect(connector.state().lastError).toBe('3 requests in a row had no answer');
});

test('a loss is told once, with its gap when it is over', { timeout: 20_000 }, async () => {
  const { peer, connector, first, values, gaps } = await scene([{ key: 'p', address: 'MB0' }]);
  await connector.start();
  await first('p');
  const beforeMs = Date.now();
  peer.options.hangsUp = true;
  await until('it is stale', () => values('p').at(-1)?.sample[3] === 'stale');
  const setups = peer.setups;
  // Connections that are closed at the first read are no recovery.
  await until('two more tries', () => peer.setups >= setups + 2);
  expect(values('p').filter((each) => each.sample[3] === 'stale')).toHaveLength(1);
  expect(connector.state()).toMatchObject({ state: 'disconnected', recoveries: 0 });
  expect(gaps).toEqual([]);
  peer.options.hangsUp = false;
  await until('it is good again', () => values('p').at(-1)?.sample[2] === 'good');
  expect(gaps).toEqual([
    { fromMs: expect.any(Number), toMs: expect.any(Number), points: 1, filled: null, reason: 'link-lost' },
  ]);
  // It begins with the last answer, which came a moment before.
  expect(gaps[0]?.fromMs).toBeGreaterThanOrEqual(beforeMs - 1_000);
  expect(gaps[0]?.toMs).toBeGreaterThan(gaps[0]?.fromMs ?? 0);
  expect(connector.state().recoveries).toBe(1);
});

test('bytes that are no frame end the connection, not the collector', { timeout: 20_000 }, async () => {
  const { peer, connector, first, values } = await scene([{ key: 'p', address: 'MB0' }]);
  await connector.start();
  await first('p');
  peer.send(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
  await until('it is stale', () => values('p').at(-1)?.sample[3] === 'stale');
  expect(connector.state().lastError).toMatch(/not ISO-on-TCP/);
  await until('it is good again', () => values('p').at(-1)?.sample[2] === 'good');
});

test('with onChange an unchanged value is told once', { timeout: 20_000 }, async () => {
  const { peer, connector, values, requests } = await scene(
    [{ key: 'p', address: 'MB0' }],
    {},
    { onChange: true },
  );
  await connector.start();
  await requests(6);
  expect(values('p')).toHaveLength(1);
  peer.memory.get('M')?.writeUInt8(9, 0);
  await until('the change', () => values('p').at(-1)?.sample[1] === 9);
  expect(values('p')).toHaveLength(2);
  // After a loss the same value is told again, or the point would stay stale.
  peer.options.hangsUp = true;
  await until('it is stale', () => values('p').at(-1)?.sample[3] === 'stale');
  peer.options.hangsUp = false;
  await until('it is good again', () => values('p').at(-1)?.sample[2] === 'good', 5_000);
  expect(values('p')).toHaveLength(4);
});
