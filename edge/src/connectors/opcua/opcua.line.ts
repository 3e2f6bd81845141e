import type { RecoveryStep } from '@ronghe/contracts';
import type { ClientSession } from 'node-opcua-client';
import type { Clock } from '../../clock.ts';
import type { Log } from '../../log.ts';
import { type Calls, createCalls, faultOf, readLimits } from './opcua.calls.ts';
import {
  type Channel,
  closeSession,
  moveSession,
  openChannel,
  openSession,
  SESSION_TIMEOUT_MS,
} from './opcua.client.ts';
import type { OpcuaConfig } from './opcua.config.ts';
import { type Items, prepareStructures } from './opcua.items.ts';
import { createSubscription, type Subscription } from './opcua.subscription.ts';
import type { Tags } from './opcua.tags.ts';

/** The line to a server: channel, session, subscription, each made anew only where it has to be. */
export type Line = {
  /** Makes what is missing; throws OpcuaFault. A session that was kept is moved, with what its queues hold. */
  build(): Promise<void>;
  /** Takes down what a step of recovery makes anew. Never rejects. */
  takeDown(step: RecoveryStep): Promise<void>;
  /** Takes all down and says goodbye to the server. Never rejects. */
  leave(): Promise<void>;
  /** Breaks off an attempt to connect. */
  breakOff(): Promise<void>;
  /** What there is; null before it is built. */
  parts(): Parts | null;
};
export type Parts = {
  channel: Channel;
  calls: Calls;
  session: ClientSession;
  subscription: Subscription | null;
};

type Kept = { session: ClientSession; calls: Calls; subscription: Subscription | null; untilMs: number };

export function createLine(options: {
  config: OpcuaConfig;
  folder: string;
  log: Log;
  clock: Clock;
  items: Items;
  tags: Tags;
  /** A step that had to be tried while another one was going on. */
  tried(step: RecoveryStep): void;
}): Line {
  const { config, folder, log, clock, items, tags } = options;
  let opening: Channel | null = null;
  let channel: Channel | null = null;
  let session: ClientSession | null = null;
  let calls: Calls | null = null;
  let subscription: Subscription | null = null;
  let kept: Kept | null = null;

  const openNew = async (on: Channel): Promise<Calls> => {
    session = await openSession(on, config, folder);
    calls = createCalls({ client: on.client, session, timeoutMs: config.timeoutMs });
    await readLimits(calls);
    await items.resolve(calls);
    return calls;
  };

  /** True when the kept session works on the new channel. */
  const moveKept = async (on: Channel, old: Kept): Promise<boolean> => {
    try {
      await moveSession(on, old.session);
    } catch (error) {
      if (on.lost() !== null) throw error;
      log.info({ reason: faultOf(error).code }, 'the server has not kept the session');
      kept = null;
      options.tried('session');
      return false;
    }
    kept = null;
    session = old.session;
    calls = createCalls({ client: on.client, session, timeoutMs: config.timeoutMs });
    Object.assign(calls.limits, old.calls.limits);
    try {
      await old.subscription?.move(calls);
      subscription = old.subscription;
    } catch (error) {
      log.info({ reason: faultOf(error).code }, 'the server has not kept the subscription');
      options.tried('resubscribe');
    }
    return true;
  };

  const subscribe = async (on: Calls): Promise<void> => {
    const mine = session;
    const created = await createSubscription({
      calls: on,
      config,
      log,
      clock,
      onData: (handle, data) => {
        const tag = tags.all[handle - 1];
        if (tag !== undefined) tags.take(tag, data);
      },
      prepare: async (values) => {
        if (mine !== null) await prepareStructures(mine, values);
      },
    });
    subscription = created;
    await items.monitorAll(created);
  };

  const dropSession = async (): Promise<void> => {
    await subscription?.close(false);
    if (session !== null) await closeSession(session);
    session = null;
    calls = null;
    subscription = null;
  };

  return {
    async build() {
      channel ??= await openChannel({ config, folder, log, clock }, (seen) => {
        opening = seen;
      });
      const old = kept !== null && kept.untilMs > clock.elapsedMs() ? kept : null;
      if (session === null && old !== null) await moveKept(channel, old);
      const working = session === null || calls === null ? await openNew(channel) : calls;
      if (config.mode === 'subscribe' && subscription === null) await subscribe(working);
    },
    async takeDown(step) {
      if (step === 'resubscribe') {
        await subscription?.close(true);
        subscription = null;
        return;
      }
      if (step === 'session') return dropSession();
      const last = channel ?? opening;
      if (session !== null && calls !== null)
        kept = {
          session,
          calls,
          subscription,
          untilMs: (last?.heardAt().elapsedMs ?? clock.elapsedMs()) + SESSION_TIMEOUT_MS,
        };
      if (step === 'restart') {
        await dropSession();
        kept = null;
      }
      await last?.close();
      opening = null;
      channel = null;
      session = null;
      calls = null;
      subscription = null;
    },
    async leave() {
      await dropSession();
      await (channel ?? opening)?.close();
      opening = null;
      channel = null;
      kept = null;
    },
    breakOff: async () => opening?.close(),
    parts: () =>
      channel === null || calls === null || session === null
        ? null
        : { channel, calls, session, subscription },
  };
}
