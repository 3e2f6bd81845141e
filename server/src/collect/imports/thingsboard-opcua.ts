import type { Bilingual } from '@ronghe/contracts';
import type { Draft, DraftConnection, Settings } from './draft.ts';
import { endpointOf } from './endpoints.ts';
import { type Issues, placeOf } from './issues.ts';
import { isNodeId, opcuaSecurity } from './opcua-points.ts';
import { constantDevice } from './thingsboard-devices.ts';
import { bounded, isTree, numberOf, type Tree, textOf, treesOf } from './values.ts';

type Reading = { draft: Draft; issues: Issues };

/** Reads `server` and its mapping, which stood inside of `server` before 3.5. */
export function readThingsboardOpcua(document: Tree, { draft, issues }: Reading): void {
  const server = isTree(document.server) ? document.server : {};
  const url = textOf(server.url);
  const place = placeOf.names(textOf(server.name) || url);
  const address = endpointOf('opcua', { address: url }, issues, place);
  if (address === null) return;
  const isSubscribed = server.enableSubscriptions === true || server.disableSubscriptions === false;
  const connection = draft.connection({
    name: textOf(server.name) || 'thingsboard-opcua',
    protocol: 'opcua',
    place,
    settings: {
      endpoint: address.endpoint,
      mode: isSubscribed ? 'subscribe' : 'poll',
      security: securityOf(server, { issues, place }),
      publishingIntervalMs: isSubscribed
        ? bounded(
            server.subCheckPeriodInMillis,
            { field: 'publishingIntervalMs', low: 10, high: 60_000 },
            issues,
            place,
          )
        : undefined,
      timeoutMs: bounded(
        server.timeoutInMillis,
        { field: 'timeoutMs', low: 1_000, high: 60_000 },
        issues,
        place,
      ),
    },
    intervalField: isSubscribed ? null : 'pollIntervalMs',
    intervalRange: { low: 20, high: 86_400_000 },
  });
  if (!connection) return;
  connection.interval(numberOf(server.pollPeriodInMillis) ?? numberOf(server.scanPeriodInMillis));
  for (const mapping of treesOf(document.mapping ?? server.mapping, issues, place))
    readMapping(mapping, { connection, issues, place });
}

function securityOf(server: Tree, { issues, place }: { issues: Issues; place: Bilingual }): Settings {
  const identity = isTree(server.identity) ? server.identity : {};
  const policy = textOf(server.security) || 'None';
  const security = opcuaSecurity(
    { policy, mode: policy === 'None' ? 'None' : textOf(identity.mode) || 'SignAndEncrypt' },
    issues,
    place,
  );
  if (/^cert/.test(textOf(identity.type))) issues.once(place, 'certificate-by-hand');
  const username = textOf(identity.username);
  const password = textOf(identity.password);
  if (username === '' && password !== '') issues.warning(place, 'security-incomplete');
  return { ...security, ...(username ? { username, ...(password ? { password } : {}) } : {}) };
}

function readMapping(
  mapping: Tree,
  { connection, issues, place }: { connection: DraftConnection; issues: Issues; place: Bilingual },
): void {
  const pattern = textOf(mapping.deviceNodePattern);
  const device = constantDevice(mapping) || namesOf(pattern)?.at(-1) || pattern;
  for (const list of ['timeseries', 'attributes'])
    for (const entry of treesOf(mapping[list], issues, place)) {
      const key = textOf(entry.key);
      const where = placeOf.names(device, key);
      const written = textOf(entry.value ?? entry.path);
      if (entry.type === 'constant') {
        issues.error(where, 'constant-value', { value: written });
        continue;
      }
      const node = nodeOf(written, pattern);
      if (node === null) {
        issues.error(where, 'name-pattern', { value: `${pattern} ${written}` });
        continue;
      }
      if (node.path !== undefined) issues.once(place, 'namespace-unknown');
      issues.once(place, 'types-assumed');
      connection.add(
        { key: `${device}.${key}`, name: key || undefined, equipment: device || undefined, ...node },
        where,
      );
    }
  for (const list of ['attributes_updates', 'rpc_methods'])
    if (Array.isArray(mapping[list]) && mapping[list].length > 0) issues.once(place, 'writing-left-out');
}

/** `${ns=2;i=5}` is a node id; anything else a path, from the device or from the root. */
function nodeOf(written: string, device: string): { address?: string; path?: string } | null {
  const [, inside = written] = /^\$\{(.*)\}$/s.exec(written) ?? [];
  if (isNodeId(inside)) return { address: inside };
  const own = namesOf(inside);
  if (own === null || own.length === 0) return null;
  const isWhole = own[0] === 'Root' || own[0] === 'Objects';
  const front = isWhole ? [] : namesOf(device);
  if (front === null || (!isWhole && front.length === 0)) return null;
  const names = [...front, ...own].filter((name, index) => !(index === 0 && name === 'Root'));
  return { path: `/${names.map((name) => name.replace(/[&/]/g, '&$&')).join('/')}` };
}

/** Names of a path whose dots are written `\\.`; null when it is a pattern of more than names. */
function namesOf(path: string): string[] | null {
  const names = path
    .replaceAll('\\', '')
    .split('.')
    .filter((name) => name !== '');
  return names.some((name) => /[*+?^$()[\]{}|]/.test(name)) ? null : names;
}
