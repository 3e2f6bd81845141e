import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import type { Gap, Reading } from '../../connector.ts';
import { silentLog } from '../../log.ts';
import { connectorContract } from '../../testing/connector-contract.ts';
import { DEVICE_TOPIC, startBroker, startDevice } from '../../testing/mqtt-peer.ts';
import { startTcpProxy } from '../../testing/tcp-proxy.ts';
import { until } from '../../testing/wait.ts';
import { MqttConfig } from './mqtt.config.ts';
import { createMqtt } from './mqtt.ts';

for (const version of ['3.1.1', '5'] as const)
  describe(`mqtt ${version} keeps the contract of connectors:`, () => {
    const contract = connectorContract({
      async startPeer(port) {
        const broker = await startBroker(port);
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
      create: (port, context) =>
        createMqtt({
          ...context,
          config: MqttConfig.parse({
            name: 'line',
            protocol: 'mqtt',
            endpoint: `mqtt://127.0.0.1:${port}`,
            version,
            keepAliveSeconds: 2,
            points: [
              { key: 'contract.value', topic: DEVICE_TOPIC, path: '/data/value', time: '/ts', unit: 'Cel' },
              { key: 'contract.missing', topic: DEVICE_TOPIC, path: '/data/missing', time: '/ts' },
            ],
          }),
        }),
    });
    for (const { title, run } of contract) test(title, { timeout: 90_000 }, run);
  });
