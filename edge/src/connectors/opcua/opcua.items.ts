import type { DataValue, MonitoredItemCreateResult } from 'node-opcua-client';
import type { Log } from '../../log.ts';
import { type Calls, plainName, readAttributes } from './opcua.calls.ts';
import { type OpcuaConfig, queueSizeOf } from './opcua.config.ts';
import { opcua } from './opcua.library.ts';
import { createNamespaces, nodeIdOf, readNamespaces, resolvePaths } from './opcua.nodes.ts';
import type { Subscription } from './opcua.subscription.ts';
import type { Tag, Tags } from './opcua.tags.ts';

const { AttributeIds, DataChangeFilter, DataChangeTrigger, DeadbandType, promoteOpaqueStructure } = opcua;

/** Answers of servers that monitor, but not with this filter. */
const FILTER_FAULTS = new Set([
  'BadMonitoredItemFilterUnsupported',
  'BadFilterNotAllowed',
  'BadDeadbandFilterInvalid',
  'BadMonitoredItemFilterInvalid',
]);

/** How the points of a connection are found at the server, monitored and read. All throw OpcuaFault. */
export type Items = {
  /** Finds the nodes of all points, as the server names them now. */
  resolve(calls: Calls): Promise<void>;
  /** Monitors all points on a fresh subscription; single refusals are noted and do not stop the others. */
  monitorAll(subscription: Subscription): Promise<void>;
  /** Reads all points, for servers without subscriptions. */
  poll(calls: Calls): Promise<void>;
  /** Tries the refused points again; no subscription means that they are polled. */
  retryRefused(calls: Calls, subscription: Subscription | null): Promise<void>;
  /** Reads the points that have not been heard of since a loss, or they would look stale for ever. */
  settle(calls: Calls): Promise<void>;
  /** Whether `settle` would have something to read. */
  isSettled(): boolean;
  refused(): number;
  namespaces(): readonly string[];
};

export function createItems(options: {
  config: OpcuaConfig;
  tags: Tags;
  log: Log;
  prepare(values: DataValue[]): Promise<void>;
}): Items {
  const { config, tags, log, prepare } = options;
  const namespaces = createNamespaces();

  const find = async (calls: Calls, wanted: readonly Tag[]): Promise<void> => {
    namespaces.learn(await readNamespaces(calls));
    const paths = wanted.filter((tag) => tag.config.path !== undefined);
    const found = await resolvePaths(
      calls,
      paths.map((tag) => tag.config.path ?? ''),
      namespaces,
    );
    paths.forEach((tag, index) => {
      const node = found[index] ?? 'BadNoMatch';
      tag.node = typeof node === 'string' ? null : node;
      if (typeof node === 'string') tags.refuse(tag, node);
    });
    for (const tag of wanted) {
      if (tag.config.address === undefined) continue;
      tag.node = nodeIdOf(tag.config.address, namespaces);
      if (tag.node === null) tags.refuse(tag, 'BadNodeIdUnknown');
    }
  };

  const request = async (
    subscription: Subscription,
    wanted: readonly Tag[],
    withFilter: boolean,
  ): Promise<Tag[]> => {
    const results = await subscription.monitor(
      wanted.flatMap((tag) =>
        tag.node === null
          ? []
          : [{ handle: tag.handle, nodeId: tag.node, parameters: parametersOf(config, tag, withFilter) }],
      ),
    );
    return wanted.filter((tag, index) => !accept(tag, results[index], withFilter));
  };

  /** False when it should be asked for again without a filter. */
  const accept = (tag: Tag, result: MonitoredItemCreateResult | undefined, withFilter: boolean): boolean => {
    const name = plainName(result?.statusCode.name ?? 'BadUnexpectedError');
    if (result?.statusCode.isGood()) {
      tag.refused = null;
      tag.itemId = result.monitoredItemId;
      if (result.revisedQueueSize < queueSizeOf(config))
        log.debug(
          { point: tag.point.key, queue: result.revisedQueueSize },
          'the server gives a shorter queue',
        );
      return true;
    }
    if (withFilter && FILTER_FAULTS.has(name)) return false;
    tags.refuse(tag, name);
    return true;
  };

  const monitor = async (subscription: Subscription, wanted: readonly Tag[]): Promise<void> => {
    const filtered = await request(
      subscription,
      wanted.filter((tag) => tag.node !== null),
      true,
    );
    if (filtered.length === 0) return;
    log.warn({ points: filtered.length }, 'the server takes no filter for some points; all changes come');
    await request(subscription, filtered, false);
  };

  const read = async (calls: Calls, wanted: readonly Tag[]): Promise<void> => {
    const found = wanted.flatMap((tag) => (tag.node === null ? [] : [{ tag, node: tag.node }]));
    // Slice by slice, so that the values of one request are told before the next is made.
    for (let start = 0; start < found.length; start += calls.limits.read) {
      const slice = found.slice(start, start + calls.limits.read);
      const values = await readAttributes(
        calls,
        slice.map(({ node }) => node),
        AttributeIds.Value,
      );
      await prepare(values);
      slice.forEach(({ tag }, index) => {
        const value = values[index];
        if (value !== undefined) tags.state(tag, value);
      });
    }
  };

  const unsettled = (): Tag[] =>
    tags.all.filter(
      (tag) =>
        tag.node !== null &&
        tag.refused === null &&
        (tag.staleMs !== null || tag.hole?.toMs === Number.POSITIVE_INFINITY),
    );

  return {
    resolve: (calls) => find(calls, tags.all),
    async monitorAll(subscription) {
      for (const tag of tags.all) tag.itemId = null;
      await monitor(subscription, tags.all);
    },
    poll: (calls) =>
      read(
        calls,
        tags.all.filter((tag) => tag.refused === null),
      ),
    async retryRefused(calls, subscription) {
      const refused = tags.all.filter((tag) => tag.refused !== null);
      if (refused.length === 0) return;
      await find(calls, refused);
      const found = refused.filter((tag) => tag.node !== null);
      if (subscription === null) {
        // The next round shows whether they are there; one that is not is refused again, unsaid.
        await retryByReading(calls, found, tags);
        return;
      }
      const old = found.flatMap((tag) => (tag.itemId === null ? [] : [tag.itemId]));
      for (const tag of found) tag.itemId = null;
      await subscription.forget(old);
      await monitor(subscription, found);
    },
    settle: (calls) => read(calls, unsettled()),
    isSettled: () => unsettled().length === 0,
    refused: () => tags.all.filter((tag) => tag.refused !== null).length,
    namespaces: namespaces.uris,
  };
}

async function retryByReading(calls: Calls, wanted: readonly Tag[], tags: Tags): Promise<void> {
  const nodes = wanted.flatMap((tag) => (tag.node === null ? [] : [tag.node]));
  const values = await readAttributes(calls, nodes, AttributeIds.Value);
  wanted.forEach((tag, index) => {
    const name = plainName(values[index]?.statusCode.name ?? 'BadUnexpectedError');
    if (/^BadNodeId/.test(name)) tags.refuse(tag, name);
    else tag.refused = null;
  });
}

/**
 * Makes values of structures readable, whose types the library has to ask the server for first. What it cannot
 * understand stays as it came.
 */
export async function prepareStructures(
  session: Parameters<typeof promoteOpaqueStructure>[0],
  values: DataValue[],
): Promise<void> {
  const structures = values.filter((value) => value.value?.dataType === opcua.DataType.ExtensionObject);
  if (structures.length > 0) await promoteOpaqueStructure(session, structures).catch(() => undefined);
}

/** Every change of value or status, a queue, newest kept; the server's own deadband only where it is asked for. */
function parametersOf(config: OpcuaConfig, tag: Tag, withFilter: boolean): object {
  const parameters = {
    samplingInterval: config.samplingIntervalMs ?? config.publishingIntervalMs,
    queueSize: queueSizeOf(config),
    discardOldest: true,
  };
  if (!withFilter) return parameters;
  const { serverDeadband } = tag.config;
  const percent = typeof serverDeadband === 'string';
  return {
    ...parameters,
    // Without a trigger of its own a filter reports changes of status only, at some servers.
    filter: new DataChangeFilter({
      trigger: DataChangeTrigger.StatusValue,
      deadbandType:
        serverDeadband === undefined
          ? DeadbandType.None
          : percent
            ? DeadbandType.Percent
            : DeadbandType.Absolute,
      deadbandValue: percent ? Number.parseFloat(serverDeadband) : (serverDeadband ?? 0),
    }),
  };
}
