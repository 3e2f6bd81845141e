import type { PointType } from '@ronghe/contracts';
import type { Clock } from '../../clock.ts';
import type { Emit, PointDescriptor, Reading } from '../../connector.ts';
import type { Log } from '../../log.ts';
import {
  AttributeIds,
  type ClientSession,
  type ClientSubscription,
  itemsPerCall,
  monitoringParameters,
  type NodeId,
  nodeIdOf,
  plain,
  readValues,
  TimestampsToReturn,
} from './opcua.client.ts';
import type { OpcuaConfig } from './opcua.config.ts';
import { decodeDataValue } from './opcua.decode.ts';

type Tag = {
  point: PointDescriptor;
  type: PointType;
  address: string;
  node: NodeId | null;
  /** Newest source time seen, so that a stale sample comes after it. */
  lastMs: number;
  staleMs: number | null;
  /** Why the server refuses to monitor it, or null. */
  refused: string | null;
  monitored: { statusCode: { isGood(): boolean; name: string } } | null;
};

/** The points of one connection: what is monitored, what is refused, what is stale. */
export type Items = {
  /** Monitors all points on a fresh subscription; single refusals are noted and do not stop the others. */
  monitorAll(session: ClientSession, subscription: ClientSubscription): Promise<void>;
  /** Tries the refused points again. */
  retryRefused(session: ClientSession, subscription: ClientSubscription): Promise<void>;
  /** Points and their newest times for stale samples; they count as stale from `nowMs`. */
  becomeStale(nowMs: number): { point: PointDescriptor; afterMs?: number }[];
  /** After a loss: says of every point that has not changed since what it is now, or it would look stale for ever. */
  restate(session: ClientSession): Promise<void>;
  refused(): number;
};

export function createItems(options: { config: OpcuaConfig; emit: Emit; log: Log; clock: Clock }): Items {
  const { config, emit, log, clock } = options;
  const tags = config.points.map(
    (point): Tag => ({
      point: descriptorOf(config.name, point),
      type: point.type,
      address: point.address,
      node: null,
      lastMs: Number.NEGATIVE_INFINITY,
      staleMs: null,
      refused: null,
      monitored: null,
    }),
  );

  const take = (tag: Tag, data: Parameters<typeof plain>[0]): void => {
    if (data.statusCode.hasOverflowBit)
      log.warn({ point: tag.point.key }, 'the server’s queue of a point overflowed');
    const sample = decodeDataValue(plain(data), tag.type, clock.now().getTime());
    tag.lastMs = Math.max(tag.lastMs, sample[0]);
    if (tag.staleMs !== null && sample[0] > tag.staleMs) tag.staleMs = null;
    emit([{ point: tag.point, sample }]);
  };

  const refuse = (tag: Tag, reason: string): void => {
    tag.monitored = null;
    if (tag.refused === reason) return;
    tag.refused = reason;
    log.warn({ point: tag.point.key, reason }, 'the server refuses a point');
    emit([{ point: tag.point, sample: [clock.now().getTime(), null, 'bad', reason] }]);
  };

  const monitor = async (session: ClientSession, subscription: ClientSubscription, wanted: Tag[]) => {
    const namespaces = await session.readNamespaceArray().catch((): string[] => []);
    const ready = wanted.filter((tag) => {
      tag.node = nodeIdOf(tag.address, namespaces);
      if (tag.node === null) refuse(tag, 'BadNodeIdUnknown');
      return tag.node !== null;
    });
    const slice = await itemsPerCall(session);
    for (let start = 0; start < ready.length; start += slice) {
      await monitorSlice(subscription, ready.slice(start, start + slice));
    }
  };

  const monitorSlice = async (subscription: ClientSubscription, slice: Tag[]): Promise<void> => {
    const group = await subscription.monitorItems(
      slice.map((tag) => ({ nodeId: tag.node, attributeId: AttributeIds.Value })),
      monitoringParameters(config),
      TimestampsToReturn.Both,
    );
    group.on('changed', (_item, data, index) => {
      const tag = slice[index];
      if (tag !== undefined) take(tag, data);
    });
    slice.forEach((tag, index) => {
      const item = group.monitoredItems[index];
      if (item?.statusCode.isGood()) {
        tag.refused = null;
        tag.monitored = item;
      } else {
        refuse(tag, item?.statusCode.name ?? 'BadUnexpectedError');
      }
    });
  };

  return {
    async monitorAll(session, subscription) {
      for (const tag of tags) tag.monitored = null;
      await monitor(session, subscription, tags);
    },
    async retryRefused(session, subscription) {
      const refused = tags.filter((tag) => tag.refused !== null);
      if (refused.length > 0) await monitor(session, subscription, refused);
    },
    becomeStale(nowMs) {
      return tags.map((tag) => {
        tag.staleMs = Math.max(nowMs, tag.lastMs + 1);
        return Number.isFinite(tag.lastMs) ? { point: tag.point, afterMs: tag.lastMs } : { point: tag.point };
      });
    },
    async restate(session) {
      for (const tag of tags) {
        // A repaired subscription may have lost items whose nodes are gone; the library does not tell.
        const status = tag.monitored?.statusCode;
        if (status !== undefined && !status.isGood()) refuse(tag, status.name);
      }
      const silent = tags.filter((tag) => tag.staleMs !== null && tag.refused === null && tag.node !== null);
      const values = await readValues(
        session,
        silent.flatMap((tag) => (tag.node === null ? [] : [tag.node])),
      );
      const readings: Reading[] = [];
      silent.forEach((tag, index) => {
        const data = values[index];
        if (data === undefined || tag.staleMs === null) return;
        const nowMs = Math.max(clock.now().getTime(), tag.staleMs + 1);
        const [timeMs, value, quality, reason] = decodeDataValue(plain(data), tag.type, nowMs);
        const atMs = timeMs > tag.staleMs ? timeMs : nowMs;
        tag.lastMs = atMs;
        tag.staleMs = null;
        readings.push({
          point: tag.point,
          sample: reason === undefined ? [atMs, value, quality] : [atMs, value, quality, reason],
        });
      });
      if (readings.length > 0) emit(readings);
    },
    refused: () => tags.filter((tag) => tag.refused !== null).length,
  };
}

function descriptorOf(connection: string, point: OpcuaConfig['points'][number]): PointDescriptor {
  return {
    key: point.key,
    type: point.type,
    connection,
    ...(point.name === undefined ? {} : { name: point.name }),
    ...(point.unit === undefined ? {} : { unit: point.unit }),
    ...(point.equipment === undefined ? {} : { equipment: point.equipment }),
  };
}
