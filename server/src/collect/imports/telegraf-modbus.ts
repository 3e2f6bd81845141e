import type { DraftConnection } from './draft.ts';
import { endpointOf } from './endpoints.ts';
import { placeOf } from './issues.ts';
import {
  addressOf,
  type Encoding,
  isBits,
  modbusSettings,
  ordersOf,
  registersOf,
  type Table,
} from './modbus-points.ts';
import { equipmentOf, type Plugin } from './telegraf-plugin.ts';
import { bounded, durationMs, lookUp, numberOf, type Tree, textOf, treesOf } from './values.ts';

/** One field of any of the three styles of configuration. */
type Field = {
  table: Table;
  address: number;
  type: string;
  order: string;
  scale: number;
  bit: number | null;
  key: string;
  name: string;
  equipment: string | undefined;
};

const TABLES: Readonly<Record<string, Table>> = {
  coil: 'coil',
  discrete: 'discrete',
  holding: 'holding',
  input: 'input',
};

/** Reads `inputs.modbus`: register style, request style and metric style; one connection for each unit. */
export function readTelegrafModbus(plugin: Plugin) {
  const { settings, place, issues, draft } = plugin;
  const controller = textOf(settings.controller);
  if (!/^tcp:\/\//i.test(controller)) return issues.error(place, 'serial', { value: controller || '-' });
  const address = endpointOf('modbus', { address: controller }, issues, place);
  if (address === null) return;
  const transport = textOf(settings.transmission_mode).toUpperCase();
  if (transport.startsWith('ASCII'))
    return issues.error(place, 'transport-unsupported', { value: transport });
  const timeoutMs = bounded(
    durationMs(settings.timeout),
    { field: 'timeoutMs', low: 50, high: 60_000 },
    issues,
    place,
  );
  const connections = new Map<number, DraftConnection | null>();
  const connectionOf = (slave: unknown): DraftConnection | null => {
    const unit = bounded(slave, { field: 'unitId', low: 0, high: 255 }, issues, place) ?? 0;
    if (!connections.has(unit)) {
      const made = draft.connection({
        name: connections.size === 0 ? plugin.label : `${plugin.label}-${unit}`,
        protocol: 'modbus',
        place,
        settings: {
          endpoint: address.endpoint,
          framing: transport.startsWith('RTU') ? 'rtu' : undefined,
          unitId: unit,
          timeoutMs,
        },
      });
      made?.interval(plugin.intervalMs);
      connections.set(unit, made);
    }
    return connections.get(unit) ?? null;
  };
  const style = textOf(settings.configuration_type) || 'register';
  if (style === 'request') readRequests(plugin, connectionOf);
  else if (style === 'metric') readMetrics(plugin, connectionOf);
  else readRegisters(plugin, connectionOf(settings.slave_id));
}

const keyOf = (plugin: Plugin, measurement: string, name: string): string =>
  [plugin.label, measurement === 'modbus' ? '' : measurement, name].filter((part) => part !== '').join('.');

/** Lists by register; `address` is a list of all registers of a value. */
function readRegisters(plugin: Plugin, connection: DraftConnection | null) {
  if (!connection) return;
  const LISTS = {
    discrete_inputs: 'discrete',
    coils: 'coil',
    holding_registers: 'holding',
    input_registers: 'input',
  } as const;
  const { settings, issues, place } = plugin;
  for (const [list, table] of Object.entries(LISTS))
    for (const entry of treesOf(settings[list], issues, place)) {
      const addresses = (Array.isArray(entry.address) ? entry.address : [entry.address]).map(numberOf);
      const [start] = addresses;
      const name = textOf(entry.name);
      const where = placeOf.names(place.en, list, name);
      const follows = addresses.every((each, index) => each === (start ?? 0) + index);
      if (start === null || start === undefined || !follows) {
        issues.error(where, 'address-invalid', {
          value: JSON.stringify(entry.address ?? null),
          example: '[3, 4]',
        });
        continue;
      }
      const bit = numberOf(entry.bit);
      const type = registerType(textOf(entry.data_type), addresses.length);
      addField(
        {
          table,
          address: start,
          type,
          order: textOf(entry.byte_order) || 'ABCD',
          scale: numberOf(entry.scale) || 1,
          bit: type === 'BIT' ? (bit ?? 0) : null,
          key: keyOf(plugin, textOf(entry.measurement), name),
          name,
          equipment: undefined,
        },
        { plugin, connection, where: [list, name] },
      );
    }
}

/** The deprecated FLOAT32 is a fixed-point number without sign here; FIXED and UFIXED are as wide as their registers. */
function registerType(type: string, registers: number): string {
  const bits = registers * 16;
  if (type === 'FIXED') return `INT${bits}`;
  if (type === 'UFIXED' || type === 'FLOAT32') return `UINT${bits}`;
  return type.replace(/-IEEE$/, '');
}

function readRequests(plugin: Plugin, connectionOf: (slave: unknown) => DraftConnection | null) {
  const { settings, issues, place } = plugin;
  for (const request of treesOf(settings.request, issues, place)) {
    const table = lookUp(TABLES, textOf(request.register) || 'holding');
    const connection = connectionOf(request.slave_id);
    if (!connection) continue;
    const equipment = equipmentOf(request.tags, plugin);
    for (const field of treesOf(request.fields, issues, place)) {
      if (field.omit === true) continue;
      readField(field, { request, table, equipment, plugin, connection });
    }
  }
}

function readMetrics(plugin: Plugin, connectionOf: (slave: unknown) => DraftConnection | null) {
  const { settings, issues, place } = plugin;
  for (const metric of treesOf(settings.metric, issues, place)) {
    const connection = connectionOf(metric.slave_id);
    if (!connection) continue;
    const equipment = equipmentOf(metric.tags, plugin);
    for (const field of treesOf(metric.fields, issues, place)) {
      const table = lookUp(TABLES, textOf(field.register) || 'holding');
      readField(field, { request: metric, table, equipment, plugin, connection });
    }
  }
}

function readField(
  field: Tree,
  context: {
    request: Tree;
    table: Table | undefined;
    equipment: string | undefined;
    plugin: Plugin;
    connection: DraftConnection;
  },
) {
  const { request, table, plugin, connection } = context;
  const name = textOf(field.name);
  const address = numberOf(field.address);
  const where = [textOf(request.measurement), name];
  if (table === undefined || address === null)
    return plugin.issues.error(placeOf.names(plugin.place.en, ...where), 'address-invalid', {
      value: textOf(field.address) || '-',
      example: 'register = "holding", address = 3',
    });
  addField(
    {
      table,
      address,
      type: textOf(field.type),
      order: textOf(request.byte_order) || 'ABCD',
      scale: numberOf(field.scale) || 1,
      bit: textOf(field.type) === 'BIT' ? (numberOf(field.bit) ?? 0) : null,
      key: keyOf(plugin, textOf(field.measurement) || textOf(request.measurement), name),
      name,
      equipment: context.equipment,
    },
    { plugin, connection, where },
  );
}

const TYPES: Readonly<Record<string, Encoding>> = {
  INT16: 'int16',
  UINT16: 'uint16',
  INT32: 'int32',
  UINT32: 'uint32',
  FLOAT32: 'float32',
  FLOAT64: 'float64',
  BIT: 'bit',
};

function addField(
  field: Field,
  { plugin, connection, where }: { plugin: Plugin; connection: DraftConnection; where: readonly string[] },
) {
  const { issues } = plugin;
  const place = placeOf.names(plugin.place.en, ...where);
  const encoding = isBits(field.table) ? 'boolean' : lookUp(TYPES, field.type);
  if (encoding === undefined) return issues.error(place, 'type-unsupported', { value: field.type || '-' });
  const address = addressOf(field.table, field.address, field.bit);
  if (address === null)
    return issues.error(place, 'address-invalid', { value: String(field.address), example: 'address = 3' });
  const orders = ordersOf(field.order);
  if (orders === null) return issues.error(place, 'order-unknown', { value: field.order });
  // AB and BA are for one register; for more they cannot say which word comes first.
  if (field.order.length === 2 && registersOf(encoding) > 1)
    issues.once(plugin.place, 'order-assumed', { value: field.order === 'BA' ? 'DCBA' : 'ABCD' });
  const full = field.order === 'BA' && registersOf(encoding) > 1 ? ordersOf('DCBA') : orders;
  const numeric = encoding !== 'boolean' && encoding !== 'bit';
  connection.add(
    {
      key: field.key,
      name: field.name || undefined,
      equipment: field.equipment,
      ...modbusSettings({ table: field.table, address }, encoding, full ?? orders),
      scale: numeric && field.scale !== 1 ? field.scale : undefined,
    },
    place,
  );
}
