import type { DraftConnection, Settings } from './draft.ts';
import { endpointOf } from './endpoints.ts';
import { placeOf } from './issues.ts';
import { isTopicFilter, pointerOf, topicKey } from './mqtt-points.ts';
import { type Plugin, secretOf } from './telegraf-plugin.ts';
import { isTree, lookUp, type Tree, textOf, treesOf } from './values.ts';

/** Reads `inputs.mqtt_consumer`: json_v2 fields become points, other JSON an entry of discover, `value` a plain payload. */
export function readTelegrafMqtt(plugin: Plugin) {
  const { settings, place, issues, draft } = plugin;
  const servers = (Array.isArray(settings.servers) ? settings.servers : [settings.servers]).map(textOf);
  const [server = ''] = servers;
  if (servers.length > 1) issues.warning(place, 'several-servers');
  const address = endpointOf('mqtt', { address: server }, issues, place);
  if (address === null) return;
  const username = secretOf(settings, 'username', plugin) ?? address.username;
  const password = secretOf(settings, 'password', plugin) ?? address.password;
  if (username === undefined && password !== undefined) issues.warning(place, 'security-incomplete');
  for (const field of ['tls_ca', 'tls_cert', 'tls_key'])
    if (textOf(settings[field]) !== '') issues.once(place, 'certificate-by-hand');
  if (settings.insecure_skip_verify === true)
    issues.warning(place, 'setting-left-out', { setting: 'insecure_skip_verify' });
  const isPersistent = settings.persistent_session === true;
  const connection = draft.connection({
    name: plugin.label,
    protocol: 'mqtt',
    place,
    settings: {
      endpoint: address.endpoint,
      version: textOf(settings.protocol) === '5' ? 5 : undefined,
      ...(username === undefined ? {} : { username, password }),
      // Two clients with one name throw each other out while both run, so the name is not taken over.
      cleanSession: isPersistent ? false : undefined,
    },
    intervalField: null,
  });
  if (!connection) return;
  if (textOf(settings.client_id) !== '') issues.warning(place, 'setting-left-out', { setting: 'client_id' });
  if (settings.topic_parsing !== undefined)
    issues.warning(place, 'setting-left-out', { setting: 'topic_parsing' });
  const topics = Array.isArray(settings.topics) ? settings.topics.map(textOf) : [];
  for (const topic of topics) readTopic(topic, connection, plugin);
}

function readTopic(topic: string, connection: DraftConnection, plugin: Plugin) {
  const { settings, place, issues } = plugin;
  const where = placeOf.names(place.en, topic);
  if (!isTopicFilter(topic)) return issues.error(where, 'topic-invalid', { value: topic });
  const kind = textOf(settings.data_format) || 'influx';
  if (kind === 'json_v2') return readJsonV2(topic, connection, plugin);
  if (kind === 'json') return discover(topic, connection, plugin, jsonSettings(settings, plugin));
  if (kind !== 'value') return issues.error(where, 'payload-unsupported', { value: topic, kind });
  if (topic.includes('#')) return issues.error(where, 'topic-invalid', { value: topic });
  if (topic.includes('+')) issues.warning(where, 'topic-shared', { value: topic });
  const type = textOf(settings.data_type);
  connection.add(
    {
      key: topicKey(topic),
      topic,
      format: 'plain',
      type: type.startsWith('bool') ? 'boolean' : type === 'string' ? 'text' : undefined,
    },
    where,
  );
}

/** An entry of discover for a topic whose fields are not listed. */
function discover(topic: string, connection: DraftConnection, { issues, place }: Plugin, settings: Settings) {
  const entries = Array.isArray(connection.settings.discover) ? connection.settings.discover : [];
  connection.settings.discover = [...entries, { topic, key: '{topic}.{field}', ...settings }];
  issues.warning(placeOf.names(place.en, topic), 'topic-discovered', { value: topic });
}

function jsonSettings(settings: Tree, plugin: Plugin): Settings {
  const query = textOf(settings.json_query);
  const path = query === '' ? undefined : (pointerOf(query) ?? undefined);
  if (query !== '' && path === undefined)
    plugin.issues.warning(plugin.place, 'setting-left-out', { setting: 'json_query' });
  return {
    ...(path === undefined ? {} : { path }),
    ...timeOf(textOf(settings.json_time_key), textOf(settings.json_time_format), plugin),
  };
}

/** Where the time stands and in which form; those of Go that are ISO 8601 are known by their year and zone. */
function timeOf(path: string, format: string, { issues, place }: Plugin): Settings {
  if (path === '') return {};
  const FORMATS: Readonly<Record<string, string>> = { unix: 's', unix_ms: 'ms', unix_us: 'us' };
  const time = pointerOf(path);
  const isIso = /^2006-01-02T15:04:05[.,0-9]*(Z07:00|Z0700)$/.test(format) || /^rfc3339/i.test(format);
  const timeFormat = isIso ? 'iso8601' : lookUp(FORMATS, format);
  if (time !== null && timeFormat !== undefined) return { time, timeFormat };
  issues.warning(place, 'time-format', { value: format || path });
  return {};
}

function readJsonV2(topic: string, connection: DraftConnection, plugin: Plugin) {
  const { settings, place, issues } = plugin;
  const where = placeOf.names(place.en, topic);
  for (const table of treesOf(settings.json_v2, issues, where)) {
    const time = timeOf(textOf(table.timestamp_path), textOf(table.timestamp_format), plugin);
    for (const field of treesOf(table.field, issues, where)) {
      const written = textOf(field.path);
      const name = textOf(field.rename) || written.split('.').at(-1) || '';
      addValue({ topic, written, name, type: textOf(field.type), time }, connection, plugin);
    }
    for (const object of treesOf(table.object, issues, where))
      readObject({ topic, object }, connection, plugin);
    for (const tag of treesOf(table.tag, issues, where))
      issues.once(where, 'setting-left-out', { setting: `tag ${textOf(tag.path)}` });
  }
}

/** An object whose wanted keys are listed gives points; one that is taken as a whole is discovered. */
function readObject(
  { topic, object }: { topic: string; object: Tree },
  connection: DraftConnection,
  plugin: Plugin,
) {
  const base = textOf(object.path);
  const time = timeOf(textOf(object.timestamp_key), textOf(object.timestamp_format), plugin);
  const keys = Array.isArray(object.included_keys) ? object.included_keys.map(textOf) : [];
  const types = isTree(object.fields) ? object.fields : {};
  const renames = isTree(object.renames) ? object.renames : {};
  if (keys.length === 0) {
    const path = base === '' || base === '@this' ? '' : pointerOf(base);
    if (path === null)
      return plugin.issues.error(placeOf.names(plugin.place.en, topic), 'path-invalid', { value: base });
    return discover(topic, connection, plugin, { ...(path === '' ? {} : { path }), ...time });
  }
  for (const key of keys)
    addValue(
      {
        topic,
        written: base === '' || base === '@this' ? key : `${base}.${key}`,
        name: textOf(renames[key]) || key,
        type: textOf(types[key]),
        time: {},
      },
      connection,
      plugin,
    );
}

function addValue(
  value: { topic: string; written: string; name: string; type: string; time: Settings },
  connection: DraftConnection,
  { issues, place }: Plugin,
) {
  const { topic, written, name, type, time } = value;
  const where = placeOf.names(place.en, topic, name);
  const path = pointerOf(written);
  if (path === null) return issues.error(where, 'path-invalid', { value: written });
  if (topic.includes('#')) return issues.error(where, 'topic-invalid', { value: topic });
  if (topic.includes('+')) issues.once(placeOf.names(place.en, topic), 'topic-shared', { value: topic });
  connection.add(
    {
      key: `${topicKey(topic)}.${name}`,
      name,
      topic,
      path,
      ...time,
      type: type === 'bool' ? 'boolean' : type === 'string' ? 'text' : undefined,
    },
    where,
  );
}
