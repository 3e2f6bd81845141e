import { join } from 'node:path';
import type { PointType } from '@ronghe/contracts';
import type { OPCUAServer as Server, UAVariable, Variant } from 'node-opcua';
import { opcua } from './opcua-library.ts';

const { DataType, makeEUInformation, OPCUACertificateManager, OPCUAServer, StatusCodes } = opcua;

/** Sessions a simulated device accepts at the same time. */
const SESSIONS_MAX = 20;
/** Fastest sampling a client may ask of a simulated device, milliseconds; 0 reports every written value. */
const SAMPLING_MS = 100;

/** One variable a simulated OPC UA server offers under `ns=1;s=<key>`. */
export type ServerVariable = {
  key: string;
  name: string;
  /** folder it stands in */
  equipment: string;
  /** UCUM code */
  unit: string | null;
  type: PointType;
  range?: readonly [low: number, high: number];
  writable?: boolean;
};

export type OpcuaValue = number | boolean | string | null;

export type OpcuaServerOptions = {
  /** TCP port; 0 takes a free one */
  port: number;
  /** folder for the server's certificates; nothing is written outside it */
  folder: string;
  name: string;
  variables: readonly ServerVariable[];
  /** report every value even when several come within a sampling interval (replay) */
  everyValue?: boolean;
  /** called when a client wrote a writable variable */
  onWrite?(key: string, value: number): void;
};

/** A running OPC UA server of the demo. */
export type DemoOpcuaServer = {
  port: number;
  endpoint: string;
  /** Sets a value with its source time; null is a Bad status with no value. */
  set(key: string, value: OpcuaValue, sourceTime: Date): void;
  /** sessions that clients have open */
  sessions(): number;
  /** Cuts the link: connections are torn down and new ones refused, the address space lives on. */
  cut(): Promise<void>;
  restore(): Promise<void>;
  stop(): Promise<void>;
};

/** UCUM to UN/CEFACT recommendation 20: common code and the symbol people see. */
const UNITS: Readonly<Record<string, readonly [code: string, symbol: string]>> = {
  Cel: ['CEL', '°C'],
  'm3/h': ['MQH', 'm³/h'],
  Pa: ['PAL', 'Pa'],
  kPa: ['KPA', 'kPa'],
  '%': ['P1', '%'],
  t: ['TNE', 't'],
  kW: ['KWT', 'kW'],
  'kW.h': ['KWH', 'kWh'],
  '[pH]': ['Q30', 'pH'],
  '/min': ['RPM', 'r/min'],
  A: ['AMP', 'A'],
  L: ['LTR', 'L'],
  '1': ['C62', '1'],
};

/**
 * Starts an OPC UA server (security None and Basic256Sha256, anonymous) on the loopback address with one variable per
 * point: Double, Boolean or String; numbers are AnalogItems with EngineeringUnits and, when known, EURange.
 */
export async function startOpcuaServer(options: OpcuaServerOptions): Promise<DemoOpcuaServer> {
  const manager = (name: string) =>
    new OPCUACertificateManager({
      rootFolder: join(options.folder, name),
      automaticallyAcceptUnknownCertificate: true,
      disableFileWatchers: true,
    });
  const server = new OPCUAServer({
    port: options.port,
    host: '127.0.0.1',
    hostname: '127.0.0.1',
    resourcePath: '',
    buildInfo: { productName: `Ronghe demo ${options.name} (simulated)`, buildNumber: '1' },
    serverInfo: { applicationUri: `urn:ronghe:demo:${options.name}` },
    serverCertificateManager: manager('server-pki'),
    userCertificateManager: manager('user-pki'),
    allowAnonymous: true,
    serverCapabilities: {
      maxSessions: SESSIONS_MAX,
      // 0 promises every change; the default coalesces what comes within 50 ms, even for a client that asks for all.
      ...(options.everyValue ? { minSupportedSampleRate: 0 } : {}),
    },
    maxConnectionsPerEndpoint: SESSIONS_MAX,
    skipOwnNamespace: false,
  });
  await server.initialize();
  const variables = buildAddressSpace(server, options);
  await server.start();
  const endpoint = server.endpoints[0];
  const port = endpoint?.port ?? options.port;
  return {
    port,
    endpoint: `opc.tcp://127.0.0.1:${port}`,
    set(key, value, sourceTime) {
      const variable = variables.get(key);
      if (!variable) throw new RangeError(`the server has no variable ${key}`);
      if (value === null)
        variable.setValueFromSource({ dataType: DataType.Null }, StatusCodes.BadNoData, sourceTime);
      else variable.setValueFromSource(variantOf(value), StatusCodes.Good, sourceTime);
    },
    sessions: () => server.engine.currentSessionCount,
    async cut() {
      const suspended = server.suspendEndPoints();
      endpoint?.abruptlyInterruptChannels();
      await suspended;
    },
    restore: () => server.resumeEndPoints(),
    stop: () => server.shutdown(0),
  };
}

function buildAddressSpace(server: Server, options: OpcuaServerOptions): ReadonlyMap<string, UAVariable> {
  const addressSpace = server.engine.addressSpace;
  if (!addressSpace) throw new Error('the OPC UA server has no address space');
  const namespace = addressSpace.getOwnNamespace();
  const plant = namespace.addFolder(addressSpace.rootFolder.objects, {
    browseName: options.name,
    nodeId: 's=plant',
  });
  const folders = new Map<string, ReturnType<typeof namespace.addFolder>>();
  const variables = new Map<string, UAVariable>();
  for (const point of options.variables) {
    const folder =
      folders.get(point.equipment) ??
      namespace.addFolder(plant, { browseName: point.equipment, nodeId: `s=equipment/${point.equipment}` });
    folders.set(point.equipment, folder);
    const common = {
      componentOf: folder,
      nodeId: `s=${point.key}`,
      browseName: point.key,
      displayName: point.name,
      minimumSamplingInterval: options.everyValue ? 0 : SAMPLING_MS,
      accessLevel: point.writable ? 'CurrentRead | CurrentWrite' : 'CurrentRead',
      userAccessLevel: point.writable ? 'CurrentRead | CurrentWrite' : 'CurrentRead',
    };
    const variable =
      point.type === 'number' && point.unit !== null
        ? namespace.addAnalogDataItem({ ...common, dataType: 'Double', ...unitAndRange(point) })
        : namespace.addVariable({ ...common, dataType: DATA_TYPES[point.type] });
    variable.setValueFromSource(
      { dataType: DataType.Null },
      StatusCodes.BadWaitingForInitialData,
      new Date(),
    );
    if (point.writable) listenToWrites(variable, point.key, options);
    variables.set(point.key, variable);
  }
  return variables;
}

const DATA_TYPES = { number: 'Double', boolean: 'Boolean', text: 'String' } as const;

function unitAndRange({ unit, range }: ServerVariable) {
  const [code, symbol] = UNITS[unit ?? '1'] ?? ['', unit ?? ''];
  return {
    engineeringUnits: makeEUInformation(code, symbol, symbol),
    engineeringUnitsRange: { low: range?.[0] ?? 0, high: range?.[1] ?? 1_000_000_000 },
    ...(range ? { instrumentRange: { low: range[0], high: range[1] } } : {}),
  };
}

function listenToWrites(variable: UAVariable, key: string, options: OpcuaServerOptions): void {
  variable.on('value_changed', (dataValue: { value: Variant }) => {
    const written: unknown = dataValue.value.value;
    if (typeof written === 'number') options.onWrite?.(key, written);
  });
}

function variantOf(value: number | boolean | string) {
  if (typeof value === 'number') return { dataType: DataType.Double, value };
  if (typeof value === 'boolean') return { dataType: DataType.Boolean, value };
  return { dataType: DataType.String, value };
}
