import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionState, HourCount } from '@ronghe/contracts';
import { systemClock } from '../clock.ts';
import { type Collector, createCollector } from '../collector.ts';
import { parseEdgeConfig } from '../config.ts';
import { silentLog } from '../log.ts';
import { createFleetDouble, type FleetDouble } from '../testing/fleet-double.ts';
import { type PlatformDouble, startPlatformDouble } from '../testing/platform-double.ts';

/** A managed collector beside a platform that can ask it. */
export type Scene = {
  platform: PlatformDouble;
  fleet: FleetDouble;
  collector: Collector;
  home: string;
  /** The buffer's folder. */
  buffer: string;
  /** Stops it and starts another with the same folder; at another platform when an address is given. */
  restart(url?: string): Promise<void>;
  state(connection: string): ConnectionState | undefined;
  /** Values of a point as they were delivered. */
  values(key: string): unknown[];
  /** What the batches told of a point: read, filtered, sent, lost. */
  ledger(key: string): { read: number; filtered: number; sent: number; lost: number };
};

/** `local` is added to the local configuration; it waits milliseconds where a plant waits seconds. */
export async function openFleet(
  undo: (() => Promise<unknown>)[],
  local: Record<string, unknown> = {},
): Promise<Scene> {
  const home = await mkdtemp(join(tmpdir(), 'ronghe-fleet-'));
  undo.push(() => rm(home, { recursive: true, force: true }));
  const { fleet, door } = createFleetDouble();
  const platform = await startPlatformDouble(0, door);
  undo.push(() => platform.stop());
  const buffer = join(home, 'buffer');
  const open = (url: string): Promise<Collector> =>
    createCollector({
      config: parseEdgeConfig({
        collector: 'plant',
        managed: true,
        server: { url, key: 'rk_x' },
        buffer: { folder: buffer, flushMs: 20 },
        ...local,
      }),
      log: silentLog(),
      clock: systemClock,
      agent: {
        pauses: { firstMs: 20, mostMs: 100, blockedMs: 50, absentMs: 50, idleMs: 10 },
        waitSeconds: 2,
        keepMs: 500,
      },
    });
  const scene: Scene = {
    platform,
    fleet,
    home,
    buffer,
    collector: await open(platform.url),
    async restart(url = platform.url) {
      await scene.collector.stop();
      scene.collector = await open(url);
      await scene.collector.start();
    },
    state: (name) => scene.collector.report().connections.find((each) => each.name === name),
    values: (key) =>
      platform.deliveries.flatMap(({ batch }) =>
        batch.points
          .filter((point) => point.key === key)
          .flatMap((point) => point.samples.map((sample) => sample[1])),
      ),
    ledger(key) {
      const sums = { read: 0, filtered: 0, sent: 0, lost: 0 };
      const counts = platform.deliveries.flatMap(({ batch }) =>
        batch.points.filter((point) => point.key === key).flatMap((point): HourCount[] => point.counts ?? []),
      );
      for (const [, read, filtered, sent, lost] of counts) {
        sums.read += read;
        sums.filtered += filtered;
        sums.sent += sent;
        sums.lost += lost;
      }
      return sums;
    },
  };
  undo.push(() => scene.collector.stop());
  await scene.collector.start();
  return scene;
}

/** A Modbus connection that polls every 50 ms. */
export const modbusOf = (name: string, port: number, points: object[], rest: object = {}) => ({
  name,
  protocol: 'modbus',
  endpoint: `tcp://127.0.0.1:${port}`,
  intervalMs: 50,
  points,
  ...rest,
});

/** An OPC UA connection that publishes every 50 ms. */
export const opcuaOf = (name: string, port: number, points: object[], rest: object = {}) => ({
  name,
  protocol: 'opcua',
  endpoint: `opc.tcp://127.0.0.1:${port}`,
  publishingIntervalMs: 50,
  points,
  ...rest,
});
