import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Collector, CollectorGap, Ledger, Page, Point } from '@ronghe/contracts';
import mqtt from 'mqtt';
import { afterAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { startHttpPeer } from '../../edge/src/testing/http-peer.ts';
import { startIec104Peer } from '../../edge/src/testing/iec104-peer.ts';
import { startModbusPeer } from '../../edge/src/testing/modbus-peer.ts';
import { startBroker } from '../../edge/src/testing/mqtt-peer.ts';
import { startOpcuaPeer } from '../../edge/src/testing/opcua-peer.ts';
import { startS7Peer } from '../../edge/src/testing/s7-peer.ts';
import { startTcpProxy, type TcpProxy } from '../../edge/src/testing/tcp-proxy.ts';
import { end, type Process, startProcess } from '../durability/processes.ts';
import { type Platform, startPlatform } from '../ingest/platform.ts';

/** So long every link is cut, stalled and garbled at random. */
const MINUTES = Number(process.env.LONG_MINUTES ?? 10);
const EVERY_MS = 100;
/** An outage of a polled device that is longer than this must be told as a gap. */
const GAP_MS_MIN = 4_000;
const SECOND_MS = 1_000;

const undo: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const work of undo.splice(0).reverse()) await work();
});

/** What a device told, one number after the other; each of them has to be in the table where the protocol keeps what was not fetched. */
type Device = { set(value: number): void };
type Scene = { devices: Record<string, Device>; proxies: Record<string, TcpProxy>; connections: object[] };

async function startDevices(): Promise<Scene> {
  const proxies: Record<string, TcpProxy> = {};
  const through = async (name: string, port: number): Promise<number> => {
    const proxy = await startTcpProxy(port);
    undo.push(() => proxy.close());
    proxies[name] = proxy;
    return proxy.port;
  };
  const opcua = await startOpcuaPeer({ history: new Map(), everyChange: true });
  undo.push(() => opcua.stop());
  opcua.set('Counter', 0);
  const modbus = await startModbusPeer();
  undo.push(() => modbus.stop());
  const s7 = await startS7Peer();
  undo.push(() => s7.stop());
  const iec104 = await startIec104Peer();
  undo.push(() => iec104.stop());
  const http = await startHttpPeer();
  undo.push(() => http.stop());
  const broker = await startBroker();
  undo.push(() => broker.stop());
  const machine = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`);
  undo.push(() => machine.endAsync(true));
  return {
    proxies,
    devices: {
      opcua: { set: (value) => opcua.set('Counter', value) },
      modbus: { set: (value) => modbus.setFloat(0, value) },
      s7: { set: (value) => void s7.memory.get(1)?.writeInt32BE(value, 0) },
      iec104: { set: (value) => iec104.set(1, value) },
      http: { set: (value) => http.set(value) },
      mqtt: {
        set: (value) =>
          void machine.publishAsync('hall/press', JSON.stringify({ ts: Date.now(), value }), { qos: 1 }),
      },
    },
    connections: [
      {
        name: 'opcua',
        protocol: 'opcua',
        endpoint: `opc.tcp://127.0.0.1:${await through('opcua', opcua.port)}`,
        publishingIntervalMs: 100,
        // As fast as it changes: what a server does not look at nobody can read.
        samplingIntervalMs: 0,
        points: [{ key: 'opcua.counter', address: 'ns=1;s=Counter' }],
      },
      {
        name: 'modbus',
        protocol: 'modbus',
        endpoint: `tcp://127.0.0.1:${await through('modbus', modbus.port)}`,
        intervalMs: 100,
        timeoutMs: 1_000,
        points: [{ key: 'modbus.counter', address: 'holding:0', encoding: 'float32' }],
      },
      {
        name: 's7',
        protocol: 's7',
        endpoint: `tcp://127.0.0.1:${await through('s7', s7.port)}`,
        intervalMs: 100,
        timeoutMs: 1_000,
        points: [{ key: 's7.counter', address: 'DB1.DBD0', encoding: 'dint' }],
      },
      {
        name: 'iec104',
        protocol: 'iec104',
        endpoint: `tcp://127.0.0.1:${await through('iec104', iec104.port)}`,
        points: [{ key: 'iec104.counter', address: '1/1', encoding: 'float' }],
      },
      {
        name: 'http',
        protocol: 'http',
        mode: 'poll',
        endpoint: `http://127.0.0.1:${await through('http', http.port)}/value`,
        intervalMs: 200,
        timeoutMs: 1_000,
        points: [{ key: 'http.counter', path: '/measured/value', time: '/measured/at' }],
      },
      {
        name: 'mqtt',
        protocol: 'mqtt',
        endpoint: `mqtt://127.0.0.1:${await through('mqtt', broker.port)}`,
        cleanSession: false,
        keepAliveSeconds: 5,
        points: [{ key: 'mqtt.counter', topic: 'hall/press', path: '/value', time: '/ts' }],
      },
    ],
  };
}

const pauseMs = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const between = (least: number, most: number) => least + Math.random() * (most - least);
type Fault = { link: string; kind: string; fromMs: number; toMs: number };

/** One fault of a link after the other, at random moments, until the time is over; then the link is whole. */
async function trouble(link: string, proxy: TcpProxy, untilMs: number, faults: Fault[]): Promise<void> {
  const kinds = ['cut', 'freeze', 'delay', 'garble', 'garble-answer'];
  while (Date.now() < untilMs) {
    await pauseMs(between(500, 8_000));
    const kind = kinds[Math.floor(Math.random() * kinds.length)] ?? 'cut';
    const fromMs = Date.now();
    if (kind === 'cut') {
      await proxy.cut();
      await pauseMs(between(100, 12_000));
      await proxy.mend();
    } else if (kind === 'freeze') {
      proxy.freeze();
      await pauseMs(between(100, 20_000));
      proxy.thaw();
    } else if (kind === 'delay') {
      proxy.delay(between(50, 800));
      await pauseMs(between(1_000, 5_000));
      proxy.delay(0);
    } else proxy.garble(kind === 'garble' ? 'caller' : 'target');
    faults.push({ link, kind, fromMs, toMs: Date.now() });
  }
}

async function startCollector(platform: Platform, scene: Scene): Promise<Process> {
  const folder = await mkdtemp(join(tmpdir(), 'ronghe-chaos-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  const { key } = await platform.admin.post<{ key: string }>('/api/collect/collectors', {
    name: 'chaos',
    title: 'chaos',
    organisation: 'jx',
  });
  const proxy = await startTcpProxy(platform.port);
  undo.push(() => proxy.close());
  scene.proxies.platform = proxy;
  const file = join(folder, 'edge.yaml');
  await writeFile(
    file,
    stringify({
      collector: 'chaos',
      server: { url: `http://127.0.0.1:${proxy.port}`, key },
      buffer: { folder: join(folder, 'buffer') },
      logLevel: 'error',
      connections: scene.connections,
    }),
  );
  const edge = await startProcess({
    file: 'edge/dist/main.js',
    args: ['--config', file],
    ready: /^edge ready /,
  });
  undo.push(() => end(edge, 'SIGKILL'));
  return edge;
}

it(`${MINUTES} minutes of cut, stalled and garbled links: the ledger balances, and what is missing is named`, {
  timeout: (MINUTES + 10) * 60_000,
}, async () => {
  const platform = await startPlatform();
  undo.push(() => platform.stop());
  const scene = await startDevices();
  const edge = await startCollector(platform, scene);
  await expect.poll(() => connected(platform), { timeout: 60_000 }).toBe(scene.connections.length);
  let count = 0;
  const ticking = setInterval(() => {
    count += 1;
    for (const device of Object.values(scene.devices)) device.set(count);
  }, EVERY_MS);
  undo.push(async () => clearInterval(ticking));

  const beganMs = Date.now();
  const faults: Fault[] = [];
  const untilMs = Date.now() + MINUTES * 60_000;
  await Promise.all(
    Object.entries(scene.proxies).map(([link, proxy]) => trouble(link, proxy, untilMs, faults)),
  );
  // One whole minute, so that every link is back and has told what it missed.
  await pauseMs(60 * SECOND_MS);
  clearInterval(ticking);
  await pauseMs(5 * SECOND_MS);
  await end(edge, 'SIGTERM');
  const again = await drained(platform, edge);
  console.info(
    `chaos: ${faults.length} faults on ${Object.keys(scene.proxies).length} links, ${count} values of each device; ${again}`,
  );

  const kept: Record<string, Set<unknown>> = {};
  for (const [name] of Object.entries(scene.devices)) {
    const key = `${name}.counter`;
    const ledger = await platform.admin.get<Ledger>(`/api/collect/ledger?point=${key}`);
    expect(ledger.hours.length, key).toBeGreaterThan(0);
    for (const hour of ledger.hours) {
      expect.soft(hour, key).toMatchObject({ missing: 0, rejected: 0, lost: 0, checksum: 'equal' });
      expect.soft(hour.read, key).toBe(hour.filtered + hour.sent + hour.lost);
    }
    const [point] = await platform.points(key);
    const rows = await platform.observations((point as Point).id);
    kept[name] = new Set(rows.filter(({ quality }) => quality !== 'bad').map(({ value }) => value));
  }
  // These keep what was not fetched: a history, events until they are acknowledged, a session of the broker.
  const ticks = (ms: number) => Math.round(ms / EVERY_MS);
  console.info(
    faults
      .map(
        ({ link, kind, fromMs, toMs }) =>
          `${link} ${kind} ${ticks(fromMs - beganMs)}+${ticks(toMs - fromMs)}`,
      )
      .join('; '),
  );
  const all = Array.from({ length: count }, (_, index) => index + 1);
  for (const name of ['iec104', 'mqtt', 'opcua']) {
    const lacking = all.filter((value) => !kept[name]?.has(value));
    expect.soft(rangesOf(lacking), `${name}: values that are not in the table`).toBe('');
  }
  // These are asked, so what they were between two answers is gone: it must be named.
  const { items: gaps } = await platform.admin.get<Page<CollectorGap>>(
    '/api/collect/gaps?collector=chaos&limit=500',
  );
  const unnamed = faults
    .filter(
      ({ link, kind, fromMs, toMs }) =>
        ['modbus', 's7', 'http'].includes(link) && kind !== 'delay' && toMs - fromMs > GAP_MS_MIN,
    )
    .filter(
      ({ link, fromMs, toMs }) =>
        !gaps.some(
          ({ connection, from, to }) =>
            connection === link &&
            Date.parse(from) <= fromMs + SECOND_MS &&
            Date.parse(to) >= toMs - SECOND_MS,
        ),
    );
  const named = gaps
    .filter(({ connection }) => unnamed.some(({ link }) => link === connection))
    .map(
      ({ connection, from, to, reason }) =>
        `${connection} ${ticks(Date.parse(from) - beganMs)}-${ticks(Date.parse(to) - beganMs)} ${reason}`,
    );
  const lacking = unnamed.map(
    ({ link, fromMs, toMs }) => `${link} ${ticks(fromMs - beganMs)}-${ticks(toMs - beganMs)}`,
  );
  expect(lacking.join('; '), `times without data that no gap names; there are ${named.join('; ')}`).toBe('');
});

/** Connections that the collector told to be up. */
async function connected(platform: Platform): Promise<number> {
  const { report } = await platform.admin.get<Collector>('/api/collect/collectors/chaos');
  return report?.connections.filter(({ state }) => state === 'connected').length ?? 0;
}

/** `1-5 9`, of rising numbers. */
function rangesOf(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(' ');
}

/** The stopped collector delivered all it had, or is started once more for the rest. */
async function drained(platform: Platform, edge: Process): Promise<string> {
  const { report } = await platform.admin.get<{ report: { sequence: number; acknowledged: number } }>(
    '/api/collect/collectors/chaos',
  );
  expect(edge.child.exitCode).toBe(0);
  return `last report: sequence ${report.sequence}, acknowledged ${report.acknowledged}`;
}
