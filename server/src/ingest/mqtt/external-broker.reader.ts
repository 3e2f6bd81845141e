import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { IClientOptions, IPublishPacket, MqttClient } from 'mqtt';
import { type Scope, systemScope } from '#platform/auth/scope.ts';
import type { Config } from '#platform/config/config.ts';
import type { Metrics } from '#platform/http/metrics.ts';
import type { Log } from '#platform/log/log.ts';
import type { MqttAccept, MqttPublication } from '#platform/mqtt/mqtt.ts';
import { parseTopic } from '../sparkplug/sparkplug-topic.ts';
import { type Acknowledging, holdAcknowledgements } from './held-acknowledgements.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const RECONNECT_MS = 1_000;
const RECONNECT_MS_MAX = 3_000;
const KEEP_ALIVE_SECONDS = 15;
/** How long the broker keeps what comes while this server is away. */
const SESSION_SECONDS = 7 * 24 * 3600;
/** Messages that are read and not yet durable. */
const INFLIGHT_MAX = 1_000;
const STOP_TIMEOUT_MS = 3_000;

/** Reads from a broker of others (MQTT 5) for one organisation; does nothing when `mqttUrl` is not set. */
export type ExternalBroker = {
  start(): Promise<void>;
  publish(organisation: string, message: MqttPublication): void;
  stop(): Promise<void>;
};

type Parts = {
  config: Config;
  log: Log;
  metrics: Metrics;
  accept: MqttAccept;
  /** STATE of the Sparkplug host at this broker; empty when it is passive */
  state: (online: boolean) => MqttPublication[];
};
type Link = { client: MqttClient; held: Acknowledging; listening: boolean };

/**
 * Two connections: one for plain topics, as a shared subscription in a session that outlives this process, so that nothing
 * is lost while it is away and several servers share the work; and one for Sparkplug, in a clean session as the
 * specification wants it and unshared, because every message of a node is needed to follow it. Delivered with QoS 1, a
 * message is acknowledged to the broker when it is durable here.
 */
export function createExternalBroker(parts: Parts): ExternalBroker {
  const { config, log, metrics } = parts;
  const links: Link[] = [];
  let sparkplug: MqttClient | undefined;
  const organisation = config.mqttOrganisation ?? config.organisationPath;
  const scope = systemScope({ organisation, permissions: ['ingest:observation:write'], name: 'mqtt' });
  const filters = {
    sparkplug: config.mqttTopics.filter(isSparkplug),
    plain: config.mqttTopics.filter((filter) => !isSparkplug(filter)),
  };

  const open = (client: MqttClient, name: string, topics: string[]): Link => {
    const held = holdAcknowledgements(client, {
      inflightMax: INFLIGHT_MAX,
      take: (packet, signal) => take(parts, scope, { client, packet, signal }),
    });
    const link: Link = { client, held, listening: false };
    client.on('connect', () => {
      client.subscribe(topics, { qos: 1, rh: 2 }, (error) => {
        link.listening = !error;
        if (error) log.error({ err: error, name }, 'the external MQTT broker refused a subscription');
        else log.info({ name, topics }, 'the external MQTT broker is read');
      });
    });
    client.on('error', (error) => log.warn({ err: error, name }, 'the external MQTT broker failed'));
    client.on('close', () => {
      link.listening = false;
      client.options.reconnectPeriod = jitter();
    });
    return link;
  };

  return {
    async start() {
      const url = config.mqttUrl;
      if (url === undefined) return;
      // Loaded when it is needed: most installations have the embedded broker alone.
      const { default: mqtt } = await import('mqtt');
      const connect = (name: string, options: IClientOptions) =>
        mqtt.connect(url, { ...commonOptions(config, name), ...options });
      metrics.gauge(
        'ronghe_ingest_mqtt_external_connected',
        'Connections to the external MQTT broker whose topics are read',
        () => links.filter(({ listening }) => listening).length,
      );
      if (filters.plain.length > 0) {
        const shared = filters.plain.map((filter) => `$share/${config.mqttGroup}/${filter}`);
        const properties = { ...limitsOf(config), sessionExpiryInterval: SESSION_SECONDS };
        links.push(open(connect('plain', { clean: false, properties }), 'plain', shared));
      }
      if (filters.sparkplug.length === 0) return;
      const [death] = parts.state(false);
      // Filters that overlap would bring the same message twice.
      const all = filters.sparkplug.includes('spBv1.0/#');
      const own = all ? [] : parts.state(true).map(({ topic }) => topic);
      const options = { clean: true, ...(death ? { will: death } : {}) };
      const link = open(connect('sparkplug', options), 'sparkplug', [...filters.sparkplug, ...own]);
      sparkplug = link.client;
      link.client.on('connect', () => publishAll(link.client, parts.state(true)));
      links.push(link);
    },
    publish(_organisation, message) {
      if (sparkplug) publishAll(sparkplug, [message]);
    },
    async stop() {
      if (sparkplug?.connected) publishAll(sparkplug, parts.state(false));
      sparkplug = undefined;
      const closing = links.splice(0).map(async ({ client, held }) => {
        await held.settled(STOP_TIMEOUT_MS);
        await client.endAsync(!client.connected);
      });
      await Promise.allSettled(closing);
    },
  };
}

const isSparkplug = (filter: string): boolean => filter.startsWith('spBv1.0/');
const jitter = (): number => RECONNECT_MS + Math.random() * (RECONNECT_MS_MAX - RECONNECT_MS);

/** What the broker may send at once. */
const limitsOf = ({ bodyBytesMax }: Config) => ({
  receiveMaximum: INFLIGHT_MAX,
  maximumPacketSize: bodyBytesMax,
});

function commonOptions(config: Config, name: string): IClientOptions {
  const { mqttUser, mqttPassword, mqttGroup, data } = config;
  // The same server must come back under the same name, or the broker would not know its session.
  const server = createHash('sha256').update(`${hostname()} ${data}`).digest('hex').slice(0, 12);
  return {
    protocolVersion: 5,
    clientId: `ronghe-${mqttGroup}-${name}-${server}`,
    connectTimeout: CONNECT_TIMEOUT_MS,
    reconnectPeriod: jitter(),
    keepalive: KEEP_ALIVE_SECONDS,
    resubscribe: false,
    queueQoSZero: false,
    properties: limitsOf(config),
    ...(mqttUser === undefined ? {} : { username: mqttUser }),
    ...(mqttPassword === undefined ? {} : { password: mqttPassword }),
  };
}

function publishAll(client: MqttClient, messages: readonly MqttPublication[]): void {
  for (const { topic, payload, qos, retain } of messages) client.publish(topic, payload, { qos, retain });
}

async function take(
  { accept, state, config, log }: Parts,
  scope: Scope,
  { client, packet, signal }: { client: MqttClient; packet: IPublishPacket; signal: AbortSignal },
): Promise<boolean> {
  const { topic, qos, dup } = packet;
  const payload = Buffer.isBuffer(packet.payload) ? packet.payload : Buffer.from(packet.payload);
  const about = isSparkplug(topic) ? parseTopic(topic) : null;
  if (about?.kind === 'state') {
    // Another connection's death of this host must not stand while it lives.
    const dead = about.host === config.sparkplugHostId && isOffline(payload);
    if (dead) publishAll(client, state(true));
    return true;
  }
  if (about?.kind === 'command') return true;
  try {
    return (await accept(scope, { topic, payload, qos, dup, signal })) !== false;
  } catch (error) {
    log.error({ err: error, topic }, 'a message of the external MQTT broker was not stored');
    return false;
  }
}

function isOffline(payload: Buffer): boolean {
  try {
    const state: unknown = JSON.parse(payload.toString());
    return typeof state === 'object' && state !== null && 'online' in state && state.online === false;
  } catch {
    return false;
  }
}
