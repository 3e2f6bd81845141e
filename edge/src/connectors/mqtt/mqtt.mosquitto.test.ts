import mqtt from 'mqtt';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import type { Reading } from '../../connector.ts';
import { silentLog } from '../../log.ts';
import { connectorContract } from '../../testing/connector-contract.ts';
import { DEVICE_TOPIC, findMosquitto, startDevice, startMosquitto } from '../../testing/mqtt-peer.ts';
import { until } from '../../testing/wait.ts';
import { MqttConfig } from './mqtt.config.ts';
import { createMqtt } from './mqtt.ts';

// The broker of the other tests knows version 3.1.1 only.
const program = findMosquitto();
const title = 'mqtt 5 with Mosquitto keeps the contract of connectors:';
const skipped = `SKIPPED: mosquitto is not installed (Debian: apt-get install mosquitto): ${title}`;

describe.skipIf(program === null)(program === null ? skipped : title, () => {
  const configOf = (port: number, rest: object) =>
    MqttConfig.parse({
      name: 'line',
      protocol: 'mqtt',
      endpoint: `mqtt://127.0.0.1:${port}`,
      version: 5,
      keepAliveSeconds: 2,
      ...rest,
    });
  const contract = connectorContract({
    async startPeer(port) {
      const broker = await startMosquitto(program ?? '', port);
      const device = await startDevice(broker.port);
      return {
        port: broker.port,
        set: device.set,
        async stop() {
          await device.stop();
          await broker.stop();
        },
      };
    },
    create: (port, context, host) =>
      createMqtt({
        ...context,
        config: configOf(port, {
          endpoint: `mqtt://${host}:${port}`,
          points: [
            { key: 'contract.value', topic: DEVICE_TOPIC, path: '/data/value', time: '/ts', unit: 'Cel' },
            { key: 'contract.missing', topic: DEVICE_TOPIC, path: '/data/missing', time: '/ts' },
          ],
        }),
      }),
  });
  for (const { title: sentence, run } of contract) test.concurrent(sentence, { timeout: 90_000 }, run);

  test('a session outlives the collector, and what was published meanwhile comes with its time', {
    timeout: 30_000,
  }, async () => {
    const broker = await startMosquitto(program ?? '');
    const readings: Reading[] = [];
    const run = async () => {
      const connector = createMqtt({
        config: configOf(broker.port, {
          clientId: 'ronghe-test',
          cleanSession: false,
          points: [{ key: 'p', topic: 't', path: '/v', time: '/ts' }],
        }),
        emit: (some) => readings.push(...some),
        gap: () => undefined,
        log: silentLog(),
        clock: systemClock,
        folder: '/nonexistent',
      });
      await connector.start();
      await until('connected', () => connector.state().state === 'connected');
      return connector;
    };
    const device = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`);
    try {
      await (await run()).stop();
      for (const v of [1, 2, 3])
        await device.publishAsync('t', JSON.stringify({ v, ts: 1_000 + v }), { qos: 1 });
      const again = await run();
      await until('all three', () => readings.length === 3);
      expect(readings.map(({ sample }) => sample)).toEqual([
        [1_001, 1, 'good'],
        [1_002, 2, 'good'],
        [1_003, 3, 'good'],
      ]);
      await again.stop();
    } finally {
      await device.endAsync(true);
      await broker.stop();
    }
  });
});
