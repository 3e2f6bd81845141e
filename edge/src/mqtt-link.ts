import type { ClientRequest } from 'node:http';
import { Socket } from 'node:net';
import mqtt, { type IClientOptions, type IConnackPacket, type MqttClient } from 'mqtt';
import { pause } from './backoff.ts';
import type { Reached } from './link-health.ts';
import { type Acknowledging, createAcknowledging } from './mqtt-acknowledge.ts';
import { createPacketWatch, type MqttLevel } from './mqtt-packets.ts';
import type { MqttTls } from './mqtt-tls.ts';

/** Longest packet that is waited for, whatever a broker announces. */
export const PACKET_BYTES_MAX = 16 * 1024 * 1024;
const ANSWER_TIMEOUT_MS = 10_000;
/** Some brokers take few filters in one packet. */
const FILTERS_IN_PACKET_MAX = 50;
const SUBSCRIBES_AT_ONCE_MAX = 10;
const FAREWELL_MS_MAX = 500;
const LOOK_EVERY_MS_MAX = 1_000;

/** What was published to a topic. `retained`: the broker had kept it, and nobody has just published it (3.3.1.3). */
export type MqttMessage = { topic: string; bytes: Buffer; retained: boolean };

export type MqttLinkOptions = {
  /** `mqtt://`, `mqtts://`, `ws://` or `wss://`, without user and password */
  endpoint: string;
  level: MqttLevel;
  clientId: string;
  /** false: the broker keeps subscriptions and messages of QoS 1 while we are away */
  clean: boolean;
  keepAliveSeconds: number;
  /** longest wait for the answers to CONNECT and SUBSCRIBE; 10 s when left out */
  timeoutMs?: number;
  username?: string | undefined;
  password?: string | undefined;
  tls?: MqttTls | undefined;
  will?: IClientOptions['will'];
  properties?: IClientOptions['properties'];
  /**
   * A message is acknowledged when this returns, or when the promise it returns resolves; one that rejects ends the
   * connection, so that the broker sends again what was not acknowledged. It must not throw.
   */
  take: (link: MqttLink, message: MqttMessage) => void | Promise<void>;
  /** A whole packet has come. */
  onHeard?: () => void;
  reached?: Reached;
  /** Asks for what those promises wait for, when the broker seems to wait too. */
  hurry?: () => void;
};

/** One connection to a broker, from connecting to its end; a lost one is never repaired, the next is a new link. */
export type MqttLink = {
  client: MqttClient;
  /** The broker has taken us. Rejects with the reason when the connection ends before. */
  connected: Promise<IConnackPacket>;
  /** The connection is gone, with the reason. Never rejects. */
  ended: Promise<Error>;
  /** Returns the filters that the broker refused. Rejects with the reason when the connection ends; no answer in time ends it. */
  subscribe(filters: readonly string[]): Promise<string[]>;
  /** Says good-bye, for at most half a second, and ends; `ended` resolves too. Never rejects. */
  close(): Promise<void>;
};

/**
 * Opens a connection with MQTT.js and sees to what the library leaves open:
 *
 * - bytes that are no MQTT end the connection, as MQTT-4.8.0-1 (3.1.1) and 4.13 (5) ask for; the library reports an
 *   error and reads on, so that a message is lost and nothing ever asks for it again
 * - a packet may claim at most PACKET_BYTES_MAX
 * - messages are taken as fast as they come, and acknowledged in their order when `take` allows it; the library does one
 *   after the other
 * - a connection on which no whole packet came for 1.5 times the keep-alive is ended. The library asks for PINGRESP
 *   within half the keep-alive, which a thin link full of messages may not deliver; any whole packet is a sign of life here
 *
 * Throws what the library finds wrong with the options.
 */
export function openMqttLink(options: MqttLinkOptions): MqttLink {
  const client = mqtt.connect(options.endpoint, clientOptions(options));
  let reason: Error | null = null;
  let isClosing = false;
  const end = (error: Error): void => {
    reason ??= error;
    client.stream.destroy();
  };
  client.on('error', end);
  client.on('disconnect', ({ reasonCode }) =>
    end(new Error(`the broker ended the connection with reason ${reasonCode ?? 0}`)),
  );
  const ended = new Promise<Error>((resolve) =>
    client.once('close', () => resolve(reason ?? new Error('the broker closed the connection'))),
  );
  const hurry = options.hurry ?? (() => undefined);
  const acknowledging = createAcknowledging({ client, hurry, fail: end });
  watch({ client, options, end, ended, acknowledging });
  if (options.reached !== undefined) measure(client, options.reached);
  const connected = new Promise<IConnackPacket>((resolve, reject) => {
    client.once('connect', resolve);
    void ended.then(reject);
  });
  // Whoever opens a link and closes it again at once need not wait for it.
  connected.catch(() => undefined);
  const link: MqttLink = {
    client,
    connected,
    ended,
    subscribe: (filters) => subscribe({ client, ended, end, options }, filters),
    async close() {
      isClosing = true;
      if (client.connected) {
        hurry();
        const late = new AbortController();
        const over = pause(FAREWELL_MS_MAX, late.signal);
        await Promise.race([acknowledging.settled(), ended, over]);
        client.end(false);
        await Promise.race([ended, over]);
        late.abort();
      }
      client.stream.destroy();
      await client.endAsync(true).catch(() => undefined);
    },
  };
  client.handleMessage = (packet, done) => {
    const { topic, payload, retain } = packet;
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    // What comes while we leave is neither taken nor acknowledged.
    if (isClosing) return;
    const kept = options.take(link, { topic, bytes, retained: retain }) ?? undefined;
    acknowledging.when(kept, packet, (error) => done(error));
  };
  return link;
}

/** Whom the socket reached, and how long SUBSCRIBE and PINGREQ wait for their answers. */
function measure(client: MqttClient, reached: Reached): void {
  const askedMs = new Map<string, number>();
  client.once('connect', () => {
    // Over WebSocket the stream is none of the network; see `clientOptions`.
    if (client.stream instanceof Socket) reached({ address: client.stream.remoteAddress });
  });
  client.on('packetsend', ({ cmd }) => {
    if (!askedMs.has(cmd)) askedMs.set(cmd, performance.now());
  });
  client.on('packetreceive', ({ cmd }) => {
    const question = cmd === 'suback' ? 'subscribe' : cmd === 'pingresp' ? 'pingreq' : '';
    const fromMs = askedMs.get(question);
    if (fromMs === undefined) return;
    askedMs.delete(question);
    reached({ latencyMs: performance.now() - fromMs });
  });
}

function clientOptions(options: MqttLinkOptions): IClientOptions {
  const tls = options.tls ?? {};
  const webSocket: object = {
    // The library passes on the certificates itself, but not the name.
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    finishRequest(request: ClientRequest) {
      request.once('upgrade', (_response, socket: Socket) =>
        options.reached?.({ address: socket.remoteAddress }),
      );
      request.end();
    },
  };
  return {
    protocolVersion: options.level,
    clean: options.clean,
    clientId: options.clientId,
    reconnectPeriod: 0,
    connectTimeout: options.timeoutMs ?? ANSWER_TIMEOUT_MS,
    keepalive: options.keepAliveSeconds,
    // The library's own clockwork stands still; `watch` does its work.
    timerVariant: { set: () => 0, clear: () => undefined },
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(options.password === undefined ? {} : { password: options.password }),
    ...(options.will === undefined ? {} : { will: options.will }),
    ...(options.properties === undefined ? {} : { properties: options.properties }),
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.certificate === undefined ? {} : { cert: tls.certificate }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    wsOptions: webSocket,
    // The library loses the brackets of an IPv6 address.
    transformWsUrl: () => options.endpoint,
  };
}

type Watched = {
  client: MqttClient;
  options: MqttLinkOptions;
  end: (error: Error) => void;
  ended: Promise<Error>;
  acknowledging: Acknowledging;
};

/** Guards the incoming bytes and asks for signs of life. */
function watch({ client, end, ended, options, acknowledging }: Watched): void {
  const packets = createPacketWatch({ level: options.level, packetBytesMax: PACKET_BYTES_MAX });
  let aliveMs = performance.now();
  let pingedMs = aliveMs;
  let quietLooks = 0;
  let isBroken = false;
  // Before the library's own listener, so that the first to speak of garbage is the one who ends the connection.
  client.stream.prependListener('data', (bytes: Buffer) => {
    if (isBroken) return;
    try {
      if (packets.take(bytes) === 0) return;
      aliveMs = performance.now();
      options.onHeard?.();
    } catch (error) {
      isBroken = true;
      end(error instanceof Error ? error : new Error(String(error)));
    }
  });
  const look = (): void => {
    // MQTT 5 lets the broker shorten it (3.2.2.3.14); before CONNACK the library's own timeout counts.
    const keepAliveMs = client.keepalive * 1000;
    const nowMs = performance.now();
    if (!client.connected) return;
    // Nothing is read while the disk has to catch up, which is not the broker's silence.
    if (acknowledging.isFull()) aliveMs = nowMs;
    quietLooks = nowMs - aliveMs > 1.5 * keepAliveMs ? quietLooks + 1 : 0;
    // Looked twice: after a long halt of this process, timers run before what has arrived meanwhile.
    if (quietLooks >= 2) {
      end(new Error(`the broker was silent for ${Math.round((nowMs - aliveMs) / 1000)} s`));
    } else if (nowMs - pingedMs >= keepAliveMs) {
      pingedMs = nowMs;
      client.sendPing();
    }
  };
  const timer = setInterval(look, Math.min(options.keepAliveSeconds * 250, LOOK_EVERY_MS_MAX));
  void ended.then(() => clearInterval(timer));
}

async function subscribe(
  { client, ended, end, options }: Omit<Watched, 'acknowledging'>,
  filters: readonly string[],
): Promise<string[]> {
  const late = setTimeout(
    () => end(new Error('the broker did not answer SUBSCRIBE')),
    options.timeoutMs ?? ANSWER_TIMEOUT_MS,
  );
  try {
    const slices: string[][] = [];
    for (let from = 0; from < filters.length; from += FILTERS_IN_PACKET_MAX)
      slices.push(filters.slice(from, from + FILTERS_IN_PACKET_MAX));
    const refused: string[] = [];
    for (let from = 0; from < slices.length; from += SUBSCRIBES_AT_ONCE_MAX) {
      const some = slices.slice(from, from + SUBSCRIBES_AT_ONCE_MAX);
      const gone = ended.then((error) => Promise.reject(error));
      refused.push(
        ...(
          await Promise.race([Promise.all(some.map((slice) => subscribeSome(client, slice))), gone])
        ).flat(),
      );
      late.refresh();
    }
    return refused;
  } catch (error) {
    // The library says no more than that the connection is closed.
    throw client.stream.destroyed ? await ended : error;
  } finally {
    clearTimeout(late);
  }
}

/** The library rejects as a whole when one of several filters is refused; the codes are in the packet (3.9.3). */
const subscribeSome = (client: MqttClient, filters: string[]): Promise<string[]> =>
  new Promise((resolve, reject) => {
    client.subscribe(filters, { qos: 1 }, (error, _granted, packet) => {
      const codes = packet?.granted;
      if (codes !== undefined && codes.length === filters.length)
        resolve(filters.filter((_, index) => Number(codes[index]) >= 0x80));
      else reject(error ?? new Error('the broker answered SUBSCRIBE with too few codes'));
    });
  });
