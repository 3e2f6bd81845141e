import { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import mqtt, { type MqttClient } from 'mqtt';
import { messageOf } from '../connection.ts';
import { createLinkHealth, timed } from '../link-health.ts';
import { type Outcome, SEND_TIMEOUT_MS, type Transport } from './transport.ts';

/** CONNACK codes of MQTT 3.1.1 that a person has to mend: identifier, user name or password, authorisation. */
const CONNACK_BLOCKED = [2, 4, 5];
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Delivers to `ronghe/v1/<collector>/batch` with QoS 1; PUBACK is the acknowledgement. The client library is given one
 * message at a time and only while connected: a broken connection is thrown away with whatever it held, since its
 * offline queue silently forgets beyond a limit. The next try begins with a new connection.
 */
export function createMqttTransport(options: {
  url: string;
  collector: string;
  key: string;
  timeoutMs?: number;
}): Transport {
  const timeoutMs = options.timeoutMs ?? SEND_TIMEOUT_MS;
  const health = createLinkHealth();
  let client: MqttClient | null = null;

  const discard = async (): Promise<void> => {
    const old = client;
    client = null;
    health.forget();
    if (old !== null) await old.endAsync(true).catch(() => undefined);
  };

  const connect = (): Promise<MqttClient> =>
    new Promise((resolve, reject) => {
      const fresh = mqtt.connect(options.url, {
        protocolVersion: 4,
        clean: true,
        clientId: `ronghe-edge-${options.collector}-${process.pid}`.slice(0, 100),
        username: options.collector,
        password: options.key,
        reconnectPeriod: 0,
        queueQoSZero: false,
        connectTimeout: CONNECT_TIMEOUT_MS,
        keepalive: 15,
        // The library loses the brackets of an IPv6 address.
        transformWsUrl: () => options.url,
      });
      client = fresh;
      // Stays for the life of the client: an error event without a listener would end the process.
      fresh.on('error', reject);
      fresh.once('close', () => reject(new Error('the connection was closed')));
      fresh.once('connect', () => {
        if (fresh.stream instanceof Socket) health.reached({ address: fresh.stream.remoteAddress });
        resolve(fresh);
      });
    });

  const publish = (open: MqttClient, body: Buffer): Promise<void> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('no acknowledgement in time')), timeoutMs);
      const lost = () => reject(new Error('the connection was closed before the acknowledgement'));
      open.once('close', lost);
      open.publish(`ronghe/v1/${options.collector}/batch`, body, { qos: 1 }, (error) => {
        clearTimeout(timer);
        open.off('close', lost);
        if (error) reject(error);
        else resolve();
      });
    });

  return {
    async send(batch, signal) {
      const stop = () => void discard();
      signal.addEventListener('abort', stop, { once: true });
      try {
        if (client?.connected !== true) await discard();
        const open = client ?? (await connect());
        const body = batch.gzipped ? batch.body : gzipSync(batch.body);
        await timed(health.reached, () => publish(open, body));
        return { kind: 'acknowledged' };
      } catch (error) {
        await discard();
        return failure(error);
      } finally {
        signal.removeEventListener('abort', stop);
      }
    },
    link: health.state,
    stop: discard,
  };
}

function failure(error: unknown): Outcome {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return CONNACK_BLOCKED.includes(Number(code))
    ? { kind: 'blocked', reason: messageOf(error) }
    : { kind: 'later', reason: messageOf(error) };
}
