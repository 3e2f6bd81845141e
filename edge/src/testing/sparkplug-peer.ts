import mqtt, { type MqttClient } from 'mqtt';
import { payloadBytes, type TestMetric } from './sparkplug-bytes.ts';
import { until } from './wait.ts';

/** An edge node that follows the session rules: births, aliases without names in data, seq, will, rebirth on command. */
export type EdgeNodePeer = {
  client: MqttClient;
  /** Sets the value of the device's metric `Value` (alias 7, Double) and publishes it. */
  set(value: number): Promise<void>;
  birth(): Promise<void>;
  /** Publishes DDATA with the next seq, or a given one. */
  data(metrics: TestMetric[], seq?: number): Promise<void>;
  rebirths(): number;
  /** Ends without a farewell, so that the broker sends the will. */
  die(): Promise<void>;
};

export const NODE_TOPIC = { group: 'gj', node: 'n1', device: 'd1' };

export async function startEdgeNode(port: number, options: { bdSeq?: number } = {}): Promise<EdgeNodePeer> {
  const { group, node, device } = NODE_TOPIC;
  const topic = (type: string, ofDevice = false) =>
    `spBv1.0/${group}/${type}/${node}${ofDevice ? `/${device}` : ''}`;
  const bdSeq: TestMetric = { name: 'bdSeq', datatype: 4, long: BigInt(options.bdSeq ?? 3) };
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
    reconnectPeriod: 0,
    will: { topic: topic('NDEATH'), payload: payloadBytes({ metrics: [bdSeq] }), qos: 1, retain: false },
  });
  client.on('error', () => undefined);
  let seq = 0;
  let value = 0;
  let rebirths = 0;
  const next = () => {
    seq = (seq + 1) % 256;
    return seq;
  };
  const peer: EdgeNodePeer = {
    client,
    async birth() {
      seq = 0;
      const timestampMs = Date.now();
      const control = { name: 'Node Control/Rebirth', datatype: 11, boolean: false };
      await client.publishAsync(
        topic('NBIRTH'),
        payloadBytes({ timestampMs, seq, metrics: [bdSeq, control] }),
      );
      const metric = { name: 'Value', alias: 7, timestampMs, datatype: 10, double: value, unit: 'Cel' };
      await client.publishAsync(
        topic('DBIRTH', true),
        payloadBytes({ timestampMs, seq: next(), metrics: [metric] }),
      );
    },
    async data(metrics, given) {
      if (given !== undefined) seq = given;
      const payload = payloadBytes({ timestampMs: Date.now(), seq: given ?? next(), metrics });
      await client.publishAsync(topic('DDATA', true), payload);
    },
    async set(to) {
      value = to;
      await peer.data([{ alias: 7, timestampMs: Date.now(), double: to }]);
    },
    rebirths: () => rebirths,
    async die() {
      client.stream.destroy();
      await until('the node is gone', () => !client.connected);
      await client.endAsync(true);
    },
  };
  await client.subscribeAsync(topic('NCMD'));
  client.on('message', () => {
    rebirths += 1;
    void peer.birth();
  });
  await peer.birth();
  return peer;
}
