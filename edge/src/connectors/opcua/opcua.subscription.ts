import type {
  CreateMonitoredItemsResponse,
  CreateSubscriptionResponse,
  DataValue,
  MonitoredItemCreateResult,
  NodeId,
  NotificationMessage,
  PublishResponse,
  RepublishResponse,
} from 'node-opcua-client';
import { type Clock, type Moment, momentOf } from '../../clock.ts';
import type { Log } from '../../log.ts';
import { type Calls, faultOf, OpcuaFault, plainName } from './opcua.calls.ts';
import type { OpcuaConfig } from './opcua.config.ts';
import { timeMsOf } from './opcua.decode.ts';
import { opcua } from './opcua.library.ts';

const {
  AttributeIds,
  CreateMonitoredItemsRequest,
  CreateSubscriptionRequest,
  DataChangeNotification,
  DeleteMonitoredItemsRequest,
  DeleteSubscriptionsRequest,
  MonitoringMode,
  PublishRequest,
  RepublishRequest,
  StatusChangeNotification,
  TimestampsToReturn,
} = opcua;

/** Publish requests that wait at the server, so that a slow link does not slow the changes down. */
const PUBLISH_REQUESTS = 4;
const NOTIFICATIONS_PER_PUBLISH_MAX = 10_000;
/** The server forgets a subscription that nobody asks for after so many keep-alive times. */
const LIFETIME_KEEP_ALIVES = 12;
/** Missed messages that are asked for again one by one; more is a matter for the history. */
const REPUBLISH_MAX = 1_000;
const SEQUENCE_MAX = 0xffffffff;
const DELETE_MS_MAX = 1_000;
/** Answers to a publish request after which it is simply made again, a little later. */
const PASSING_FAULTS = new Set(['BadTimeout', 'BadTooManyPublishRequests', 'BadRequestTimeout']);
const AFTER_FAULT_MS = 100;

/** What to monitor; `handle` comes back with its values. */
export type Wanted = { handle: number; nodeId: NodeId; parameters: object };

/** One subscription with its own loop of publish requests (OPC 10000-4, 5.14). */
export type Subscription = {
  id: number;
  /** The server speaks at least so often, when it has nothing to send. */
  keepAliveMs: number;
  /** When the last publish response came, on our clock. */
  heardAt(): Moment;
  /** When it was sent, on the server's. NaN before the first. */
  publishedMs(): number;
  /** Why it will bring nothing more, or null. */
  ended(): OpcuaFault | null;
  /** Monitors values in requests of limited size; the results are in the order asked. Throws OpcuaFault. */
  monitor(wanted: readonly Wanted[]): Promise<MonitoredItemCreateResult[]>;
  /** Takes items off again; what the server says to it does not matter. */
  forget(itemIds: readonly number[]): Promise<void>;
  /** Goes on with services of a session that has moved: first what was sent meanwhile and got lost. */
  move(calls: Calls): Promise<void>;
  /** Stops listening at once; `remove` also tells the server, briefly. Never rejects. */
  close(remove: boolean): Promise<void>;
};

export type OnData = (handle: number, data: DataValue) => void;

/** Creates the subscription and starts to listen. Throws OpcuaFault. */
export async function createSubscription(options: {
  calls: Calls;
  config: OpcuaConfig;
  log: Log;
  clock: Clock;
  onData: OnData;
  /** For values of structures, which have to be understood before they are handed on. */
  prepare(values: DataValue[]): Promise<void>;
}): Promise<Subscription> {
  const { config, clock } = options;
  const keepAliveCount = Math.max(2, Math.round(config.timeoutMs / config.publishingIntervalMs));
  const answer = await options.calls.call<CreateSubscriptionResponse>(
    new CreateSubscriptionRequest({
      requestedPublishingInterval: config.publishingIntervalMs,
      requestedMaxKeepAliveCount: keepAliveCount,
      requestedLifetimeCount: keepAliveCount * LIFETIME_KEEP_ALIVES,
      maxNotificationsPerPublish: NOTIFICATIONS_PER_PUBLISH_MAX,
      publishingEnabled: true,
      priority: 10,
    }),
  );
  const id = answer.subscriptionId;
  const keepAliveMs = answer.revisedPublishingInterval * answer.revisedMaxKeepAliveCount;
  // Longer than the server may be silent: a request that is answered late is not an error.
  const publishTimeoutMs = 2 * keepAliveMs + config.timeoutMs;
  const life: Life = {
    id,
    calls: options.calls,
    generation: 0,
    listening: 0,
    clock,
    heardAt: momentOf(clock),
    publishedMs: Number.NaN,
    ended: null,
    lastSequence: 0,
    acknowledgements: [],
    messages: Promise.resolve(),
  };
  const inbox = createInbox(life, options);
  const listen = (): void => {
    life.generation += 1;
    life.listening = 0;
    life.ended = null;
    life.heardAt = momentOf(clock);
    for (let count = 0; count < PUBLISH_REQUESTS; count += 1)
      void publish(life, publishTimeoutMs, inbox.take);
  };

  listen();
  return {
    id,
    keepAliveMs,
    heardAt: () => life.heardAt,
    publishedMs: () => life.publishedMs,
    ended: () => life.ended,
    async monitor(wanted) {
      const results: MonitoredItemCreateResult[] = [];
      const most = life.calls.limits.monitor;
      for (let start = 0; start < wanted.length; start += most) {
        const request = requestFor(id, wanted.slice(start, start + most));
        const response = await life.calls.call<CreateMonitoredItemsResponse>(request);
        results.push(...(response.results ?? []));
      }
      return results;
    },
    async forget(monitoredItemIds) {
      if (monitoredItemIds.length === 0) return;
      const request = { subscriptionId: id, monitoredItemIds: [...monitoredItemIds] };
      await life.calls.call(new DeleteMonitoredItemsRequest(request)).catch(() => undefined);
    },
    async move(to) {
      life.generation += 1;
      life.calls = to;
      await life.messages.catch(() => undefined);
      await inbox.catchUp();
      listen();
    },
    async close(remove) {
      life.generation += 1;
      const request = new DeleteSubscriptionsRequest({ subscriptionIds: [id] });
      if (remove) await life.calls.call(request, DELETE_MS_MAX).catch(() => undefined);
    },
  };
}

/** What is known of a subscription while it lives. */
type Life = {
  id: number;
  calls: Calls;
  /** Loops of an earlier generation end without a word. */
  generation: number;
  /** Loops that run. */
  listening: number;
  clock: Clock;
  heardAt: Moment;
  publishedMs: number;
  ended: OpcuaFault | null;
  lastSequence: number;
  acknowledgements: { subscriptionId: number; sequenceNumber: number }[];
  messages: Promise<void>;
};

/** One loop: asks, takes, acknowledges with the next request. */
async function publish(
  life: Life,
  timeoutMs: number,
  take: (message: NotificationMessage) => Promise<void>,
): Promise<void> {
  const { generation } = life;
  life.listening += 1;
  while (generation === life.generation) {
    const acknowledged = life.acknowledgements;
    life.acknowledgements = [];
    try {
      const request = new PublishRequest({ subscriptionAcknowledgements: acknowledged });
      const response = await life.calls.call<PublishResponse>(request, timeoutMs);
      if (generation !== life.generation) return;
      if (response.subscriptionId !== life.id) continue;
      life.heardAt = momentOf(life.clock);
      // Some servers give no time with a keep-alive.
      life.publishedMs = timeMsOf(response.notificationMessage.publishTime) ?? life.calls.serverMs();
      // One after the other, so that the values of a point stay in their order.
      life.messages = life.messages.then(() => take(response.notificationMessage));
      await life.messages;
    } catch (error) {
      if (generation !== life.generation) return;
      life.acknowledgements.unshift(...acknowledged);
      const fault = faultOf(error);
      if (fault.code === 'BadTooManyPublishRequests' && life.listening > 1) {
        life.listening -= 1;
        return;
      }
      if (!PASSING_FAULTS.has(fault.code)) {
        life.ended ??= fault;
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, AFTER_FAULT_MS));
    }
  }
}

/** Hands messages on in the order of their numbers, and asks again for those that are missing. */
function createInbox(
  life: Life,
  options: { log: Log; onData: OnData; prepare(values: DataValue[]): Promise<void> },
) {
  const deliver = async (message: NotificationMessage): Promise<void> => {
    for (const notification of message.notificationData ?? []) {
      if (notification instanceof StatusChangeNotification && !notification.status.isGood())
        life.ended ??= new OpcuaFault(
          plainName(notification.status.name),
          'the server gave up the subscription',
        );
      if (!(notification instanceof DataChangeNotification)) continue;
      const items = notification.monitoredItems ?? [];
      await options.prepare(items.map((item) => item.value));
      for (const item of items) options.onData(item.clientHandle, item.value);
    }
  };

  /** Null when it came, else why not. */
  const again = async (sequenceNumber: number): Promise<OpcuaFault | null> => {
    const request = new RepublishRequest({
      subscriptionId: life.id,
      retransmitSequenceNumber: sequenceNumber,
    });
    try {
      const response = await life.calls.call<RepublishResponse>(request);
      await deliver(response.notificationMessage);
    } catch (error) {
      return faultOf(error);
    }
    life.acknowledgements.push({ subscriptionId: life.id, sequenceNumber });
    life.lastSequence = sequenceNumber;
    return null;
  };

  return {
    async take(message: NotificationMessage): Promise<void> {
      const isKeepAlive = (message.notificationData ?? []).length === 0;
      // A keep-alive names the number that the next message will have (OPC 10000-4, 7.26).
      const newest = isKeepAlive ? before(message.sequenceNumber) : message.sequenceNumber;
      const missing = (isKeepAlive ? newest : before(newest)) - life.lastSequence;
      for (let count = 0; count < Math.min(missing, REPUBLISH_MAX); count += 1) {
        const fault = await again(after(life.lastSequence));
        if (fault === null) continue;
        options.log.warn({ missing: missing - count, reason: fault.code }, 'messages of the server are lost');
        break;
      }
      life.lastSequence = newest;
      if (isKeepAlive) return;
      life.acknowledgements.push({ subscriptionId: life.id, sequenceNumber: newest });
      await deliver(message);
    },
    /** What was sent while nobody listened. Throws when the server no longer knows the subscription. */
    async catchUp(): Promise<void> {
      for (let count = 0; count < REPUBLISH_MAX; count += 1) {
        const fault = await again(after(life.lastSequence));
        if (fault?.code === 'BadSubscriptionIdInvalid') throw fault;
        if (fault !== null) return;
      }
    },
  };
}

const requestFor = (subscriptionId: number, slice: readonly Wanted[]) =>
  new CreateMonitoredItemsRequest({
    subscriptionId,
    timestampsToReturn: TimestampsToReturn.Both,
    itemsToCreate: slice.map(({ handle, nodeId, parameters }) => ({
      itemToMonitor: { nodeId, attributeId: AttributeIds.Value },
      monitoringMode: MonitoringMode.Reporting,
      requestedParameters: { clientHandle: handle, ...parameters },
    })),
  });

/** Sequence numbers run from 1 to the largest and then from 1 again (OPC 10000-4, 7.5). */
const after = (sequence: number): number => (sequence === SEQUENCE_MAX ? 1 : sequence + 1);
const before = (sequence: number): number => (sequence === 1 ? 0 : sequence - 1);
