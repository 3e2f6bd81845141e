import type { Draft, DraftConnection } from './draft.ts';
import { endpointOf } from './endpoints.ts';
import { type Issues, placeOf } from './issues.ts';
import { isTopicFilter, pointerOf, topicKey } from './mqtt-points.ts';
import { constantDevice } from './thingsboard-devices.ts';
import { isTree, lookUp, numberOf, type Tree, textOf, treesOf } from './values.ts';

type Reading = { draft: Draft; issues: Issues };

/** Reads `broker` and the mapping of topics with JSON converters. */
export function readThingsboardMqtt(document: Tree, { draft, issues }: Reading) {
  const broker = isTree(document.broker) ? document.broker : {};
  const security = isTree(broker.security) ? broker.security : {};
  const host = textOf(broker.host);
  const port = numberOf(broker.port) ?? 1_883;
  const place = placeOf.names(textOf(broker.name) || host);
  const hasFiles = [
    'caCert',
    'pathToCACert',
    'privateKey',
    'pathToPrivateKey',
    'cert',
    'pathToClientCert',
  ].some((field) => textOf(security[field]) !== '');
  const address = endpointOf('mqtt', { address: hasFiles ? `mqtts://${host}` : host, port }, issues, place);
  if (address === null) return;
  if (hasFiles) issues.warning(place, 'certificate-by-hand');
  const username = textOf(security.username);
  const password = textOf(security.password);
  if (username === '' && password !== '') issues.warning(place, 'security-incomplete');
  const connection = draft.connection({
    name: textOf(broker.name) || 'thingsboard-mqtt',
    protocol: 'mqtt',
    place,
    settings: {
      endpoint: address.endpoint,
      version: numberOf(broker.version) === 5 ? 5 : undefined,
      ...(username ? { username, ...(password ? { password } : {}) } : {}),
      cleanSession: broker.cleanSession === false ? false : undefined,
    },
    intervalField: null,
  });
  if (!connection) return;
  if (textOf(broker.clientId) !== '') issues.warning(place, 'setting-left-out', { setting: 'clientId' });
  for (const mapping of treesOf(document.mapping, issues, place)) readTopic(mapping, { connection, issues });
  const requests = isTree(document.requestsMapping) ? document.requestsMapping : document;
  for (const list of ['connectRequests', 'disconnectRequests'])
    if (hasEntries(requests[list])) issues.once(place, 'setting-left-out', { setting: list });
  for (const list of ['attributeUpdates', 'serverSideRpc', 'attributeRequests'])
    if (hasEntries(requests[list])) issues.once(place, 'writing-left-out');
}

const hasEntries = (value: unknown): boolean =>
  Array.isArray(value) ? value.length > 0 : isTree(value) && Object.keys(value).length > 0;

const TYPES: Readonly<Record<string, 'number' | 'boolean' | 'text'>> = {
  double: 'number',
  float: 'number',
  integer: 'number',
  int: 'number',
  long: 'number',
  boolean: 'boolean',
  bool: 'boolean',
  string: 'text',
};

function readTopic(mapping: Tree, { connection, issues }: { connection: DraftConnection; issues: Issues }) {
  const topic = textOf(mapping.topicFilter);
  const place = placeOf.names(topic);
  const converter = isTree(mapping.converter) ? mapping.converter : {};
  const kind = textOf(converter.type);
  if (!isTopicFilter(topic) || topic.includes('#'))
    return issues.error(place, 'topic-invalid', { value: topic });
  if (kind !== 'json') return issues.error(place, 'payload-unsupported', { value: topic, kind: kind || '-' });
  const device = constantDevice(converter);
  // The name comes out of each message or topic: then one point would stand for several devices.
  if (device === '' || topic.includes('+')) issues.warning(place, 'topic-shared', { value: topic });
  for (const list of ['timeseries', 'attributes'])
    for (const entry of treesOf(converter[list], issues, place)) {
      const key = textOf(entry.key);
      const where = placeOf.names(topic, key);
      const type = lookUp(TYPES, textOf(entry.type) || 'double');
      const [, inside] = /^\$\{([^${}]+)\}$/.exec(textOf(entry.value)) ?? [];
      const path = inside === undefined ? null : pointerOf(inside);
      if (type === undefined) issues.error(where, 'type-unsupported', { value: textOf(entry.type) });
      else if (path === null) issues.error(where, 'name-pattern', { value: textOf(entry.value) });
      else
        connection.add(
          {
            key: `${device || topicKey(topic)}.${key}`,
            name: key || undefined,
            equipment: device || undefined,
            topic,
            path,
            type: type === 'number' ? undefined : type,
          },
          where,
        );
    }
}
