import { connectAsync, type MqttClient } from 'mqtt';
import type { PlantPoint } from '../province/plants.ts';
import type { Reading, Readings } from './simulation.ts';
import {
  datatypeOf,
  decodePayload,
  encodePayload,
  SPARKPLUG_TYPES,
  type SparkplugMetric,
} from './sparkplug-codec.ts';
import { splitKey } from './sparkplug-names.ts';

const NAMESPACE = 'spBv1.0';
const SEQUENCE_MODULUS = 256;
const REBIRTH = 'Node Control/Rebirth';
const CONNECT_MS_MAX = 5000;

export type SparkplugNodeOptions = {
  brokerUrl: string;
  group: string;
  node: string;
  points: readonly PlantPoint[];
  /** key of the point that DCMD may write */
  writable: string;
  onWrite(value: number): void;
};

/** A Sparkplug B edge node with one device per first part of the keys: births, aliases, data by exception, deaths. */
export type SparkplugNode = {
  connect(): Promise<void>;
  /** Sends what changed since the last call; everything in a birth after connecting or a rebirth command. */
  publish(readings: Readings, timeMs: number): void;
  /** Drops the connection without a farewell, so that the broker sends the NDEATH will. */
  drop(): Promise<void>;
  /** Says goodbye: NDEATH, then DISCONNECT. */
  leave(): Promise<void>;
};

/** Builds a node that is not connected yet. */
export function createSparkplugNode(options: SparkplugNodeOptions): SparkplugNode {
  const aliases = new Map(options.points.map((point, index) => [point.key, index + 1]));
  const devices = [...new Set(options.points.map((point) => splitKey(point.key).device))];
  const topic = (type: string, device?: string) =>
    [NAMESPACE, options.group, type, options.node, ...(device ? [device] : [])].join('/');
  let client: MqttClient | null = null;
  let birthSequence = 0;
  let sequence = 0;
  let born = false;
  let sent = new Map<string, Reading>();

  const send = (name: string, metrics: SparkplugMetric[], timestampMs: number) => {
    client?.publish(name, encodePayload({ timestampMs, sequence, metrics }), { qos: 0 });
    sequence = (sequence + 1) % SEQUENCE_MODULUS;
  };
  const bdSeq = (): SparkplugMetric => ({
    name: 'bdSeq',
    datatype: SPARKPLUG_TYPES.UInt64,
    value: birthSequence,
  });
  const death = (timestampMs: number) =>
    encodePayload({ timestampMs, metrics: [{ ...bdSeq(), timestampMs }] });

  const birth = (readings: Readings, timestampMs: number) => {
    sequence = 0;
    const rebirth = { name: REBIRTH, datatype: SPARKPLUG_TYPES.Boolean, value: false, timestampMs };
    send(topic('NBIRTH'), [{ ...bdSeq(), timestampMs }, rebirth], timestampMs);
    for (const device of devices) {
      const metrics = options.points
        .filter((point) => splitKey(point.key).device === device)
        .map((point) => birthMetric(point, { readings, timestampMs, alias: aliases.get(point.key) ?? 0 }));
      send(topic('DBIRTH', device), metrics, timestampMs);
    }
    sent = new Map(Object.entries(readings));
    born = true;
  };

  const changes = (device: string, readings: Readings, timestampMs: number): SparkplugMetric[] => {
    const metrics: SparkplugMetric[] = [];
    for (const { key } of options.points) {
      const value = readings[key];
      if (value === undefined || splitKey(key).device !== device || sent.get(key) === value) continue;
      sent.set(key, value);
      metrics.push({ alias: aliases.get(key) ?? 0, timestampMs, value });
    }
    return metrics;
  };

  const onMessage = (name: string, bytes: Buffer) => {
    const { metrics } = decodePayload(bytes);
    if (name.includes('/NCMD/') && metrics.some((metric) => metric.name === REBIRTH && metric.value === true))
      born = false;
    if (!name.includes('/DCMD/')) return;
    const { metric: writableMetric } = splitKey(options.writable);
    const command = metrics.find(
      ({ name: metric, alias }) =>
        metric === writableMetric || (alias !== undefined && alias === aliases.get(options.writable)),
    );
    if (typeof command?.value === 'number') options.onWrite(command.value);
  };

  return {
    async connect() {
      birthSequence = (birthSequence + 1) % SEQUENCE_MODULUS;
      born = false;
      client = await connectAsync(options.brokerUrl, {
        clientId: `${options.group}-${options.node}`,
        clean: true,
        // Reconnecting alone would send the old will; a new connection needs a new bdSeq.
        reconnectPeriod: 0,
        connectTimeout: CONNECT_MS_MAX,
        will: { topic: topic('NDEATH'), payload: death(Date.now()), qos: 1, retain: false },
      });
      client.on('error', () => undefined);
      client.on('message', (name, bytes) => {
        try {
          onMessage(name, bytes);
        } catch {
          // A command that is not Sparkplug is no reason for a plant to stop.
        }
      });
      await client.subscribeAsync([topic('NCMD'), topic('DCMD', '#')], { qos: 1 });
    },
    publish(readings, timeMs) {
      if (!client?.connected) return;
      if (!born) {
        birth(readings, timeMs);
        return;
      }
      for (const device of devices) {
        const metrics = changes(device, readings, timeMs);
        if (metrics.length > 0) send(topic('DDATA', device), metrics, timeMs);
      }
    },
    async drop() {
      const dropped = client;
      client = null;
      if (!dropped) return;
      const closed = new Promise<void>((resolve) => dropped.once('close', () => resolve()));
      dropped.stream.destroy();
      await closed;
    },
    async leave() {
      const leaving = client;
      client = null;
      if (!leaving) return;
      if (leaving.connected) await leaving.publishAsync(topic('NDEATH'), death(Date.now()), { qos: 1 });
      await leaving.endAsync();
    },
  };
}

type BirthContext = { readings: Readings; timestampMs: number; alias: number };
function birthMetric(point: PlantPoint, { readings, timestampMs, alias }: BirthContext): SparkplugMetric {
  const value = readings[point.key];
  return {
    name: splitKey(point.key).metric,
    alias,
    timestampMs,
    datatype: datatypeOf(point.type),
    ...(point.unit === null ? {} : { unit: point.unit }),
    ...(value === undefined ? {} : { value }),
  };
}
