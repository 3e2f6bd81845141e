import { createBackoff, pause } from '../../backoff.ts';
import { emitStale, messageOf, trackConnection } from '../../connection.ts';
import type { Connector, ConnectorContext } from '../../connector.ts';
import {
  type ClientSession,
  type ClientSubscription,
  createClient,
  KEEP_ALIVE_MS,
  type OPCUAClient,
  openSession,
  openSubscription,
} from './opcua.client.ts';
import type { OpcuaConfig } from './opcua.config.ts';
import { createItems } from './opcua.items.ts';

const CONNECT_MS_MAX = 30_000;
const DISCONNECT_MS_MAX = 2_000;
/** The library may repair a broken connection for so long; then everything is built anew. */
const REPAIR_MS_MAX = 30_000;
/** A subscription that has said nothing for so long is dead, whatever the connection claims. */
const SILENCE_MS_MAX = 4 * KEEP_ALIVE_MS;
const WATCH_EVERY_MS = 500;

/** Subscribes to points of one OPC UA server: one session, one subscription. */
export function createOpcua(context: ConnectorContext<OpcuaConfig>): Connector {
  const { config, emit, log, clock } = context;
  const tracker = trackConnection({ ...config, points: config.points.length, clock });
  const items = createItems({ config, emit, log, clock });
  const backoff = createBackoff({ firstMs: 500, mostMs: 30_000 });
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let stale = false;
  let current: OPCUAClient | null = null;

  const lose = (reason: unknown): void => {
    tracker.failed(reason);
    tracker.become('disconnected');
    if (stale || stopping.signal.aborted) return;
    stale = true;
    log.warn({ reason: messageOf(reason) }, 'the server cannot be reached');
    const nowMs = clock.now().getTime();
    emitStale(emit, items.becomeStale(nowMs), nowMs);
  };

  const gain = async (session: ClientSession): Promise<void> => {
    tracker.points(config.points.length, items.refused());
    tracker.become('connected');
    backoff.reset();
    if (!stale) return;
    stale = false;
    await items.restate(session);
    tracker.points(config.points.length, items.refused());
    log.info('the server is back');
  };

  /** Watches one connection until it is past repair. Throws the reason. */
  const watch = async (life: Life): Promise<void> => {
    let retryAtMs = Date.now() + config.retryMs;
    while (!stopping.signal.aborted) {
      await pause(WATCH_EVERY_MS, stopping.signal);
      if (life.ended !== null) throw life.ended;
      const nowMs = Date.now();
      if (life.lostAtMs !== null) {
        if (nowMs - life.lostAtMs > REPAIR_MS_MAX) throw new Error('the connection could not be repaired');
        continue;
      }
      if (nowMs - life.heardAtMs > SILENCE_MS_MAX + config.publishingIntervalMs)
        throw new Error('the subscription has fallen silent');
      if (nowMs < retryAtMs || items.refused() === 0) continue;
      await items.retryRefused(life.session, life.subscription);
      tracker.points(config.points.length, items.refused());
      retryAtMs = Date.now() + config.retryMs;
    }
  };

  const connectOnce = async (client: OPCUAClient): Promise<void> => {
    await within(client.connect(config.endpoint), CONNECT_MS_MAX, 'connecting took too long');
    const session = await within(openSession(client, config), CONNECT_MS_MAX, 'signing in took too long');
    const subscription = await openSubscription(session, config);
    const life: Life = { session, subscription, heardAtMs: Date.now(), lostAtMs: null, ended: null };
    listen(client, life, {
      lost: () => lose(new Error('the connection was lost')),
      repaired: () => {
        gain(session).catch((error: unknown) => {
          life.ended = error instanceof Error ? error : new Error(String(error));
        });
      },
    });
    await items.monitorAll(session, subscription);
    if (life.lostAtMs === null) await gain(session);
    await watch(life);
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const client = createClient(config, context.folder, log);
      current = client;
      try {
        await connectOnce(client);
      } catch (error) {
        lose(error);
      } finally {
        current = null;
        await hangUp(client);
      }
      await pause(backoff.nextMs(), stopping.signal);
    }
  };

  return {
    async start() {
      tracker.become('connecting');
      running = run();
    },
    async stop() {
      stopping.abort();
      // Ends an attempt to connect that would otherwise run into its timeout.
      if (current !== null && tracker.state().state !== 'connected') await hangUp(current);
      await running;
      tracker.become('stopped');
    },
    state: tracker.state,
  };
}

/** What is known of one connection while it lives. */
type Life = {
  session: ClientSession;
  subscription: ClientSubscription;
  heardAtMs: number;
  lostAtMs: number | null;
  ended: Error | null;
};

function listen(client: OPCUAClient, life: Life, on: { lost: () => void; repaired: () => void }): void {
  const { session, subscription } = life;
  const end = (why: string) => () => {
    life.ended ??= new Error(why);
  };
  const heard = () => {
    life.heardAtMs = Date.now();
  };
  client.on('connection_lost', () => {
    life.lostAtMs ??= Date.now();
    on.lost();
  });
  client.on('connection_reestablished', () => {
    life.lostAtMs = null;
    heard();
    on.repaired();
  });
  client.on('close', end('the connection was closed'));
  session.on('session_closed', end('the server closed the session'));
  subscription.on('raw_notification', heard);
  subscription.on('keepalive', heard);
  subscription.on('terminated', end('the server ended the subscription'));
  subscription.on('status_changed', end('the server gave up the subscription'));
  subscription.on('error', () => undefined);
  subscription.on('internal_error', () => undefined);
}

const hangUp = (client: OPCUAClient): Promise<void> =>
  within(client.disconnect(), DISCONNECT_MS_MAX, 'disconnecting took too long').catch(() => undefined);

/** Fails after a time; the work itself goes on and its late failure is not an unhandled one. */
async function within<T>(work: Promise<T>, timeMs: number, message: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(message)), timeMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
