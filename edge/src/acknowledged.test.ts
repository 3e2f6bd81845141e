import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { afterEach, expect, test } from 'vitest';
import { startEdge } from './testing/edge-process.ts';
import { startHj212Peer } from './testing/hj212-peer.ts';
import { post } from './testing/http-peer.ts';
import { startBroker } from './testing/mqtt-peer.ts';
import { type PlatformDouble, startPlatformDouble } from './testing/platform-double.ts';
import { freePort } from './testing/tcp-proxy.ts';
import { until } from './testing/wait.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const work of undo.splice(0).reverse()) await work();
});

const KILLS = 4;
const FLUSH_MS = 800;
const SEND_EVERY_MS = 20;
const MN = '31011500000001';

/** Senders of numbers that never come twice, and the numbers that were acknowledged to each. */
type Sender = { key: string; acknowledged: Set<number>; send(value: number): void };

async function mqttSender(): Promise<Sender & { endpoint: string }> {
  const broker = await startBroker();
  undo.push(() => broker.stop());
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`);
  undo.push(() => client.endAsync(true));
  const acknowledged = new Set<number>();
  broker.broker.on('ack', (packet) => {
    if (packet !== undefined && 'payload' in packet)
      acknowledged.add(JSON.parse(String(packet.payload)).value);
  });
  return {
    key: 'by-mqtt',
    endpoint: `mqtt://127.0.0.1:${broker.port}`,
    acknowledged,
    send: (value) => void client.publish('t', JSON.stringify({ at: Date.now(), value }), { qos: 1 }),
  };
}

async function httpSender(): Promise<Sender & { listen: string }> {
  const listen = `http://127.0.0.1:${await freePort()}/in`;
  const acknowledged = new Set<number>();
  return {
    key: 'by-http',
    listen,
    acknowledged,
    send(value) {
      post(listen, { at: new Date().toISOString(), value }).then(
        ({ status }) => status === 204 && acknowledged.add(value),
        () => undefined,
      );
    },
  };
}

/** One value in a second has a place in HJ 212, whose times have no parts of a second; the answer carries its QN. */
async function hj212Sender(): Promise<Sender & { port: number }> {
  const port = await freePort();
  const logger = startHj212Peer(port, { mn: MN, periodMs: null });
  undo.push(() => logger.stop());
  const acknowledged = new Set<number>();
  return {
    key: 'by-hj212',
    port,
    acknowledged,
    send(value) {
      for (const answer of logger.answers.splice(0)) {
        const qn = /QN=0*(\d+)/.exec(answer)?.[1];
        if (qn !== undefined) acknowledged.add(Number(qn));
      }
      const time = new Date(Date.UTC(2024, 0, 1) + value * 1_000).toISOString().replace(/\D/g, '');
      const area = `DataTime=${time.slice(0, 14)};a01012-Rtd=${value},a01012-Flag=N`;
      logger.send({ qn: String(value).padStart(17, '0'), area });
    },
  };
}

const deliveredTo = (platform: PlatformDouble, key: string): Set<unknown> =>
  new Set(
    platform.deliveries.flatMap(({ batch }) =>
      batch.points
        .filter((point) => point.key === key)
        .flatMap(({ samples }) => samples.map((sample) => sample[1])),
    ),
  );

test(`what was acknowledged to a broker, a program and a data logger survives ${KILLS} kills`, {
  timeout: 300_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ronghe-acknowledged-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  const platform = await startPlatformDouble();
  undo.push(() => platform.stop());
  const [broker, program, logger] = [await mqttSender(), await httpSender(), await hj212Sender()];
  const senders: Sender[] = [broker, program, logger];
  const config = {
    collector: 'plant',
    server: { url: platform.url, key: 'rk_x' },
    buffer: { folder: join(folder, 'buffer'), flushMs: FLUSH_MS },
    connections: [
      {
        name: 'broker',
        protocol: 'mqtt',
        endpoint: broker.endpoint,
        cleanSession: false,
        points: [{ key: broker.key, topic: 't', path: '/value', time: '/at' }],
      },
      {
        name: 'program',
        protocol: 'http',
        mode: 'push',
        listen: program.listen,
        requestsPerSecondMax: 1_000,
        points: [{ key: program.key, path: '/value', time: '/at' }],
      },
      {
        name: 'logger',
        protocol: 'hj212',
        endpoint: `tcp://127.0.0.1:${logger.port}`,
        stations: [{ mn: MN }],
        points: [{ key: logger.key, address: `${MN}/2011/a01012-Rtd` }],
      },
    ],
  };
  let value = 0;
  const sending = setInterval(() => {
    value += 1;
    for (const sender of senders) sender.send(value);
  }, SEND_EVERY_MS);
  undo.push(() => clearInterval(sending));
  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = senders.map(({ acknowledged }) => acknowledged.size);
    const edge = await startEdge(folder, config);
    undo.push(() => edge.kill());
    await until(
      'each is acknowledged something',
      () => senders.every(({ acknowledged }, index) => acknowledged.size > (before[index] ?? 0)),
      60_000,
    );
    // Random on purpose: the moment must not be one that the code was written for.
    await new Promise((resolve) => setTimeout(resolve, Math.random() * FLUSH_MS));
    await edge.kill();
  }
  clearInterval(sending);
  const edge = await startEdge(folder, config);
  undo.push(() => edge.kill());
  for (const { key, acknowledged } of senders)
    await until(
      `all that was acknowledged of ${key}: ${acknowledged.size}`,
      () => {
        const delivered = deliveredTo(platform, key);
        return [...acknowledged].every((each) => delivered.has(each));
      },
      15_000,
    );
  // From its first message on the broker has a session for us: what was not acknowledged comes again.
  const first = Math.min(...broker.acknowledged);
  const published = Array.from({ length: value - first + 1 }, (_, index) => first + index);
  await until(
    'all that the broker had for us',
    () => {
      const delivered = deliveredTo(platform, broker.key);
      return published.every((each) => delivered.has(each));
    },
    15_000,
  );
  expect(published.length).toBeGreaterThan(KILLS * 10);
});
