import { createServer, type Server, type Socket } from 'node:net';
import { Aedes, type AuthenticateError, type Client, type PublishPacket } from 'aedes';
import type { Auth } from '#platform/auth/auth.ts';
import type { Scope } from '#platform/auth/scope.ts';
import type { Config } from '#platform/config/config.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Metrics } from '#platform/http/metrics.ts';
import type { Log } from '#platform/log/log.ts';
import { createFrameGuard } from '#platform/mqtt/frame-guard.ts';

export const MQTT_CONNECTIONS_MAX = 2_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** Room for the topic and the packet's own fields beside the payload. */
const ENVELOPE_BYTES_MAX = 1_024;
/** Who has not signed in yet may send a CONNECT packet and nothing larger. */
const CONNECT_BYTES_MAX = 8_192;
const TOPIC_LEVELS_MAX = 10;
const REFUSED = 5;

/** A message of a signed-in client. `signal` is aborted when its connection ends. */
export type MqttMessage = { topic: string; payload: Buffer; qos: 0 | 1 | 2; signal: AbortSignal };
/**
 * Decides over a message. The acknowledgement (PUBACK, PUBREC) is held back until this resolves, so `true` promises that
 * the message is durable. `false`, or an error, ends the connection without one, and the client will send it again.
 */
export type MqttAccept = (scope: Scope, message: MqttMessage) => Promise<boolean>;

/**
 * The embedded MQTT 3.1.1 broker. Clients sign in with an API key as password; what they publish goes to `accept` and to
 * nobody else. Everything else is refused: subscriptions, wills, retained messages, sessions that outlive a connection.
 */
export type Mqtt = {
  /** Resolves with the TCP port. @throws CONFIG_INVALID when the address cannot be listened on */
  start(): Promise<number>;
  stop(): Promise<void>;
};

type Parts = { config: Config; auth: Auth; log: Log; metrics: Metrics; accept: MqttAccept };
type Connection = {
  key: string;
  from: string;
  leave: AbortController;
  authorized: boolean;
  persistent: boolean;
};

export function createMqtt(parts: Parts): Mqtt {
  const { config, log, metrics } = parts;
  const connections = new WeakMap<Client, Connection>();
  let server: Server | undefined;
  let broker: Aedes | undefined;
  metrics.describe('ronghe_mqtt_refused_total', 'MQTT connections and messages refused, by reason');

  return {
    async start() {
      const opened = await openBroker(parts, connections);
      broker = opened;
      server = createServer((socket) => receive(socket, { broker: opened, connections, config }));
      server.maxConnections = MQTT_CONNECTIONS_MAX;
      metrics.gauge('ronghe_mqtt_connections', 'Open MQTT connections', () => opened.connectedClients);
      const port = await listen(server, config);
      log.info({ port }, 'the MQTT broker listens');
      return port;
    },
    async stop() {
      const closing = server;
      const closed = closing ? new Promise<void>((resolve) => closing.close(() => resolve())) : undefined;
      await new Promise<void>((resolve) => (broker ? broker.close(() => resolve()) : resolve()));
      await closed;
      server = undefined;
      broker = undefined;
    },
  };
}

function listen(server: Server, { mqttHost, mqttPort }: Config): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      const details = [
        { path: 'mqttPort', message: `${mqttHost}:${mqttPort} cannot be listened on: ${error.message}` },
      ];
      reject(new AppError('CONFIG_INVALID', {}, { details, cause: error }));
    };
    server.once('error', fail);
    server.listen(mqttPort, mqttHost, () => {
      server.off('error', fail);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : mqttPort);
    });
  });
}

function receive(
  socket: Socket,
  context: { broker: Aedes; connections: WeakMap<Client, Connection>; config: Config },
): void {
  const { broker, connections, config } = context;
  socket.setNoDelay(true);
  const connection: Connection = {
    key: '',
    from: socket.remoteAddress ?? 'unknown',
    leave: new AbortController(),
    authorized: false,
    persistent: false,
  };
  const client = broker.handle(socket);
  connections.set(client, connection);
  const bytesMax = () =>
    connection.authorized ? config.bodyBytesMax + ENVELOPE_BYTES_MAX : CONNECT_BYTES_MAX;
  const fits = createFrameGuard(bytesMax);
  // The broker reads on `readable`; this listener sees the same chunks before its parser does.
  socket.on('data', (chunk: Buffer) => {
    if (!fits(chunk)) socket.destroy(new Error('the packet is too large'));
  });
  socket.once('close', () => connection.leave.abort());
}

async function openBroker(
  { auth, log, metrics, accept }: Parts,
  connections: WeakMap<Client, Connection>,
): Promise<Aedes> {
  const refuse = (reason: string) => metrics.count('ronghe_mqtt_refused_total', 1, { reason });
  const broker = await Aedes.createBroker({
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxTopicLevels: TOPIC_LEVELS_MAX,
    preConnect(client, packet, done) {
      const connection = connections.get(client);
      if (connection) connection.persistent = packet.clean === false || packet.will !== undefined;
      done(null, connection !== undefined);
    },
    authenticate(client, _username, password, done) {
      signIn({ auth, connection: connections.get(client), password }).then(
        (scope) => {
          if (!scope) {
            refuse('sign-in');
            return done(notAuthorized(), false);
          }
          // A client of another organisation must not push this one out by using its client id.
          Object.assign(client, { id: `${scope.organisation} ${scope.actor.id} ${client.id}` });
          done(null, true);
        },
        (error: unknown) => {
          log.warn({ err: error }, 'an MQTT client could not be signed in');
          done(notAuthorized(), false);
        },
      );
    },
    authorizeSubscribe(_client, _subscription, done) {
      refuse('subscribe');
      done(null, null);
    },
    authorizeForward: () => null,
    authorizePublish(client, packet, done) {
      const connection = client ? connections.get(client) : undefined;
      if (!connection) return done(new Error('not signed in'));
      take({ auth, accept, connection, packet }).then(
        (kept) => {
          if (kept) return done(null);
          refuse('publish');
          done(new Error('the message was refused'));
        },
        (error: unknown) => {
          refuse('failed');
          log.warn({ err: error, topic: packet.topic }, 'an MQTT message was not acknowledged');
          done(error instanceof Error ? error : new Error('failed'));
        },
      );
    },
  });
  broker.on('clientError', (client, error) =>
    log.debug({ client: client.id, err: error }, 'an MQTT client failed'),
  );
  broker.on('connectionError', (_client, error) => log.debug({ err: error }, 'an MQTT connection failed'));
  return broker;
}

const notAuthorized = (): AuthenticateError =>
  Object.assign(new Error('not authorized'), { returnCode: REFUSED });

async function signIn(request: {
  auth: Auth;
  connection: Connection | undefined;
  password: Readonly<Buffer | undefined>;
}): Promise<Scope | null> {
  const { auth, connection, password } = request;
  if (!connection || connection.persistent || !password) return null;
  const scope = await auth.scopeOfKey(password.toString(), connection.from);
  connection.authorized = scope !== null;
  connection.key = scope === null ? '' : password.toString();
  return scope;
}

/** The key is looked up for every message, so that revoking it ends what it may do. */
async function take(request: {
  auth: Auth;
  accept: MqttAccept;
  connection: Connection;
  packet: PublishPacket;
}): Promise<boolean> {
  const { auth, accept, connection, packet } = request;
  const scope = await auth.scopeOfKey(connection.key, connection.from);
  if (!scope) return false;
  const payload = Buffer.isBuffer(packet.payload) ? packet.payload : Buffer.from(packet.payload);
  const kept = await accept(scope, {
    topic: packet.topic,
    payload,
    qos: packet.qos,
    signal: connection.leave.signal,
  });
  // Nobody subscribes: the broker need not carry the payload any further, nor keep it as a retained message.
  packet.payload = Buffer.alloc(0);
  packet.retain = false;
  return kept;
}
