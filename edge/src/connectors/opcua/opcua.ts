import { createBackoff, pause } from '../../backoff.ts';
import { type Clock, type Moment, momentAt, momentOf, wallMsOf } from '../../clock.ts';
import { emitStale, messageOf, trackConnection } from '../../connection.ts';
import type { Connector, ConnectorContext } from '../../connector.ts';
import { createMemory, readAlive } from './opcua.alive.ts';
import { browseNode } from './opcua.browse.ts';
import { faultOf, OpcuaFault, unlessAborted } from './opcua.calls.ts';
import { SESSION_TIMEOUT_MS } from './opcua.client.ts';
import type { OpcuaConfig } from './opcua.config.ts';
import { createHistory } from './opcua.history.ts';
import { createItems, type Items, prepareStructures } from './opcua.items.ts';
import { createLine, type Line, type Parts } from './opcua.line.ts';
import { createLadder, reasonFor, SILENT, stepFor } from './opcua.recovery.ts';
import { createTags } from './opcua.tags.ts';
import { completeUntilMs, watch } from './opcua.watch.ts';

/** A sample may be so much older than the message that it would have come in. */
const MARGIN_MS = 1_000;
/** Longest wait for the first values of a subscription before the rest is read. */
const SETTLE_MS_MAX = 2_000;
const SETTLE_LOOK_MS = 20;

type Loss = { since: Moment; reason: string };

/** Points of one OPC UA server, subscribed to or read in turn: one channel, one session, one subscription. */
export function createOpcua(context: ConnectorContext<OpcuaConfig>): Connector {
  const { emit, log, clock, folder } = context;
  const config = withoutEmptySubscription(context.config);
  const tracker = trackConnection({ ...config, points: config.points.length, clock });
  const tags = createTags({ config, emit, log, clock });
  const items = createItems({
    config,
    tags,
    log,
    prepare: async (values) => {
      const session = line.parts()?.session;
      if (session !== undefined) await prepareStructures(session, values);
    },
  });
  const line: Line = createLine({ config, folder, log, clock, items, tags, tried: tracker.tried });
  const history = createHistory({ config, emit, gap: context.gap, log, clock });
  const ladder = createLadder(SESSION_TIMEOUT_MS);
  const backoff = createBackoff({ firstMs: 500, mostMs: 30_000 });
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let isStale = false;
  /** The time without data that is not over yet. */
  let loss: Loss | null = null;
  let isUp = false;
  const memory = createMemory({ folder, log, clock });

  const now = (): number => clock.now().getTime();
  const countPoints = (): void => tracker.points(config.points.length, items.refused());

  const lose = (fault: OpcuaFault): void => {
    tracker.failed(fault);
    tracker.become('disconnected');
    if (stopping.signal.aborted) return;
    const parts = line.parts();
    if (isUp && parts !== null) {
      isUp = false;
      const heardAt = fault.code === SILENT ? parts.subscription?.heardAt() : parts.channel.heardAt();
      loss ??= { since: heardAt ?? momentOf(clock), reason: reasonFor(fault) };
      tags.openHoles(completeUntilMs(parts) - MARGIN_MS - config.publishingIntervalMs);
    }
    if (isStale) return;
    isStale = true;
    log.warn({ reason: messageOf(fault) }, 'the server cannot be reached');
    emitStale(emit, tags.becomeStale(now()), now());
  };

  /** The line is whole: every point is stated, and what was missed is given to the history. */
  const gain = async (parts: Parts): Promise<void> => {
    const atMs = now();
    isUp = true;
    countPoints();
    tracker.become('connected');
    if (isStale) log.info('the server is back');
    isStale = false;
    if (parts.subscription === null) {
      const beganMs = parts.calls.serverMs();
      await items.poll(parts.calls);
      parts.calls.pollMs = beganMs;
    } else {
      await firstValues({ config, items, clock, signal: stopping.signal });
      await items.settle(parts.calls);
    }
    countPoints();
    const points = config.points.length;
    if (loss !== null) history.fill({ ...gapOf(loss, atMs, clock), points }, tags.endHoles());
    loss = null;
  };

  const work = async (): Promise<void> => {
    await line.build();
    const parts = line.parts();
    if (parts === null) throw new OpcuaFault('BadConnectionClosed', 'the connection was lost');
    await gain(parts);
    await watch({
      config,
      parts,
      items,
      tags,
      history,
      log,
      clock,
      signal: stopping.signal,
      reached: tracker.reached,
      onPoints: countPoints,
      onComplete: (serverMs) => void memory.keep(serverMs, history.missingSinceMs()),
      onWell() {
        ladder.reset();
        backoff.reset();
      },
    });
  };

  const recover = async (fault: OpcuaFault): Promise<void> => {
    lose(fault);
    const isLinkLost = line.parts()?.channel.lost() ?? null;
    const step = ladder.next(isLinkLost === null ? stepFor(fault) : 'channel', clock.elapsedMs());
    await line.takeDown(step);
    // On a link that works the first try is made at once.
    if (step === 'channel' || step === 'restart' || ladder.isRepeated())
      await pause(backoff.nextMs(), stopping.signal);
    if (stopping.signal.aborted) return;
    log.info({ step }, 'trying to bring the connection back');
    tracker.tried(step);
  };

  const run = async (): Promise<void> => {
    const before = config.history.enabled ? await readAlive(folder) : null;
    if (before !== null) {
      loss = { since: momentAt(clock, before.atMs), reason: 'collector-stopped' };
      // Changes that the server had not sent yet when the collector stopped lie before that.
      tags.openHoles(before.serverMs - MARGIN_MS - config.publishingIntervalMs);
    }
    while (!stopping.signal.aborted) {
      try {
        // A stop does not wait for answers that a frozen link owes.
        await unlessAborted(work(), stopping.signal);
      } catch (error) {
        if (!stopping.signal.aborted) await recover(faultOf(error));
      }
    }
    const parts = line.parts();
    if (isUp && parts !== null) await memory.keep(completeUntilMs(parts), history.missingSinceMs());
    await line.leave();
  };

  return {
    async start() {
      tracker.become('connecting');
      running = run();
    },
    async stop() {
      stopping.abort();
      // Ends an attempt to connect that would otherwise run into its timeout.
      if (!isUp) await line.breakOff();
      await running;
      tracker.become('stopped');
    },
    state: tracker.state,
    async browse(request) {
      const parts = line.parts();
      if (parts === null || !isUp) throw new Error('the server is not connected');
      return browseNode(parts.calls, items.namespaces(), request);
    },
  };
}

/** Waits for the first values of a subscription, but not for long. */
async function firstValues(options: {
  config: OpcuaConfig;
  items: Items;
  clock: Clock;
  signal: AbortSignal;
}): Promise<void> {
  const { config, items, clock, signal } = options;
  const endMs = clock.elapsedMs() + Math.min(SETTLE_MS_MAX, 2 * config.publishingIntervalMs + 100);
  while (!items.isSettled() && clock.elapsedMs() < endMs && !signal.aborted)
    await pause(SETTLE_LOOK_MS, signal);
}

/** `toMs` was read off the clock before: it may have been set since. */
const gapOf = ({ since, reason }: Loss, toMs: number, clock: Clock) => ({
  fromMs: Math.min(toMs, wallMsOf(clock, since)),
  toMs,
  reason,
});

/** A subscription to nothing is silent at some servers; a connection that is only looked through needs none. */
const withoutEmptySubscription = (config: OpcuaConfig): OpcuaConfig =>
  config.points.length === 0 ? { ...config, mode: 'poll' } : config;
