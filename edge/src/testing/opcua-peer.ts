import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DataType,
  DataValue,
  type INamespace,
  type IVariableHistorian,
  MessageSecurityMode,
  type Namespace,
  OPCUACertificateManager,
  OPCUAServer,
  type OperationLimitsOptions,
  type ReadRawModifiedDetails,
  SecurityPolicy,
  type StatusCode,
  StatusCodes,
  type UAObject,
  type UAVariable,
  Variant,
  VariantArrayType,
} from 'node-opcua';
import { freePort } from './tcp-proxy.ts';

export type PeerOptions = {
  port?: number;
  /** URIs of further namespaces, in the order of their indexes from 2 on. */
  namespaces?: readonly string[];
  /** What it remembers of each variable; handed to the next server it survives a restart. Without it there is no history. */
  history?: PeerHistory;
  limits?: OperationLimitsOptions;
  /** Reports every change to who asks for a sampling interval of 0, instead of looking now and then. */
  everyChange?: boolean;
};
/** Name of a variable → its values in the order of time. */
export type PeerHistory = Map<string, DataValue[]>;

type SetOptions = {
  status?: StatusCode;
  time?: Date;
  /** when the server got it; as `time` when left out */
  serverTime?: Date;
  type?: DataType;
  /** URI of its namespace; the server's own when left out */
  namespace?: string;
  description?: string;
  /** makes it an AnalogItem with this unit (UN/CEFACT code in a number, display name) and range */
  unit?: { unitId: number; displayName: string; range: number };
};

/** A real OPC UA server with a few variables, for tests. */
export type OpcuaPeer = {
  port: number;
  server: OPCUAServer;
  /** Sets `s=<name>` below Objects/Machine, adding the variable when it is new. */
  set(name: string, value: unknown, options?: SetOptions): void;
  /** Puts a value into the history only, as if it had been written earlier. */
  remember(name: string, value: number, time: Date, status?: StatusCode): void;
  /** Puts values of now into the queues of its monitored items, more at once than sampling would. */
  overflow(name: string, values: readonly number[]): void;
  /** Deletes the variable. */
  remove(name: string): void;
  /** Forgets all sessions and subscriptions without a word, as after their timeout. */
  expireSessions(): void;
  /** Deletes all subscriptions without a word. */
  dropSubscriptions(): void;
  /** Subscriptions neither publish nor end any more; new ones do, unless `always`. */
  silence(always?: boolean): void;
  /** Lets the owner of this certificate (DER) sign in. */
  trustUser(certificate: Buffer): Promise<void>;
  sessions(): number;
  subscriptions(): number;
  stop(): Promise<void>;
};

/** Users: `operator` with password `secret`, certificates that are trusted, and anonymous. All policies. */
export async function startOpcuaPeer(options: PeerOptions = {}): Promise<OpcuaPeer> {
  if (options.port !== undefined) return startOn(options.port, options);
  // Making its certificate takes so long that somebody else may take the port meanwhile.
  for (let tries = 1; ; tries += 1) {
    try {
      return await startOn(await freePort(), options);
    } catch (error) {
      if (tries === PORT_TRIES_MAX || !String(error).includes('EADDRINUSE')) throw error;
    }
  }
}

const PORT_TRIES_MAX = 5;

async function startOn(port: number, options: PeerOptions): Promise<OpcuaPeer> {
  const folder = await mkdtemp(join(tmpdir(), 'ronghe-opcua-peer-'));
  const server = createServer(port, folder, options.limits);
  await server.initialize();
  const space = server.engine.addressSpace;
  if (space === null) throw new Error('the server has no address space');
  for (const uri of options.namespaces ?? []) space.registerNamespace(uri);
  const machines = new Map<INamespace, UAObject>();
  const variables = new Map<string, UAVariable>();
  const timers = new Set<NodeJS.Timeout>();

  const add = (name: string, set: SetOptions): UAVariable => {
    const { type = DataType.Double, namespace: uri, unit } = set;
    const namespace =
      uri === undefined ? space.getOwnNamespace() : space.getNamespace(space.getNamespaceIndex(uri));
    const machine =
      machines.get(namespace) ??
      namespace.addObject({
        organizedBy: space.rootFolder.objects,
        browseName: 'Machine',
        nodeId: 's=Machine',
      });
    machines.set(namespace, machine);
    const common = {
      componentOf: machine,
      browseName: name,
      nodeId: `s=${name}`,
      dataType: type,
      description: set.description ?? '',
      minimumSamplingInterval: options.everyChange ? 0 : 20,
    };
    const variable =
      unit === undefined
        ? namespace.addVariable(common)
        : (namespace as Namespace).addAnalogDataItem({
            ...common,
            engineeringUnitsRange: { low: 0, high: unit.range },
            engineeringUnits: {
              namespaceUri: 'http://www.opcfoundation.org/UA/units/un/cefact',
              unitId: unit.unitId,
              displayName: unit.displayName,
              description: unit.displayName,
            },
          });
    if (options.history !== undefined && !name.startsWith('Unrecorded'))
      space.installHistoricalDataNode(variable, { historian: createHistorian(options.history, name) });
    variables.set(name, variable);
    return variable;
  };

  const peer: OpcuaPeer = {
    port,
    server,
    set(name, value, set = {}) {
      const variable = variables.get(name) ?? add(name, set);
      const { type = DataType.Double, status = StatusCodes.Good, time = new Date() } = set;
      const variant = new Variant({ dataType: type, arrayType: VariantArrayType.Scalar, value });
      if (set.serverTime === undefined) return variable.setValueFromSource(variant, status, time);
      const data = new DataValue({
        value: variant,
        statusCode: status,
        sourceTimestamp: time,
        serverTimestamp: set.serverTime,
      });
      (variable as unknown as { _internal_set_dataValue(data: DataValue): void })._internal_set_dataValue(
        data,
      );
    },
    remember(name, value, time, statusCode = StatusCodes.Good) {
      const values = options.history?.get(name) ?? [];
      values.push(
        new DataValue({
          value: { dataType: DataType.Double, value },
          statusCode,
          sourceTimestamp: time,
          serverTimestamp: time,
        }),
      );
      options.history?.set(name, values);
    },
    overflow(name, values) {
      const nodeId = variables.get(name)?.nodeId.toString();
      const startMs = Date.now();
      values.forEach((value, index) => {
        const time = new Date(startMs + index);
        peer.set(name, value, { time });
        for (const session of server.engine.getSessions())
          for (const subscription of session.publishEngine.subscriptions)
            void subscription.applyOnMonitoredItem(async (item) => {
              if (item.node?.nodeId.toString() !== nodeId) return;
              const data = variables.get(name)?.readValue();
              if (data !== undefined) item.recordValue(data);
            });
      });
    },
    remove(name) {
      const variable = variables.get(name);
      if (variable !== undefined) space.deleteNode(variable);
      variables.delete(name);
    },
    expireSessions() {
      for (const session of server.engine.getSessions())
        server.engine.closeSession(session.authenticationToken, true, 'Timeout');
    },
    dropSubscriptions() {
      for (const session of server.engine.getSessions())
        for (const { id } of session.publishEngine.subscriptions) session.deleteSubscription(id);
    },
    silence(always = false) {
      const hush = () => {
        for (const session of server.engine.getSessions())
          for (const subscription of session.publishEngine.subscriptions)
            (subscription as unknown as { _stop_timer(): void })._stop_timer();
      };
      hush();
      if (always) timers.add(setInterval(hush, 10));
    },
    async trustUser(certificate) {
      await server.userCertificateManager.trustCertificate(certificate);
    },
    sessions: () => server.engine.currentSessionCount,
    subscriptions: () => server.engine.currentSubscriptionCount,
    async stop() {
      for (const timer of timers) clearInterval(timer);
      await server.shutdown(0);
      server.dispose();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return peer;
}

function createServer(port: number, folder: string, limits: OperationLimitsOptions | undefined): OPCUAServer {
  const { Basic256Sha256, Aes128_Sha256_RsaOaep, Aes256_Sha256_RsaPss } = SecurityPolicy;
  return new OPCUAServer({
    port,
    hostname: '127.0.0.1',
    serverCertificateManager: new OPCUACertificateManager({
      rootFolder: join(folder, 'pki'),
      automaticallyAcceptUnknownCertificate: true,
    }),
    userCertificateManager: new OPCUACertificateManager({ rootFolder: join(folder, 'users') }),
    securityModes: [MessageSecurityMode.None, MessageSecurityMode.Sign, MessageSecurityMode.SignAndEncrypt],
    securityPolicies: [SecurityPolicy.None, Basic256Sha256, Aes128_Sha256_RsaOaep, Aes256_Sha256_RsaPss],
    userManager: {
      isValidUser: (name: string, password: string) => name === 'operator' && password === 'secret',
    },
    ...(limits === undefined ? {} : { serverCapabilities: { operationLimits: limits } }),
  });
}

/** Raw values from start to end; an end that is not after the start asks for one that the test never makes. */
function createHistorian(history: PeerHistory, name: string): IVariableHistorian {
  const values = history.get(name) ?? [];
  history.set(name, values);
  return {
    async push(value) {
      values.push(new DataValue(value));
    },
    extractDataValues(
      { startTime, endTime }: ReadRawModifiedDetails,
      most: number,
      _isReversed: boolean,
      _reverse: boolean,
      callback: (error: Error | null, values?: DataValue[]) => void,
    ) {
      const found = values.filter(
        ({ sourceTimestamp }) =>
          sourceTimestamp !== null &&
          sourceTimestamp >= (startTime ?? 0) &&
          (endTime === null || sourceTimestamp <= endTime),
      );
      callback(null, most > 0 ? found.slice(0, most) : found);
    },
  };
}

export { DataType, StatusCodes };
