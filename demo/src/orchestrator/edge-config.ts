import { join } from 'node:path';
import { stringify } from 'yaml';
import { SPARKPLUG_NODE, sparkplugGroup, splitKey } from '../plants/sparkplug-names.ts';
import type { Plant, PlantPoint } from '../province/plants.ts';
import type { RecordedColumn } from '../replay/recording.ts';

/** Where a collector delivers and where it keeps what is not delivered yet. */
export type EdgePlace = { collector: string; serverUrl: string; key: string; folder: string };

/** Most a demo collector keeps on disk while the platform is away. */
const BUFFER_BYTES_MAX = 200_000_000;
const PUBLISHING_MS = 250;
const POLL_MS = 1000;
const REPLAY_QUEUE = 1000;

/** The collector's configuration file for a simulated plant on a port. */
export const plantEdgeConfig = (plant: Plant, port: number, place: EdgePlace): string =>
  edgeYaml(place, { name: plant.connection, ...connectionOf(plant, port) });

/** The collector's configuration file for a replayed recording. */
export const replayEdgeConfig = (
  columns: readonly RecordedColumn[],
  port: number,
  place: EdgePlace,
): string =>
  edgeYaml(place, {
    name: 'replay',
    protocol: 'opcua',
    endpoint: `opc.tcp://127.0.0.1:${port}`,
    security: { mode: 'None', policy: 'None' },
    publishingIntervalMs: PUBLISHING_MS,
    // A fast replay gives several rows between two publications; none may be lost.
    samplingIntervalMs: 0,
    queueSize: REPLAY_QUEUE,
    points: columns.map(({ key, name, type }) => ({ key, name, address: `ns=1;s=${key}`, type })),
  });

const edgeYaml = (place: EdgePlace, connection: object): string =>
  stringify({
    collector: place.collector,
    server: { url: place.serverUrl, key: place.key, transport: 'http' },
    buffer: { folder: join(place.folder, 'buffer'), bytesMax: BUFFER_BYTES_MAX },
    connections: [connection],
  });

function connectionOf(plant: Plant, port: number): object {
  switch (plant.protocol) {
    case 'opcua':
      return {
        protocol: 'opcua',
        endpoint: `opc.tcp://127.0.0.1:${port}`,
        security: { mode: 'None', policy: 'None' },
        publishingIntervalMs: PUBLISHING_MS,
        points: plant.points.map((point) => ({ ...common(point), address: `ns=1;s=${point.key}` })),
      };
    case 'modbus':
      return {
        protocol: 'modbus',
        endpoint: `tcp://127.0.0.1:${port}`,
        unitId: 1,
        intervalMs: POLL_MS,
        points: plant.points.map((point) => ({ ...common(point), ...point.modbus })),
      };
    case 'sparkplug':
      return {
        protocol: 'sparkplug',
        endpoint: `mqtt://127.0.0.1:${port}`,
        group: sparkplugGroup(plant.key),
        // A plant is born before its collector listens, and births are not kept by the broker.
        role: 'active',
        points: plant.points.map(sparkplugPoint),
      };
  }
}

const common = ({ key, name, unit, type, equipment }: PlantPoint) => ({
  key,
  name,
  type,
  ...(unit === null ? {} : { unit }),
  equipment,
});

/** A Sparkplug birth says the type, so the configuration does not. */
function sparkplugPoint({ key, name, unit, equipment }: PlantPoint): object {
  const { device, metric } = splitKey(key);
  return {
    key,
    name,
    ...(unit === null ? {} : { unit }),
    equipment,
    address: `${SPARKPLUG_NODE}/${device}/${metric}`,
  };
}
