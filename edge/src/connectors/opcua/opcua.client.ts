import { join } from 'node:path';
import type {
  OPCUAClient as Client,
  ClientSession,
  ClientSubscription,
  DataValue,
  NodeId,
  Variant,
} from 'node-opcua-client';
import type { Log } from '../../log.ts';
import type { OpcuaConfig } from './opcua.config.ts';
import { integer64, type PlainDataValue } from './opcua.decode.ts';
import { opcua } from './opcua.library.ts';

const {
  AttributeIds,
  DataChangeFilter,
  DataChangeTrigger,
  DataType,
  DeadbandType,
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAClient,
  resolveNodeId,
  SecurityPolicy,
  setErrorLogger,
  setWarningLogger,
  TimestampsToReturn,
  UserTokenType,
  VariantArrayType,
} = opcua;

/** Items in one request when the server names no smaller limit. */
export const ITEMS_PER_CALL_MAX = 500;
const SESSION_TIMEOUT_MS = 60_000;
/** The server says at least this often that it lives, when there is nothing to publish. */
export const KEEP_ALIVE_MS = 5_000;

/** `MaxMonitoredItemsPerCall` of the server's operation limits (OPC 10000-6, node ids). */
const MONITORED_ITEMS_LIMIT = 'i=11714';

/**
 * A client whose certificates live in the folder. The library repairs short breaks by itself, asking the server for
 * what it kept meanwhile; a first connection is not repeated here.
 */
export function createClient(config: OpcuaConfig, folder: string, log: Log): Client {
  // The library would write to the console, which belongs to the process.
  setWarningLogger((...parts: unknown[]) =>
    log.debug({ library: parts.map(String).join(' ') }, 'node-opcua warns'),
  );
  setErrorLogger((...parts: unknown[]) =>
    log.debug({ library: parts.map(String).join(' ') }, 'node-opcua fails'),
  );
  return OPCUAClient.create({
    applicationName: `ronghe-edge-${config.name}`,
    clientName: `ronghe-edge-${config.name}`,
    clientCertificateManager: new OPCUACertificateManager({
      rootFolder: join(folder, 'pki'),
      automaticallyAcceptUnknownCertificate: config.security.acceptUnknownServer,
    }),
    connectionStrategy: { maxRetry: 1, initialDelay: 500, maxDelay: 5_000 },
    endpointMustExist: false,
    keepSessionAlive: true,
    keepAliveInterval: KEEP_ALIVE_MS,
    requestedSessionTimeout: SESSION_TIMEOUT_MS,
    transportTimeout: config.timeoutMs,
    defaultTransactionTimeout: 2 * config.timeoutMs,
    securityMode: MessageSecurityMode[config.security.mode],
    securityPolicy: SecurityPolicy[config.security.policy],
  });
}

/** Signs in, anonymously or by name. */
export function openSession(client: Client, config: OpcuaConfig): Promise<ClientSession> {
  const { username, password } = config.security;
  if (username === undefined) return client.createSession();
  return client.createSession({ type: UserTokenType.UserName, userName: username, password: password ?? '' });
}

/** The one subscription of a connection. */
export function openSubscription(session: ClientSession, config: OpcuaConfig): Promise<ClientSubscription> {
  const keepAliveCount = Math.max(2, Math.round(KEEP_ALIVE_MS / config.publishingIntervalMs));
  return session.createSubscription2({
    requestedPublishingInterval: config.publishingIntervalMs,
    requestedMaxKeepAliveCount: keepAliveCount,
    requestedLifetimeCount: keepAliveCount * 12,
    maxNotificationsPerPublish: 10_000,
    publishingEnabled: true,
    priority: 10,
  });
}

/** What items are asked for: every change of value or status, a queue, newest kept. */
export function monitoringParameters(config: OpcuaConfig) {
  return {
    samplingInterval: config.samplingIntervalMs ?? config.publishingIntervalMs,
    queueSize: config.queueSize,
    discardOldest: true,
    // Without a trigger of its own a filter reports changes of status only, at some servers.
    filter: new DataChangeFilter({
      trigger: DataChangeTrigger.StatusValue,
      deadbandType: DeadbandType.None,
      deadbandValue: 0,
    }),
  };
}

/** Items that may be created in one request: the server's limit, at most 500. */
export async function itemsPerCall(session: ClientSession): Promise<number> {
  const limit = await session
    .read({ nodeId: MONITORED_ITEMS_LIMIT, attributeId: AttributeIds.Value })
    .then((data) => Number(data.value?.value ?? 0))
    .catch(() => 0);
  return limit > 0 ? Math.min(limit, ITEMS_PER_CALL_MAX) : ITEMS_PER_CALL_MAX;
}

/** Node id of an address, its namespace URI looked up; null when it cannot be one or the server lacks the namespace. */
export function nodeIdOf(address: string, namespaces: readonly string[]): NodeId | null {
  const named = /^nsu=([^;]+);(.+)$/.exec(address);
  const index = named?.[1] === undefined ? -1 : namespaces.indexOf(named[1]);
  if (named !== null && index < 0) return null;
  try {
    return resolveNodeId(named === null ? address : `ns=${index};${named[2]}`);
  } catch {
    return null;
  }
}

/** Current values of nodes, in the order asked, in requests of limited size. */
export async function readValues(session: ClientSession, nodes: readonly NodeId[]): Promise<DataValue[]> {
  const values: DataValue[] = [];
  for (let start = 0; start < nodes.length; start += ITEMS_PER_CALL_MAX) {
    const slice = nodes.slice(start, start + ITEMS_PER_CALL_MAX);
    values.push(
      ...(await session.read(slice.map((nodeId) => ({ nodeId, attributeId: AttributeIds.Value })))),
    );
  }
  return values;
}

/** The library's DataValue as plain data. */
export const plain = (data: DataValue): PlainDataValue => ({
  value: variantValue(data.value),
  float32: data.value?.dataType === DataType.Float,
  status: { code: data.statusCode.value, name: data.statusCode.name },
  sourceTimestamp: data.sourceTimestamp,
  sourcePicoseconds: data.sourcePicoseconds,
  serverTimestamp: data.serverTimestamp,
});

/** The library gives 64-bit integers as two halves, which look like an array of two numbers. */
function variantValue(variant: Variant | undefined): unknown {
  const type = variant?.dataType;
  const wide = type === DataType.Int64 || type === DataType.UInt64;
  if (!wide || variant?.arrayType !== VariantArrayType.Scalar || !Array.isArray(variant.value))
    return variant?.value;
  const [high = 0, low = 0]: number[] = variant.value;
  return integer64([high, low], type === DataType.Int64);
}

export type { Client as OPCUAClient, ClientSession, ClientSubscription, NodeId };
export { AttributeIds, TimestampsToReturn };
