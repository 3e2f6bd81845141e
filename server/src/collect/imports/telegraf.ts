import { parse } from 'smol-toml';
import type { Draft, Settings } from './draft.ts';
import { endpointOf } from './endpoints.ts';
import { type Issues, placeOf } from './issues.ts';
import { isNodeId, opcuaSecurity } from './opcua-points.ts';
import { s7Named, s7Settings } from './s7-points.ts';
import { readTelegrafModbus } from './telegraf-modbus.ts';
import { readTelegrafMqtt } from './telegraf-mqtt.ts';
import { equipmentOf, type Plugin, secretOf } from './telegraf-plugin.ts';
import { bounded, durationMs, isTree, lookUp, type Tree, textOf, treesOf } from './values.ts';

/** Deepest nesting of inline tables and arrays that the parser follows. */
const INLINE_DEPTH_MAX = 64;
const INTERVAL_DEFAULT_MS = 10_000;

/** The tables of a configuration file; null when it is not TOML. */
export function parseTelegraf(text: string): Tree | null {
  try {
    const document = parse(text, { maxDepth: INLINE_DEPTH_MAX });
    return isTree(document) ? document : null;
  } catch {
    return null;
  }
}

/** Whether a document of TOML has inputs of Telegraf. */
export const isTelegraf = (document: Tree): boolean => isTree(document.inputs);

const READERS: Readonly<Record<string, (plugin: Plugin) => void>> = {
  modbus: readTelegrafModbus,
  opcua: (plugin) => readOpcua(plugin, { mode: 'poll' }),
  opcua_listener: (plugin) => readOpcua(plugin, { mode: 'subscribe' }),
  mqtt_consumer: readTelegrafMqtt,
  s7comm: readS7,
};

/** Reads the inputs that have a connector here; what else the file holds is named once each. */
export function readTelegraf(document: Tree, { draft, issues }: { draft: Draft; issues: Issues }): void {
  const agent = isTree(document.agent) ? document.agent : {};
  const usualMs = durationMs(agent.interval) ?? INTERVAL_DEFAULT_MS;
  for (const [kind, value] of Object.entries(isTree(document.inputs) ? document.inputs : {})) {
    const read = Object.hasOwn(READERS, kind) ? READERS[kind] : undefined;
    if (read === undefined) {
      issues.once(placeOf.file, 'plugin-left-out', { value: `inputs.${kind}` });
      continue;
    }
    treesOf(value, issues, placeOf.names(`inputs.${kind}`)).forEach((settings, index) => {
      const label = textOf(settings.name) || textOf(settings.alias) || textOf(settings.name_override);
      read({
        settings,
        place: placeOf.names(`inputs.${kind}[${index}]`, label),
        label: label || `telegraf-${kind.replace(/_.*/, '')}`,
        intervalMs: durationMs(settings.interval) ?? usualMs,
        draft,
        issues,
      });
    });
  }
  for (const part of ['processors', 'aggregators'])
    if (isTree(document[part])) issues.once(placeOf.file, 'setting-left-out', { setting: part });
}

function readOpcua(plugin: Plugin, { mode }: { mode: 'poll' | 'subscribe' }): void {
  const { settings, place, issues, draft } = plugin;
  const address = endpointOf(
    'opcua',
    { address: textOf(settings.endpoint) || 'opc.tcp://localhost:4840' },
    issues,
    place,
  );
  if (address === null) return;
  const connection = draft.connection({
    name: plugin.label,
    protocol: 'opcua',
    place,
    settings: {
      endpoint: address.endpoint,
      mode,
      security: telegrafSecurity(plugin),
      ...(mode === 'subscribe' ? subscription(plugin) : {}),
    },
    intervalField: mode === 'poll' ? 'pollIntervalMs' : null,
    intervalRange: { low: 20, high: 86_400_000 },
  });
  if (!connection) return;
  connection.interval(plugin.intervalMs);
  const metric = textOf(settings.name) || 'opcua';
  const addNodes = (nodes: unknown, group: Tree, prefix: string): void => {
    for (const node of treesOf(nodes, issues, place)) {
      const name = textOf(node.name);
      const where = placeOf.names(place.en, prefix, name);
      const id = nodeIdOf(node, group);
      if (id === null) {
        issues.error(where, 'address-invalid', {
          value: textOf(node.identifier) || '-',
          example: 'ns=3;s=Temperature',
        });
        continue;
      }
      issues.once(place, 'types-assumed');
      const equipment =
        equipmentOf(node.default_tags, plugin) ?? equipmentOf(group.default_tags, plugin) ?? undefined;
      connection.add(
        { key: `${prefix}.${name || id}`, name: name || undefined, address: id, equipment },
        where,
      );
    }
  };
  addNodes(settings.nodes, {}, metric);
  for (const group of treesOf(settings.group, issues, place))
    addNodes(group.nodes, group, textOf(group.name) || metric);
  if (settings.events !== undefined) issues.once(place, 'setting-left-out', { setting: 'events' });
}

function nodeIdOf(node: Tree, group: Tree): string | null {
  const whole = textOf(node.id);
  if (isNodeId(whole)) return whole;
  const of = (field: string) => textOf(node[field]) || textOf(group[field]);
  const kind = of('identifier_type');
  const identifier = textOf(node.identifier);
  const namespace = of('namespace');
  const uri = of('namespace_uri');
  if (!/^[isgb]$/.test(kind) || identifier === '' || !/^\d{0,5}$/.test(namespace)) return null;
  if (uri !== '') return uri.includes(';') ? null : `nsu=${uri};${kind}=${identifier}`;
  return namespace === '' ? `${kind}=${identifier}` : `ns=${namespace};${kind}=${identifier}`;
}

function telegrafSecurity(plugin: Plugin): Settings {
  const { settings, issues, place } = plugin;
  const given = {
    policy: textOf(settings.security_policy) || 'auto',
    mode: textOf(settings.security_mode) || 'auto',
  };
  const isAuto = given.policy === 'auto' || given.mode === 'auto';
  if (isAuto) issues.warning(place, 'security-check', { value: 'auto', used: 'None' });
  const security = isAuto ? { mode: 'None', policy: 'None' } : opcuaSecurity(given, issues, place);
  const method = textOf(settings.auth_method);
  if (method === 'Certificate') issues.warning(place, 'certificate-by-hand');
  if (method !== 'UserName') return security;
  const username = secretOf(settings, 'username', plugin);
  const password = secretOf(settings, 'password', plugin);
  if (username === undefined) {
    if (password !== undefined) issues.warning(place, 'security-incomplete');
    return security;
  }
  return { ...security, username, ...(password === undefined ? {} : { password }) };
}

function subscription({ settings, issues, place }: Plugin): Settings {
  const publishing = durationMs(settings.subscription_interval);
  const sampling = durationMs(settings.sampling_interval);
  return {
    publishingIntervalMs: bounded(
      publishing,
      { field: 'publishingIntervalMs', low: 10, high: 60_000 },
      issues,
      place,
    ),
    samplingIntervalMs: bounded(
      sampling,
      { field: 'samplingIntervalMs', low: 0, high: 60_000 },
      issues,
      place,
    ),
  };
}

const LINKS: Readonly<Record<string, string>> = { PD: 'pg', OP: 'op', basic: 'basic' };

function readS7(plugin: Plugin): void {
  const { settings, place, issues, draft } = plugin;
  const address = endpointOf('s7', { address: textOf(settings.server) }, issues, place);
  if (address === null) return;
  const connection = draft.connection({
    name: plugin.label,
    protocol: 's7',
    place,
    settings: {
      endpoint: address.endpoint,
      rack: bounded(settings.rack, { field: 'rack', low: 0, high: 7 }, issues, place),
      slot: bounded(settings.slot, { field: 'slot', low: 0, high: 31 }, issues, place),
      connectionType: lookUp(LINKS, textOf(settings.connection_type) || 'PD'),
      timeoutMs: bounded(
        durationMs(settings.timeout),
        { field: 'timeoutMs', low: 50, high: 60_000 },
        issues,
        place,
      ),
    },
  });
  if (!connection) return;
  connection.interval(plugin.intervalMs);
  for (const metric of treesOf(settings.metric, issues, place)) {
    const prefix = textOf(metric.name) || 's7comm';
    const equipment = equipmentOf(metric.tags, plugin);
    for (const field of treesOf(metric.fields, issues, place)) {
      const name = textOf(field.name);
      const where = placeOf.names(place.en, prefix, name);
      const found = s7comm(textOf(field.address));
      if (found === null)
        issues.error(where, 'address-invalid', {
          value: textOf(field.address),
          example: 'DB1.R4, DB1.X2.1, DB2.S1.32',
        });
      else connection.add({ key: `${prefix}.${name}`, name: name || undefined, equipment, ...found }, where);
    }
  }
}

/** `DB1.R4`, `DB1.X2.1`, `DB2.S1.32`, `MK0.W10`: area, type, byte, and bit or length. */
function s7comm(text: string): Settings | null {
  const [, area = '', number, kind = '', start, extra] =
    /^(DB|MK|PE|PA|CT|TM)(\d{1,5})\.(X|B|C|W|DW|I|DI|LI|R|LR|DT|S)(\d{1,5})(?:\.(\d{1,4}))?$/.exec(text) ??
    [];
  const AREAS: Readonly<Record<string, 'M' | 'I' | 'Q'>> = { MK: 'M', PE: 'I', PA: 'Q' };
  const where = area === 'DB' ? { db: Number(number) } : AREAS[area];
  const encoding = s7Named(kind);
  if (where === undefined || encoding === null || start === undefined) return null;
  const tail = extra === undefined ? null : Number(extra);
  const isText = encoding === 'string' || encoding === 'char';
  return s7Settings(
    { area: where, start: Number(start), bit: isText ? null : tail, length: isText ? tail : null },
    encoding,
  );
}
