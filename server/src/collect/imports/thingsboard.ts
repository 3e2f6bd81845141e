import type { Draft, DraftConnection, Settings } from './draft.ts';
import { endpointOf } from './endpoints.ts';
import { type Issues, placeOf } from './issues.ts';
import {
  addressOf,
  encodingNamed,
  isBits,
  modbusSettings,
  type Orders,
  registersOf,
  TABLE_BY_FUNCTION,
} from './modbus-points.ts';
import { readThingsboardMqtt } from './thingsboard-mqtt.ts';
import { readThingsboardOpcua } from './thingsboard-opcua.ts';
import { bounded, isTree, lookUp, numberOf, type Tree, textOf, tidy, treesOf } from './values.ts';

type Reading = { draft: Draft; issues: Issues };

/** Which connector a file of the gateway configures; null when it is none. */
function kindOf(document: unknown): 'modbus' | 'opcua' | 'mqtt' | null {
  if (!isTree(document)) return null;
  const { master, server, broker } = document;
  if (isTree(master) && Array.isArray(master.slaves)) return 'modbus';
  if (isTree(server) && Array.isArray(server.devices)) return 'modbus';
  if (isTree(server) && typeof server.url === 'string') return 'opcua';
  return isTree(broker) && (Array.isArray(document.mapping) || isTree(document.dataMapping)) ? 'mqtt' : null;
}

export const isThingsboard = (document: unknown): boolean => kindOf(document) !== null;

/** Reads a connector file of the ThingsBoard IoT Gateway, in its older and newer layouts. */
export function readThingsboard(document: Tree, reading: Reading) {
  const kind = kindOf(document);
  if (kind === 'opcua') return readThingsboardOpcua(document, reading);
  if (kind === 'mqtt') return readThingsboardMqtt(document, reading);
  const { master, server } = document;
  // Since 2.6 each slave says how it is reached; before, all devices of a file shared one server.
  const slaves = isTree(master)
    ? treesOf(master.slaves, reading.issues, placeOf.file)
    : treesOf(isTree(server) ? server.devices : [], reading.issues, placeOf.file).map((device) => ({
        ...(isTree(server) ? server : {}),
        ...device,
      }));
  for (const slave of slaves) readSlave(slave, reading);
  if (isTree(document.slave)) reading.issues.once(placeOf.file, 'setting-left-out', { setting: 'slave' });
}

function readSlave(slave: Tree, { draft, issues }: Reading) {
  const device = textOf(slave.deviceName) || textOf(slave.name);
  const place = placeOf.names(device);
  const type = textOf(slave.type) || 'tcp';
  if (type === 'serial')
    return issues.error(place, 'serial', { value: textOf(slave.port) || textOf(slave.serialPort) });
  const method = textOf(slave.method) || 'socket';
  if (type !== 'tcp' || method === 'ascii')
    return issues.error(place, 'transport-unsupported', { value: `${type} ${method}` });
  const address = endpointOf(
    'modbus',
    { address: textOf(slave.host), port: numberOf(slave.port) },
    issues,
    place,
  );
  if (address === null) return;
  const timeout = numberOf(slave.timeout);
  const connection = draft.connection({
    name: device,
    protocol: 'modbus',
    place,
    settings: {
      endpoint: address.endpoint,
      framing: method === 'rtu' ? 'rtu' : undefined,
      unitId: bounded(slave.unitId, { field: 'unitId', low: 0, high: 255 }, issues, place),
      timeoutMs: bounded(
        timeout === null ? null : timeout * 1_000,
        { field: 'timeoutMs', low: 50, high: 60_000 },
        issues,
        place,
      ),
      onChange: slave.sendDataOnlyOnChange === true ? true : undefined,
    },
  });
  if (!connection) return;
  for (const field of ['pollPeriod', 'timeseriesPollPeriod', 'attributesPollPeriod'])
    connection.interval(numberOf(slave[field]));
  for (const list of ['timeseries', 'attributes'])
    for (const entry of treesOf(slave[list], issues, place))
      addRegister(entry, { slave, device, connection, issues });
  for (const list of ['attributeUpdates', 'rpc'])
    if (Array.isArray(slave[list]) && slave[list].length > 0) issues.once(place, 'writing-left-out');
}

function addRegister(
  entry: Tree,
  {
    slave,
    device,
    connection,
    issues,
  }: { slave: Tree; device: string; connection: DraftConnection; issues: Issues },
) {
  const tag = textOf(entry.tag);
  const place = placeOf.names(device, tag);
  const table = TABLE_BY_FUNCTION[numberOf(entry.functionCode) ?? 3];
  const start = numberOf(entry.address);
  const refuse = () =>
    issues.error(place, 'address-invalid', {
      value: `functionCode ${textOf(entry.functionCode)}, address ${textOf(entry.address)}`,
      example: 'functionCode 3, address 7',
    });
  const address = table === undefined || start === null ? null : addressOf(table, start);
  if (table === undefined || address === null) return refuse();
  const count = numberOf(entry.objectsCount ?? entry.registerCount) ?? 1;
  const common = { key: `${device}.${tag}`, name: tag || undefined, equipment: device || undefined };
  if (isBits(table)) {
    if (count > 1)
      return issues.error(place, 'address-array', { value: `${address}, objectsCount ${count}` });
    return connection.add({ ...common, address }, place);
  }
  const type = textOf(entry.type);
  const encoding = encodingNamed(type) ?? byCount(type, count);
  // Bits of registers, bytes and texts are cut out in ways of the gateway's own.
  if (encoding === null || encoding === 'bit' || encoding === 'boolean' || /^(8|64u?int|16float)/.test(type))
    return issues.error(place, 'type-unsupported', { value: type || '-' });
  const orders = ordersOf(entry, slave);
  if (registersOf(encoding) > 1 && textOf(entry.wordOrder ?? slave.wordOrder) === '')
    issues.once(connection.place, 'order-assumed', { value: 'LITTLE' });
  connection.add(
    { ...common, ...modbusSettings({ table, address }, encoding, orders), ...scaleOf(entry) },
    place,
  );
}

/** `int`, `uint`, `float` and `long` of early versions are as wide as their registers. */
function byCount(type: string, count: number) {
  const family = lookUp({ int: 'int', long: 'int', uint: 'uint', float: 'float', double: 'float' }, type);
  if (family === undefined) return null;
  return encodingNamed(`${family}${count * 16}`);
}

/** Of the entry, else of the slave, else little-endian, as the gateway does. */
function ordersOf(entry: Tree, slave: Tree): Orders {
  const of = (field: string) => (textOf(entry[field]) || textOf(slave[field]) || 'LITTLE').toUpperCase();
  return {
    wordOrder: of('wordOrder') === 'BIG' ? undefined : 'little',
    byteOrder: of('byteOrder') === 'BIG' ? undefined : 'little',
  };
}

function scaleOf(entry: Tree): Settings {
  const divider = numberOf(entry.divider) || 1;
  const multiplier = numberOf(entry.multiplier) || 1;
  const scale = tidy(multiplier / divider);
  return scale === 1 ? {} : { scale };
}
