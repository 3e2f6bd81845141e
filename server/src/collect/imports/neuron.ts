import type { Bilingual, PointTableProtocol } from '@ronghe/contracts';
import type { Draft, DraftConnection, Settings } from './draft.ts';
import { endpointOf } from './endpoints.ts';
import { type Issues, placeOf } from './issues.ts';
import { addNeuronTag, type NeuronNode, unitOf } from './neuron-tags.ts';
import type { Table } from './table.ts';
import { bounded, isTree, numberOf, type Tree, textOf, treesOf } from './values.ts';

type Reading = { draft: Draft; issues: Issues };

/** Plug-ins by the beginning of their names; `rtu` speaks serial frames over TCP. */
const PLUGINS: readonly { pattern: RegExp; protocol: PointTableProtocol; rtu?: boolean }[] = [
  { pattern: /^modbus rtu/i, protocol: 'modbus', rtu: true },
  { pattern: /^modbus (plus )?tcp/i, protocol: 'modbus' },
  { pattern: /^(siemens )?s7/i, protocol: 's7' },
  { pattern: /^opc ?ua$/i, protocol: 'opcua' },
  { pattern: /^iec ?60870-5-104/i, protocol: 'iec104' },
  { pattern: /^dl\/?t ?645-?2007/i, protocol: 'dlt645' },
];
/** What Neuron delivers to; nothing is read from there. */
const NORTHBOUND = /^(mqtt|ekuiper|datalayers|websocket|sparkplugb?|kafka|monitor|azure|aws|http)/i;

type Node = {
  name: string;
  plugin: string;
  params: Tree;
  groups: { name: string; interval: number | null; tags: Tree[] }[];
};

/** Whether a document is an export of Neuron: of everything, of drivers, or of one template. */
export function isNeuronDocument(document: unknown): boolean {
  const nodes = isTree(document) ? (document.nodes ?? [document]) : document;
  return Array.isArray(nodes) && nodes.some((node) => isTree(node) && typeof node.plugin === 'string');
}

/** Reads an export: each driver, and each station or meter behind it where the collector needs that, is a connection. */
export function readNeuronDocument(document: unknown, reading: Reading) {
  for (const node of nodesOf(document, reading.issues)) {
    const place = placeOf.names(node.name);
    const plugin = PLUGINS.find(({ pattern }) => pattern.test(node.plugin));
    if (plugin === undefined) {
      if (NORTHBOUND.test(node.plugin)) reading.issues.once(place, 'plugin-left-out', { value: node.plugin });
      else reading.issues.error(place, 'protocol-unknown', { value: node.plugin || '-' });
      continue;
    }
    readNode(node, { ...plugin, place }, reading);
  }
}

/** All three layouts as one: tags inside of drivers, or in lists of their own that name driver and group. */
function nodesOf(document: unknown, issues: Issues): Node[] {
  const whole = isTree(document) ? document : {};
  const listed = Array.isArray(document) ? document : (whole.nodes ?? [document]);
  const of = (list: unknown, field: string, name: string) =>
    treesOf(list, issues, placeOf.file).filter((each) => textOf(each[field]) === name);
  return treesOf(listed, issues, placeOf.file).map((node) => {
    const name = textOf(node.name);
    const inside = treesOf(node.groups, issues, placeOf.names(name));
    const outside = of(whole.groups, 'driver', name);
    const tags = of(whole.tags, 'driver', name);
    const params = node.params ?? of(whole.settings, 'node', name)[0]?.params;
    return {
      name,
      plugin: textOf(node.plugin),
      params: isTree(params) ? params : {},
      groups: [
        ...inside.map((group) => groupOf(group, textOf(group.group ?? group.name), group.tags)),
        ...tags.map((entry) => {
          const group = outside.find((each) => textOf(each.group) === textOf(entry.group));
          return groupOf(group ?? {}, textOf(entry.group), entry.tags);
        }),
      ],
    };
  });

  function groupOf(group: Tree, name: string, tags: unknown) {
    return { name, interval: numberOf(group.interval), tags: treesOf(tags, issues, placeOf.names(name)) };
  }
}

function readNode(
  node: Node,
  plugin: { protocol: PointTableProtocol; rtu?: boolean; place: Bilingual },
  { draft, issues }: Reading,
) {
  const { place, protocol } = plugin;
  const { params } = node;
  if (numberOf(params.connection_mode) === 1) return issues.error(place, 'listens-for-devices');
  const device = textOf(params.device);
  const host = textOf(protocol === 'opcua' ? (params.url ?? params.endpoint) : params.host);
  if (host === '' && device !== '') return issues.error(place, 'serial', { value: device });
  const address =
    host === '' ? null : endpointOf(protocol, { address: host, port: numberOf(params.port) }, issues, place);
  if (host === '') issues.warning(place, 'no-endpoint');
  else if (address === null) return;
  const settings = {
    endpoint: address?.endpoint,
    ...(plugin.rtu ? { framing: 'rtu' } : {}),
    ...settingsOf(protocol, params, { issues, place }),
  };
  const own: NeuronNode = {
    name: node.name,
    protocol,
    addressBase: numberOf(params.address_base) === 0 ? 0 : 1,
    order: ORDERS[numberOf(params.endianess) ?? 1] ?? 'ABCD',
    longOrderIsUsual: (numberOf(params.endianess_64) ?? numberOf(params.endianess) ?? 1) === 1,
    commonAddress: commonAddressOf(params),
  };
  if (protocol === 'iec104' && own.commonAddress === null) issues.warning(place, 'common-address-assumed');
  const connections = new Map<string, DraftConnection | null>();
  for (const group of node.groups)
    for (const tag of group.tags) {
      // A connection of Modbus has one unit.
      const unit = protocol === 'modbus' ? unitOf(textOf(tag.address)) : null;
      const mark = String(unit);
      if (!connections.has(mark))
        connections.set(
          mark,
          draft.connection({
            name: unit === null || unit === 1 ? node.name : `${node.name}-${unit}`,
            protocol,
            place,
            settings: { ...settings, ...(unit === null ? {} : { unitId: unit }) },
            ...intervalFieldOf(protocol),
          }),
        );
      const connection = connections.get(mark);
      if (!connection) continue;
      connection.interval(group.interval);
      addNeuronTag(tag, connection, {
        node: own,
        issues,
        key: [node.name, group.name, textOf(tag.name)].join('.'),
        place: placeOf.names(node.name, group.name, textOf(tag.name)),
      });
    }
}

/** Four-byte order of a driver (`modbus_endianess` of Neuron). */
const ORDERS: Readonly<Record<number, string>> = { 1: 'ABCD', 2: 'BADC', 3: 'DCBA', 4: 'CDAB' };

const intervalFieldOf = (protocol: string): { intervalField?: string | null } =>
  protocol === 'iec104'
    ? { intervalField: null }
    : protocol === 'opcua'
      ? { intervalField: 'pollIntervalMs' }
      : {};

function commonAddressOf(params: Tree): number | null {
  for (const name of ['ca', 'common_address', 'asdu_addr', 'public_addr', 'addr']) {
    const value = numberOf(params[name]);
    if (value !== null) return value;
  }
  return null;
}

function settingsOf(
  protocol: PointTableProtocol,
  params: Tree,
  { issues, place }: { issues: Issues; place: Bilingual },
): Settings {
  const whole = (value: unknown, field: string, low: number, high: number) =>
    bounded(value, { field, low, high }, issues, place);
  const timeoutMs = whole(params.timeout, 'timeoutMs', 50, 60_000);
  switch (protocol) {
    case 'modbus':
      return { timeoutMs };
    case 'dlt645':
      return { timeoutMs, pauseMs: whole(params.interval, 'pauseMs', 0, 10_000) };
    case 's7':
      return { rack: whole(params.rack, 'rack', 0, 7), slot: whole(params.slot, 'slot', 0, 31) };
    case 'opcua':
      return {
        mode: numberOf(params.update_mode) === 1 ? 'subscribe' : 'poll',
        security: signIn(params, { issues, place }),
      };
    case 'iec104':
      return {
        t0Seconds: whole(params.t0, 't0Seconds', 1, 255),
        interrogationSeconds: whole(
          params.interrogation_interval ?? params.gi_interval,
          'interrogationSeconds',
          0,
          86_400,
        ),
      };
    default:
      return {};
  }
}

function signIn(params: Tree, { issues, place }: { issues: Issues; place: Bilingual }): Settings {
  const username = textOf(params.username);
  const password = textOf(params.password);
  if (username === '' && password !== '') issues.warning(place, 'security-incomplete');
  if (textOf(params.cert) !== '' || textOf(params.key) !== '') issues.warning(place, 'certificate-by-hand');
  const mode = numberOf(params.security_mode) ?? 1;
  if (mode > 1) issues.warning(place, 'security-check', { value: String(mode), used: 'None' });
  return {
    mode: 'None',
    policy: 'None',
    ...(username ? { username, ...(password ? { password } : {}) } : {}),
  };
}

const SHEET_COLUMNS = ['group', 'name', 'address', 'attribute', 'type'];
const wordOf = (cell: unknown): string => textOf(cell).toLowerCase();

/** Whether the first row is the header of Neuron's sheet of tags. */
export function isNeuronTable(table: Table): boolean {
  const header = table.rows[0]?.cells.map(wordOf) ?? [];
  return SHEET_COLUMNS.every((name) => header.includes(name));
}

/** Reads a sheet of tags. It names neither plug-in nor device; the protocol follows from the addresses unless it is given. */
export function readNeuronTable(
  table: Table,
  { draft, issues, protocol }: Reading & { protocol: PointTableProtocol | undefined },
) {
  const header = table.rows[0]?.cells.map(wordOf) ?? [];
  const connections = new Map<string, DraftConnection | null>();
  let told = false;
  for (const { line, cells } of table.rows.slice(1)) {
    const tag = Object.fromEntries(header.map((name, index) => [name, cells[index] ?? null]));
    const place = placeOf.row(table.sheet, line);
    const address = textOf(tag.address);
    const spoken = protocol ?? protocolOf(address);
    if (spoken === null) {
      issues.error(place, 'protocol-missing', { value: address });
      continue;
    }
    const unit = spoken === 'modbus' ? unitOf(address) : null;
    const mark = `${spoken} ${unit}`;
    if (!connections.has(mark))
      connections.set(
        mark,
        draft.connection({
          name: unit === null || unit === 1 ? `neuron-${spoken}` : `neuron-${spoken}-${unit}`,
          protocol: spoken,
          place: placeOf.sheet(table.sheet),
          settings: unit === null ? {} : { unitId: unit },
          ...intervalFieldOf(spoken),
        }),
      );
    if (!told) issues.warning(placeOf.sheet(table.sheet), 'no-endpoint');
    told = true;
    const connection = connections.get(mark);
    if (!connection) continue;
    connection.interval(numberOf(tag.interval));
    addNeuronTag(tag, connection, {
      node: {
        name: '',
        protocol: spoken,
        addressBase: 1,
        order: 'ABCD',
        longOrderIsUsual: true,
        commonAddress: null,
      },
      issues,
      key: [textOf(tag.group), textOf(tag.name)].filter((part) => part !== '').join('.'),
      place,
    });
  }
}

function protocolOf(address: string): PointTableProtocol | null {
  if (/^\d{1,3}![0134]\d{4,5}([.#].*)?$/.test(address)) return 'modbus';
  if (/^\d{12}#/.test(address)) return 'dlt645';
  if (/^\d+(\[[\d,]+\])?!./.test(address)) return 'opcua';
  if (/^(DB\d+\.|[IOQFM]\d|[TC]\d)/i.test(address)) return 's7';
  return /^\d+$/.test(address) ? 'iec104' : null;
}
