import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { startModbusPeer } from '../../edge/src/testing/modbus-peer.ts';
import { startPlatformDouble } from '../../edge/src/testing/platform-double.ts';
import { end, freePort, type Process, startProcess } from '../durability/processes.ts';
import { memoryBytes } from './process-memory.ts';

/** With every device off for so long, memory stays where it is. */
const MINUTES = Number(process.env.LONG_MINUTES ?? 30);
/** What starting costs is over by then. */
const WARM_SHARE = 0.2;
const LOOK_EVERY_MS = 5_000;
const GROWTH_BYTES_MAX = 15_000_000;
/** Connections of each protocol to each kind of absent device. */
const EACH = 4;
const POINTS = 20;

const undo: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const work of undo.splice(0).reverse()) await work();
});

type Points = (count: number) => object[];
const numbered =
  (fields: (index: number) => object): Points =>
  (count) =>
    Array.from({ length: count }, (_, index) => fields(index));

/** One connection of each protocol that dials, to wherever. */
const PROTOCOLS: Record<string, (port: number) => { config: object; points: Points }> = {
  opcua: (port) => ({
    config: { endpoint: `opc.tcp://127.0.0.1:${port}` },
    points: numbered((index) => ({ address: `ns=1;s=v${index}` })),
  }),
  modbus: (port) => ({
    config: { endpoint: `tcp://127.0.0.1:${port}`, intervalMs: 100, timeoutMs: 500 },
    points: numbered((index) => ({ address: `holding:${index}` })),
  }),
  s7: (port) => ({
    config: { endpoint: `tcp://127.0.0.1:${port}`, intervalMs: 100, timeoutMs: 500 },
    points: numbered((index) => ({ address: `DB1.DBW${index * 2}`, encoding: 'int' })),
  }),
  iec104: (port) => ({
    config: { endpoint: `tcp://127.0.0.1:${port}` },
    points: numbered((index) => ({ address: `1/${index + 1}` })),
  }),
  dlt645: (port) => ({
    config: { endpoint: `tcp://127.0.0.1:${port}`, meter: '000000000001', intervalMs: 200, timeoutMs: 500 },
    points: numbered(() => ({ address: '02010100' })),
  }),
  mqtt: (port) => ({
    config: { endpoint: `mqtt://127.0.0.1:${port}` },
    points: numbered((index) => ({ topic: `hall/${index}`, path: '/value' })),
  }),
  sparkplug: (port) => ({
    config: { endpoint: `mqtt://127.0.0.1:${port}`, group: 'hall' },
    points: () => [],
  }),
  http: (port) => ({
    config: { mode: 'poll', endpoint: `http://127.0.0.1:${port}/values`, intervalMs: 200, timeoutMs: 500 },
    points: numbered((index) => ({ path: `/v${index}` })),
  }),
  sql: (port) => ({
    config: { endpoint: `postgres://127.0.0.1:${port}/mes`, username: 'u', password: 'p' },
    points: () => [],
  }),
};

/** A device that takes the call and says nothing. */
async function startMute(): Promise<{ port: number; server: Server }> {
  const server = createServer((socket) => socket.on('error', () => undefined));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undo.push(async () => void server.close());
  return { port: (server.address() as { port: number }).port, server };
}

it(`with all devices off for ${MINUTES} minutes memory stays flat, and the first that comes back is read`, {
  timeout: (MINUTES + 10) * 60_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ronghe-off-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  const platform = await startPlatformDouble();
  undo.push(() => platform.stop());
  const mute = await startMute();
  const absent = await freePort();
  const connections = Object.entries(PROTOCOLS).flatMap(([protocol, of]) =>
    [absent, mute.port].flatMap((port, kind) =>
      Array.from({ length: EACH }, (_, number) => {
        const name = `${protocol}-${kind === 0 ? 'absent' : 'mute'}-${number}`;
        const { config, points } = of(port);
        const keyed = points(POINTS).map((point, index) => ({ key: `${name}.p${index}`, ...point }));
        return { name, protocol, ...config, ...extraOf(protocol, name), points: keyed };
      }),
    ),
  );
  await writeFile(
    join(folder, 'edge.yaml'),
    stringify({
      collector: 'off',
      server: { url: platform.url, key: 'rk_test' },
      buffer: { folder: join(folder, 'buffer') },
      logLevel: 'error',
      connections: connections.map(withoutEmptyPoints),
    }),
  );
  const edge: Process = await startProcess({
    file: 'edge/dist/main.js',
    args: ['--config', join(folder, 'edge.yaml')],
    ready: /^edge ready /,
  });
  undo.push(() => end(edge, 'SIGTERM'));

  const looks: number[] = [];
  const endMs = Date.now() + MINUTES * 60_000;
  while (Date.now() < endMs) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    looks.push(memoryBytes(edge.child.pid));
  }
  const warm = looks.slice(Math.floor(looks.length * WARM_SHARE));
  const part = Math.floor(warm.length / 4);
  const before = median(warm.slice(0, part));
  const after = median(warm.slice(-part));
  const told = looks.filter((_, index) => index % Math.ceil(looks.length / 12) === 0);
  console.info(
    `memory in MB over ${MINUTES} minutes: ${told.map((bytes) => Math.round(bytes / 1e6)).join(' ')}; ` +
      `median of the first quarter ${Math.round(before / 1e6)}, of the last ${Math.round(after / 1e6)}`,
  );
  expect(after - before, `from ${before} to ${after} bytes`).toBeLessThan(GROWTH_BYTES_MAX);

  const modbus = await startModbusPeer({ port: absent });
  undo.push(() => modbus.stop());
  const isRead = () =>
    platform.deliveries.some(({ batch }) =>
      batch.points.some(
        ({ key, samples }) =>
          key.startsWith('modbus-absent') && samples.some(([, , quality]) => quality === 'good'),
      ),
    );
  await expect.poll(isRead, { timeout: 60_000 }).toBe(true);
});

function extraOf(protocol: string, name: string): object {
  if (protocol === 'sql')
    return {
      queries: [
        { name: 'all', sql: 'SELECT 1 AS v', intervalMs: 1_000, points: [{ key: `${name}.p`, column: 'v' }] },
      ],
    };
  return {};
}

const withoutEmptyPoints = ({ points, ...rest }: { points: object[] }) =>
  points.length === 0 ? rest : { ...rest, points };

const median = (values: readonly number[]): number =>
  [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
