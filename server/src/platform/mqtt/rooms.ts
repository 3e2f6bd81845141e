import type { Socket } from 'node:net';
import { Aedes, type Client, type PublishPacket } from 'aedes';
import type { Auth } from '#platform/auth/auth.ts';
import type { Scope } from '#platform/auth/scope.ts';
import type { Log } from '#platform/log/log.ts';
import type { LargePackets } from '#platform/mqtt/large-packets.ts';
import type { MqttAccept, MqttMaySubscribe, MqttPublication } from '#platform/mqtt/mqtt.ts';
import { createShelf, type Shelf } from '#platform/mqtt/shelf.ts';

const CONNECT_TIMEOUT_MS = 10_000;
/** A subscriber that does not read for this long is cut off, so that it cannot hold up who publishes. */
const DRAIN_TIMEOUT_MS = 10_000;
const HEARTBEAT_MS = 60_000;
/** A revoked key still listens for at most this long. */
const KEYS_CHECKED_EVERY_MS = 15_000;
const FORGET_AFTER_MS = 60_000;
const TOPIC_LEVELS_MAX = 20;
const INFLIGHT_MAX = 1_000;
const SUBSCRIPTIONS_MAX = 100;
/** What was taken for good goes to a topic that nobody can subscribe to. */
const TAKEN_TOPIC = '$taken';

/** A client after its sign-in. */
export type Connection = {
  key: string;
  from: string;
  scope: Scope;
  /** aborted when the connection ends */
  leave: AbortController;
  subscriptions: Set<string>;
  will: object | undefined;
  /** messages are looked at in the order in which they came */
  turn: Promise<unknown>;
};

/**
 * One broker for each organisation, opened when its first client comes. Topics, retained messages and subscriptions of
 * one organisation are in another broker than those of the next, so no filter can reach them.
 */
export type Rooms = {
  enter(socket: Socket, connection: Connection): Promise<void>;
  /** To the organisation's subscribers; nothing happens when none of its clients ever came. */
  publish(organisation: string, message: MqttPublication): void;
  clients(organisation?: string): number;
  stop(): Promise<void>;
};

export type RoomParts = {
  auth: Auth;
  log: Log;
  large: LargePackets;
  refuse: (reason: string) => void;
  accept: MqttAccept;
  maySubscribe: MqttMaySubscribe;
  announce: (organisation: string, moment: 'opens' | 'closes') => MqttPublication[];
};

type Room = { broker: Aedes; connections: Map<Client, Connection>; shelf: Shelf };

export function createRooms(parts: RoomParts): Rooms {
  const rooms = new Map<string, Promise<Room>>();
  const open = new Map<string, Room>();
  const stopped = new AbortController();
  const timer = setInterval(() => void checkKeys(parts, open), KEYS_CHECKED_EVERY_MS);
  timer.unref();

  const roomOf = (organisation: string): Promise<Room> => {
    const known = rooms.get(organisation);
    if (known) return known;
    const opening = openRoom(parts, stopped.signal).then((room) => {
      open.set(organisation, room);
      for (const message of parts.announce(organisation, 'opens')) void send(room, message);
      return room;
    });
    rooms.set(organisation, opening);
    opening.catch(() => rooms.delete(organisation));
    return opening;
  };

  return {
    async enter(socket, connection) {
      const room = await roomOf(connection.scope.organisation);
      if (socket.destroyed || stopped.signal.aborted) return;
      const client = room.broker.handle(socket);
      room.connections.set(client, connection);
      // One that leaves before it is let in is never told of; its will, if any, has been looked at by then.
      socket.once('close', () => setTimeout(() => room.connections.delete(client), FORGET_AFTER_MS).unref());
    },
    publish(organisation, message) {
      const room = open.get(organisation);
      if (room) void send(room, message);
    },
    clients(organisation) {
      if (organisation !== undefined) return open.get(organisation)?.broker.connectedClients ?? 0;
      return [...open.values()].reduce((sum, { broker }) => sum + broker.connectedClients, 0);
    },
    async stop() {
      clearInterval(timer);
      const closing = [...open].map(async ([organisation, room]) => {
        for (const message of parts.announce(organisation, 'closes')) await send(room, message);
        stopped.abort();
        await new Promise<void>((resolve) => room.broker.close(() => resolve()));
      });
      await Promise.all(closing);
      stopped.abort();
      open.clear();
      rooms.clear();
    },
  };
}

function send({ broker, shelf }: Pick<Room, 'broker' | 'shelf'>, message: MqttPublication): Promise<void> {
  const { topic, payload, qos, retain } = message;
  const kept = retain && shelf.put(topic, payload.length);
  const packet: PublishPacket = { cmd: 'publish', topic, payload, qos, retain: kept, dup: false };
  return new Promise((resolve) => broker.publish(packet, () => resolve()));
}

async function checkKeys({ auth, log, refuse }: RoomParts, open: ReadonlyMap<string, Room>): Promise<void> {
  for (const { connections } of open.values())
    for (const [client, { key, from, subscriptions }] of connections) {
      if (subscriptions.size === 0) continue;
      try {
        if ((await auth.scopeOfKey(key, from)) !== null) continue;
        refuse('revoked');
        client.close();
      } catch (error) {
        log.warn({ err: error }, 'the key of an MQTT client could not be checked');
      }
    }
}

async function openRoom(parts: RoomParts, stopped: AbortSignal): Promise<Room> {
  const { auth, log, refuse } = parts;
  const connections = new Map<Client, Connection>();
  const shelf = createShelf();
  const broker = await Aedes.createBroker({
    connectTimeout: CONNECT_TIMEOUT_MS,
    drainTimeout: DRAIN_TIMEOUT_MS,
    heartbeatInterval: HEARTBEAT_MS,
    maxTopicLevels: TOPIC_LEVELS_MAX,
    maxInflightInbound: INFLIGHT_MAX,
    preConnect(client, packet, done) {
      const connection = connections.get(client);
      if (connection) connection.will = packet.will;
      // The sign-in read the same bytes; should the two readers ever differ, nobody gets in.
      done(null, connection !== undefined && packet.clean !== false);
    },
    authenticate(client, username, password, done) {
      const connection = connections.get(client);
      const given = password && password.length > 0 ? password.toString() : username;
      if (!connection || connection.key !== given) return done(null, false);
      // Two keys of one organisation must not push each other out by using the same client id.
      Object.assign(client, { id: `${connection.scope.actor.id} ${client.id}` });
      done(null, true);
    },
    authorizeSubscribe(client, subscription, done) {
      const connection = client ? connections.get(client) : undefined;
      mayListen({ parts, connection, filter: subscription.topic }).then(
        (allowed) => {
          if (!allowed) refuse('subscribe');
          done(null, allowed ? subscription : null);
        },
        () => done(null, null),
      );
    },
    authorizePublish(client, packet, done) {
      const connection = client ? connections.get(client) : undefined;
      if (!connection) return done(new Error('not signed in'));
      const bytes = packet.payload.length;
      if (!parts.large.take(bytes)) {
        refuse('memory');
        return done(new Error('too many large messages wait'));
      }
      const settled = () => parts.large.release(bytes);
      const forward = (message: MqttPublication) => send({ broker, shelf }, message);
      take({ auth, accept: parts.accept, shelf, connection, packet, stopped, refuse, forward }).then(
        (kept) => {
          settled();
          if (kept) return done(null);
          refuse('publish');
          done(new Error('the message was refused'));
        },
        (error: unknown) => {
          settled();
          refuse('failed');
          log.warn({ err: error, topic: packet.topic }, 'an MQTT message was not acknowledged');
          done(error instanceof Error ? error : new Error('failed'));
        },
      );
    },
  });
  watch({ broker, connections, log });
  return { broker, connections, shelf };
}

function watch(room: { broker: Aedes; connections: Map<Client, Connection>; log: Log }): void {
  const { broker, connections, log } = room;
  // Not in its types: without a listener an error of its store would end the process.
  (broker as NodeJS.EventEmitter).on('error', (error: Error) =>
    log.error({ err: error }, 'the MQTT broker failed'),
  );
  broker.on('unsubscribe', (filters, client) => {
    for (const filter of filters) connections.get(client)?.subscriptions.delete(filter);
  });
  // A will still needs its connection: it is looked up after the client has left.
  broker.on('clientDisconnect', (client) => setImmediate(() => connections.delete(client)));
  broker.on('clientError', (client, error) =>
    log.debug({ client: client.id, err: error }, 'an MQTT client failed'),
  );
  broker.on('connectionError', (client, error) => {
    connections.delete(client);
    log.debug({ err: error }, 'an MQTT connection failed');
  });
}

async function mayListen(request: {
  parts: RoomParts;
  connection: Connection | undefined;
  filter: string;
}): Promise<boolean> {
  const { parts, connection, filter } = request;
  if (!connection || filter.startsWith('$')) return false;
  const scope = await parts.auth.scopeOfKey(connection.key, connection.from);
  if (!scope || scope.organisation !== connection.scope.organisation) return false;
  if (!parts.maySubscribe(scope, filter)) return false;
  if (connection.subscriptions.size >= SUBSCRIPTIONS_MAX && !connection.subscriptions.has(filter))
    return false;
  connection.subscriptions.add(filter);
  return true;
}

/** The key is looked up for every message, so that revoking it ends what it may do. */
async function take(request: {
  auth: Auth;
  accept: MqttAccept;
  shelf: Shelf;
  connection: Connection;
  packet: PublishPacket;
  stopped: AbortSignal;
  refuse: (reason: string) => void;
  forward: (message: MqttPublication) => Promise<void>;
}): Promise<boolean> {
  const { auth, accept, shelf, connection, packet, stopped, refuse, forward } = request;
  const { key, from } = connection;
  const { topic, qos, dup, retain } = packet;
  if (topic.startsWith('$') || topic.split('/').length > TOPIC_LEVELS_MAX) return false;
  const payload = Buffer.isBuffer(packet.payload) ? packet.payload : Buffer.from(packet.payload);
  const isWill = packet === connection.will;
  const signal = isWill ? stopped : connection.leave.signal;
  // Accepting begins in the order of arrival; it may end in any.
  const scopes = connection.turn.then(() => auth.scopeOfKey(key, from));
  const begun = scopes.then((scope) => ({
    verdict:
      scope && scope.organisation === connection.scope.organisation
        ? accept(scope, { topic, payload, qos, dup: dup === true, signal })
        : Promise.resolve(false as const),
  }));
  connection.turn = begun.catch(() => undefined);
  const verdict = await (await begun).verdict;
  if (verdict === false) return false;
  // The broker keeps messages of QoS 2 until they are released; a client that never does must not fill the memory.
  if (verdict === 'forward' && qos === 2) await forward({ topic, payload, qos: 1, retain });
  else if (verdict === 'forward') {
    if (retain) packet.retain = shelf.put(topic, payload.length);
    if (retain && !packet.retain) refuse('retained');
    return true;
  }
  packet.topic = TAKEN_TOPIC;
  packet.payload = Buffer.alloc(0);
  packet.retain = false;
  return true;
}
