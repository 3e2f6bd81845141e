import type { Bilingual } from '@ronghe/contracts';
import type { Draft, DraftConnection } from './draft.ts';
import { endpointOf } from './endpoints.ts';
import { type Issues, placeOf } from './issues.ts';
import { addKepwareTag, type KepwareTag, type ModbusOptions } from './kepware-tags.ts';
import { opcuaSecurity } from './opcua-points.ts';
import { bounded, DEPTH_MAX, isTree, lookUp, numberOf, type Tree, textOf, treesOf } from './values.ts';

const NAME = 'common.ALLTYPES_NAME';
const DRIVER = 'servermain.MULTIPLE_TYPES_DEVICE_DRIVER';
const DEVICE_ID = 'servermain.DEVICE_ID_STRING';
/** What Kepware writes for a tag that nobody gave a rate; it says nothing of the device. */
const TAG_RATE_DEFAULT_MS = 100;

type Reading = { draft: Draft; issues: Issues };
type Device = { channel: Tree; device: Tree; place: Bilingual; names: readonly [string, string] };

/** Whether a document is a project of KEPServerEX or ThingWorx Kepware Server. */
export function isKepwareProject(document: unknown): boolean {
  return (
    isTree(document) &&
    (isTree(document.project) ? Array.isArray(document.project.channels) : hasChannels(document))
  );
}

const hasChannels = (document: Tree): boolean =>
  Array.isArray(document.channels) &&
  document.channels.some((channel) => isTree(channel) && DRIVER in channel);

/** Reads a project: each device becomes a connection, each tag a point `channel.device.group.tag`. */
export function readKepwareProject(document: Tree, reading: Reading) {
  const { issues } = reading;
  const project = isTree(document.project) ? document.project : document;
  for (const channel of treesOf(project.channels, issues, placeOf.file)) {
    const name = textOf(channel[NAME]);
    const driver = textOf(channel[DRIVER]);
    const read = lookUp(DRIVERS, driver);
    if (read === undefined) {
      issues.error(placeOf.names(name), 'protocol-unknown', { value: driver || '-' });
      continue;
    }
    for (const device of treesOf(channel.devices, issues, placeOf.names(name))) {
      const names = [name, textOf(device[NAME])] as const;
      const place = placeOf.names(...names);
      if (device['servermain.DEVICE_DATA_COLLECTION'] === false) issues.warning(place, 'disabled-there');
      read({ channel, device, place, names }, reading);
    }
  }
  for (const [key, value] of Object.entries(project))
    if (/^_/.test(key) && Array.isArray(value) && value.length > 0)
      issues.once(placeOf.file, 'plugin-left-out', { value: key });
}

const DRIVERS: Readonly<Record<string, (device: Device, reading: Reading) => void>> = {
  'Modbus TCP/IP Ethernet': readModbus,
  'Siemens TCP/IP Ethernet': readSiemens,
  'OPC UA Client': readOpcua,
};

function readModbus(own: Device, reading: Reading) {
  const { issues, draft } = reading;
  const { device, place } = own;
  const option = (name: string) => device[`modbus_ethernet.DEVICE_${name}`];
  const id = textOf(device[DEVICE_ID]);
  // <host>.unit; older projects write host.unit
  const [, inside, plain, unit] = /^(?:<([^<>]+)>|([\d.]+?|[^.]+))\.(\d{1,3})$/.exec(id) ?? [];
  const address = endpointOf(
    'modbus',
    { address: inside ?? plain ?? id, port: numberOf(option('ETHERNET_PORT_NUMBER')) },
    issues,
    place,
  );
  if (address === null) return;
  const protocol = numberOf(option('ETHERNET_IP_PROTOCOL'));
  if (protocol === 0) issues.warning(place, 'transport-unsure', { value: 'DEVICE_ETHERNET_IP_PROTOCOL 0' });
  const options: ModbusOptions = {
    shift: option('ZERO_BASED_ADDRESSING') === false ? 0 : 1,
    bitShift: option('ZERO_BASED_BIT_ADDRESSING') === false ? 1 : 0,
    firstWordLow: option('FIRST_WORD_LOW') !== false,
    firstDwordLow: option('FIRST_DWORD_LOW') !== false,
    modbusByteOrder: option('MODBUS_BYTE_ORDER') !== false,
    modiconBits: option('MODICON_BIT_ORDER') === true,
    decimalLongs: option('TREAT_LONGS_AS_DOUBLE_PRECISION_UNSIGNED_DECIMAL') === true,
  };
  if (options.shift === 0) issues.warning(place, 'address-unshifted');
  const connection = draft.connection({
    name: own.names.join('-'),
    protocol: 'modbus',
    place,
    settings: {
      endpoint: address.endpoint,
      unitId: bounded(unit, { field: 'unitId', low: 0, high: 255 }, issues, place),
      timeoutMs: timeoutOf(own, issues, 60_000),
    },
  });
  if (connection) readTags(own, connection, { ...reading, modbus: options });
}

function readSiemens(own: Device, reading: Reading) {
  const { issues, draft } = reading;
  const { device, place } = own;
  const option = (name: string) => device[`siemens_tcpip_ethernet.DEVICE_${name}`];
  const address = endpointOf(
    's7',
    { address: textOf(device[DEVICE_ID]), port: numberOf(option('COMMUNICATIONS_PORT_NUMBER')) },
    issues,
    place,
  );
  if (address === null) return;
  // Model 0 is the S7-200, which is addressed by two transport addresses in place of rack and slot.
  const is200 = numberOf(device['servermain.DEVICE_MODEL']) === 0;
  const link = numberOf(option('S7_COMMUNICATIONS_300_400_1200_1500_LINK_TYPE'));
  const LINKS: Readonly<Record<number, string>> = { 1: 'pg', 2: 'op', 3: 'basic' };
  const connection = draft.connection({
    name: own.names.join('-'),
    protocol: 's7',
    place,
    settings: {
      endpoint: address.endpoint,
      ...(is200
        ? {
            localTsap: tsapOf(option('S7_COMMUNICATIONS_200_LOCAL_TSAP')),
            remoteTsap: tsapOf(option('S7_COMMUNICATIONS_200_REMOTE_TSAP')),
          }
        : {
            rack: bounded(
              option('S7_COMMUNICATIONS_CPU_RACK'),
              { field: 'rack', low: 0, high: 7 },
              issues,
              place,
            ),
            slot: bounded(
              option('S7_COMMUNICATIONS_CPU_SLOT'),
              { field: 'slot', low: 0, high: 31 },
              issues,
              place,
            ),
            connectionType: link === null ? undefined : LINKS[link],
          }),
      timeoutMs: timeoutOf(own, issues, 60_000),
    },
  });
  if (connection) readTags(own, connection, reading);
}

const tsapOf = (value: unknown): string | undefined => {
  const number = numberOf(value);
  if (number === null || number < 0 || number > 0xff_ff) return undefined;
  const digits = Math.round(number).toString(16).toUpperCase().padStart(4, '0');
  return `${digits.slice(0, 2)}.${digits.slice(2)}`;
};

const POLICIES = ['None', 'Basic128Rsa15', 'Basic256', 'Basic256Sha256'];
const MODES = ['', 'None', 'Sign', 'SignAndEncrypt'];

function readOpcua(own: Device, reading: Reading) {
  const { issues, draft } = reading;
  const { channel, place } = own;
  const option = (name: string) => channel[`opcuaclient.CHANNEL_${name}`];
  const url = textOf(option('UA_SERVER_ENDPOINT_URL'));
  const address = endpointOf('opcua', { address: url }, issues, place);
  if (address === null) return;
  const policy = POLICIES[numberOf(option('UA_SERVER_SECURITY_POLICY')) ?? 0] ?? 'None';
  const mode = MODES[numberOf(option('UA_SERVER_MESSAGE_MODE')) ?? 1] ?? 'None';
  const username = textOf(option('AUTHENTICATION_USERNAME')) || address.username;
  const password = textOf(option('AUTHENTICATION_PASSWORD')) || address.password;
  if (password !== undefined && username !== undefined) issues.warning(place, 'secret-unreadable');
  else if (password !== undefined) issues.warning(place, 'security-incomplete');
  const connection = draft.connection({
    name: own.names.join('-'),
    protocol: 'opcua',
    place,
    settings: {
      endpoint: address.endpoint,
      security: {
        ...opcuaSecurity({ policy, mode }, issues, place),
        ...(username ? { username, ...(password ? { password } : {}) } : {}),
      },
    },
    intervalField: null,
  });
  if (connection) readTags(own, connection, reading);
}

function timeoutOf({ device, place }: Device, issues: Issues, high: number): number | undefined {
  const value = device['servermain.DEVICE_REQUEST_TIMEOUT_MILLISECONDS'];
  return bounded(value, { field: 'timeoutMs', low: 50, high }, issues, place);
}

function readTags(own: Device, connection: DraftConnection, reading: Reading & { modbus?: ModbusOptions }) {
  const { issues } = reading;
  const [channel, device] = own.names;
  // Mode 0 leaves the rate to each client; then only rates that somebody set say something.
  const mode = numberOf(own.device['servermain.DEVICE_SCAN_MODE']) ?? 0;
  const rate = numberOf(own.device['servermain.DEVICE_SCAN_MODE_RATE_MS']);
  const ofDevice = mode !== 0 && rate !== null;
  if (ofDevice) connection.interval(rate);

  const walk = (node: Tree, groups: readonly string[]) => {
    const here = placeOf.names(channel, device, ...groups);
    for (const raw of treesOf(node.tags, issues, here)) {
      const tag = tagOf(raw, [channel, device, ...groups, textOf(raw[NAME])]);
      const tagRate = numberOf(raw['servermain.TAG_SCAN_RATE_MILLISECONDS']);
      if (!ofDevice && tagRate !== TAG_RATE_DEFAULT_MS) connection.interval(tagRate);
      addKepwareTag(tag, connection, { issues, equipment: device, modbus: reading.modbus });
    }
    for (const group of treesOf(node.tag_groups, issues, here)) {
      if (groups.length >= DEPTH_MAX) return issues.error(here, 'too-deep');
      walk(group, [...groups, textOf(group[NAME])]);
    }
  };
  walk(own.device, []);
}

function tagOf(raw: Tree, names: readonly string[]): KepwareTag {
  const option = (name: string) => raw[`servermain.TAG_${name}`];
  const SCALINGS = ['none', 'linear', 'square root'];
  return {
    key: names.join('.'),
    place: placeOf.names(...names),
    name: textOf(raw['common.ALLTYPES_DESCRIPTION']),
    address: textOf(option('ADDRESS')),
    type: numberOf(option('DATA_TYPE')) ?? -1,
    unit: textOf(option('SCALING_UNITS')),
    scaling: {
      kind: SCALINGS[numberOf(option('SCALING_TYPE')) ?? 0] ?? textOf(option('SCALING_TYPE')),
      rawLow: numberOf(option('SCALING_RAW_LOW')),
      rawHigh: numberOf(option('SCALING_RAW_HIGH')),
      low: numberOf(option('SCALING_SCALED_LOW')),
      high: numberOf(option('SCALING_SCALED_HIGH')),
      clamped: option('SCALING_CLAMP_LOW') === true || option('SCALING_CLAMP_HIGH') === true,
      negated: option('SCALING_NEGATE_VALUE') === true,
    },
  };
}
