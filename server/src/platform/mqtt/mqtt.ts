import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Auth } from '#platform/auth/auth.ts';
import type { Scope } from '#platform/auth/scope.ts';
import type { Config } from '#platform/config/config.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Metrics } from '#platform/http/metrics.ts';
import type { Log } from '#platform/log/log.ts';
import { type ConnectPacket, readConnect } from '#platform/mqtt/connect-packet.ts';
import { createFrameGuard } from '#platform/mqtt/frame-guard.ts';
import { createLargePackets, type LargePackets } from '#platform/mqtt/large-packets.ts';
import { type Connection, createRooms, type Rooms } from '#platform/mqtt/rooms.ts';

export const MQTT_CONNECTIONS_MAX = 2_000;
/** So that one organisation cannot take every place. */
const CONNECTIONS_OF_ORGANISATION_MAX = 1_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** How many packets of the largest size may be in memory at one moment. */
const LARGE_PACKETS_MAX = 4;
/** Room for the topic and the packet's own fields beside the payload. */
const ENVELOPE_BYTES_MAX = 1_024;
/** Who has not signed in yet may send a CONNECT packet and nothing larger. */
const CONNECT_BYTES_MAX = 8_192;

/** A message of a signed-in client. `signal` is aborted when its connection ends; of a will, when the broker stops. */
export type MqttMessage = {
  topic: string;
  payload: Buffer;
  qos: 0 | 1 | 2;
  /** the client says that it has sent this before */
  dup: boolean;
  signal: AbortSignal;
};
/**
 * Decides over a message. The acknowledgement (PUBACK, PUBREC) is held back until this resolves, so `true` promises that
 * the message is durable, and `'forward'` that it also goes to the organisation's subscribers. `false`, or an error, ends
 * the connection without one, and the client will send it again. Called in the order of arrival.
 */
export type MqttAccept = (scope: Scope, message: MqttMessage) => Promise<boolean | 'forward'>;
/** Whether a client may listen to this filter, inside its own organisation; nothing else can be reached. */
export type MqttMaySubscribe = (scope: Scope, filter: string) => boolean;
export type MqttPublication = { topic: string; payload: Buffer; qos: 0 | 1; retain: boolean };

/**
 * The embedded MQTT 3.1.1 broker. Clients sign in with an API key as password, or as user name when they have none. Each
 * organisation is by itself: what its clients publish goes to `accept`, and, if that says so, to its own subscribers.
 * Sessions that outlive a connection are refused.
 */
export type Mqtt = {
  /** Resolves with the TCP port. @throws CONFIG_INVALID when an address cannot be listened on or a certificate not read */
  start(): Promise<number>;
  /** To subscribers of one organisation. */
  publish(organisation: string, message: MqttPublication): void;
  stop(): Promise<void>;
};

type Parts = {
  config: Config;
  auth: Auth;
  log: Log;
  metrics: Metrics;
  accept: MqttAccept;
  /** nobody may subscribe when left out */
  maySubscribe?: MqttMaySubscribe;
  /** what the broker of an organisation publishes when it opens and before it closes */
  announce?: (organisation: string, moment: 'opens' | 'closes') => MqttPublication[];
};
type Context = {
  config: Config;
  auth: Auth;
  log: Log;
  rooms: Rooms;
  large: LargePackets;
  refuse: (reason: string) => void;
};

export function createMqtt(parts: Parts): Mqtt {
  const { config, auth, log, metrics, accept } = parts;
  const refuse = (reason: string) => metrics.count('ronghe_mqtt_refused_total', 1, { reason });
  let servers: Server[] = [];
  let rooms: Rooms | undefined;
  metrics.describe('ronghe_mqtt_refused_total', 'MQTT connections and messages refused, by reason');

  return {
    async start() {
      const large = createLargePackets({ bytesMax: LARGE_PACKETS_MAX * config.bodyBytesMax });
      const opened = createRooms({
        large,
        auth,
        log,
        refuse,
        accept,
        maySubscribe: parts.maySubscribe ?? (() => false),
        announce: parts.announce ?? (() => []),
      });
      rooms = opened;
      metrics.gauge('ronghe_mqtt_connections', 'Open MQTT connections', () => opened.clients());
      const context: Context = { config, auth, log, rooms: opened, large, refuse };
      const plain = createServer((socket) => receive(socket, context));
      servers = [plain];
      const port = await listen(plain, { host: config.mqttHost, port: config.mqttPort, path: 'mqttPort' });
      log.info({ port }, 'the MQTT broker listens');
      if (config.mqttTlsPort > 0) {
        const secure = createTlsServer(certificateOf(config), (socket) => receive(socket, context));
        servers.push(secure);
        await listen(secure, { host: config.mqttHost, port: config.mqttTlsPort, path: 'mqttTlsPort' });
        log.info({ port: config.mqttTlsPort }, 'the MQTT broker listens with TLS');
      }
      return port;
    },
    publish: (organisation, message) => rooms?.publish(organisation, message),
    async stop() {
      const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
      await rooms?.stop();
      await Promise.all(closed);
      servers = [];
      rooms = undefined;
    },
  };
}

function certificateOf({ mqttTlsCert, mqttTlsKey }: Config) {
  const read = (path: 'mqttTlsCert' | 'mqttTlsKey', file: string | undefined): Buffer => {
    try {
      if (file === undefined) throw new Error('is needed when mqttTlsPort is set');
      return readFileSync(file);
    } catch (error) {
      const message = `${path} cannot be read: ${(error as Error).message}`;
      throw new AppError('CONFIG_INVALID', {}, { details: [{ path, message }], cause: error });
    }
  };
  const minVersion = 'TLSv1.2' as const;
  return { cert: read('mqttTlsCert', mqttTlsCert), key: read('mqttTlsKey', mqttTlsKey), minVersion };
}

function listen(server: Server, at: { host: string; port: number; path: string }): Promise<number> {
  const { host, port, path } = at;
  server.maxConnections = MQTT_CONNECTIONS_MAX;
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      const details = [{ path, message: `${host}:${port} cannot be listened on: ${error.message}` }];
      reject(new AppError('CONFIG_INVALID', {}, { details, cause: error }));
    };
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

/** Waits for the whole CONNECT packet, signs the client in, and hands bytes and all to its organisation's broker. */
function receive(socket: Socket, context: Context): void {
  const { log, refuse } = context;
  let bytes = Buffer.alloc(0);
  const failed = (error: unknown) => log.debug({ err: error }, 'an MQTT connection failed');
  const timer = setTimeout(() => socket.destroy(), CONNECT_TIMEOUT_MS);
  socket.setNoDelay(true);
  socket.on('error', failed);
  socket.once('close', () => clearTimeout(timer));
  const read = () => {
    const chunk: Buffer | null = socket.read();
    if (chunk === null) return;
    bytes = Buffer.concat([bytes, chunk]);
    const packet = readConnect(bytes, CONNECT_BYTES_MAX);
    if (packet === 'partial') return;
    clearTimeout(timer);
    socket.off('readable', read);
    if (packet === 'malformed') {
      refuse('malformed');
      socket.destroy();
      return;
    }
    welcome(socket, { packet, bytes, context }).catch((error: unknown) => {
      log.warn({ err: error }, 'an MQTT client could not be signed in');
      socket.end(CONNACK.unavailable);
    });
  };
  socket.on('readable', read);
}

/** Answers to CONNECT that refuse it (MQTT 3.1.1, 3.2.2.3; MQTT 5, 3.2.2.2). */
const CONNACK = {
  version: Buffer.from([0x20, 2, 0, 1]),
  version5: Buffer.from([0x20, 3, 0, 0x84, 0]),
  unavailable: Buffer.from([0x20, 2, 0, 3]),
  notAuthorized: Buffer.from([0x20, 2, 0, 5]),
};

async function welcome(
  socket: Socket,
  { packet, bytes, context }: { packet: ConnectPacket; bytes: Buffer; context: Context },
): Promise<void> {
  const { config, auth, rooms, large, refuse } = context;
  const turnAway = (reason: string, answer: Buffer) => {
    refuse(reason);
    socket.end(answer);
  };
  if (packet.level === 5) return turnAway('version', CONNACK.version5);
  if (packet.level !== 3 && packet.level !== 4) return turnAway('version', CONNACK.version);
  if (!packet.clean) return turnAway('session', CONNACK.notAuthorized);
  const key = packet.password || packet.username || '';
  const from = socket.remoteAddress ?? 'unknown';
  const scope = key === '' ? null : await auth.scopeOfKey(key, from);
  if (!scope) return turnAway('sign-in', CONNACK.notAuthorized);
  if (rooms.clients(scope.organisation) >= CONNECTIONS_OF_ORGANISATION_MAX)
    return turnAway('connections', CONNACK.unavailable);
  const leave = new AbortController();
  const connection: Connection = {
    key,
    from,
    scope,
    leave,
    subscriptions: new Set(),
    will: undefined,
    turn: Promise.resolve(),
  };
  socket.once('close', () => leave.abort());
  socket.unshift(bytes);
  await rooms.enter(socket, connection);
  // The broker reads on `readable`; this listener sees the same chunks before its parser does.
  let coming = 0;
  const fits = createFrameGuard(() => config.bodyBytesMax + ENVELOPE_BYTES_MAX, {
    begin(length) {
      if (!large.take(length)) return false;
      coming = length;
      return true;
    },
    end(length) {
      large.release(length);
      coming = 0;
    },
  });
  socket.once('close', () => large.release(coming));
  socket.on('data', (chunk: Buffer) => {
    if (fits(chunk)) return;
    refuse('size');
    socket.destroy(new Error('the packet is too large, or there are too many large ones'));
  });
}
