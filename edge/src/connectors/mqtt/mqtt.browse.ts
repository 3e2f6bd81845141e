import type { PointType } from '@ronghe/contracts';
import { pause } from '../../backoff.ts';
import { folderItem } from '../../browse-item.ts';
import type { BrowseItem } from '../../connector.ts';
import type { MqttMessage } from '../../mqtt-link.ts';

/** Topics that are remembered, and bytes of the newest message of each. */
const TOPICS_MAX = 5_000;
const BYTES_MAX = 2_000;
/** A broker tells no list of its topics: so long is listened before the first answer. */
const LISTEN_MS = 3_000;
/** Depth of fields that are shown inside a message. */
const DEPTH_MAX = 8;

/** What was heard at a broker, as a tree of topics. */
export type Topics = {
  take(message: Pick<MqttMessage, 'topic' | 'bytes'>): void;
  /** Ids: `plant/` is a level, `plant/a` a message with fields, `plant/a /x/y` a field. Waits for the first messages. */
  browse(request: { node: string | null; limit: number }, signal: AbortSignal): Promise<BrowseItem[]>;
};

/** Remembers topics with their newest message; further topics are left out when there are too many. */
export function createTopics(): Topics {
  const heard = new Map<string, Buffer | null>();
  const beganMs = performance.now();
  return {
    take({ topic, bytes }) {
      if (!heard.has(topic) && heard.size >= TOPICS_MAX) return;
      // A copy, for the bytes are a part of a larger buffer.
      heard.set(topic, bytes.length > BYTES_MAX ? null : Buffer.from(bytes));
    },
    async browse({ node, limit }, signal) {
      await pause(Math.max(0, LISTEN_MS - (performance.now() - beganMs)), signal);
      const message = node === null ? undefined : heard.get(node);
      if (node !== null && message !== undefined) return fieldsOf(node, jsonOf(message)).slice(0, limit);
      return levelOf(heard, node ?? '').slice(0, limit);
    },
  };
}

function levelOf(heard: ReadonlyMap<string, Buffer | null>, prefix: string): BrowseItem[] {
  const items = new Map<string, BrowseItem>();
  for (const topic of [...heard.keys()].sort()) {
    if (!topic.startsWith(prefix)) continue;
    const rest = topic.slice(prefix.length);
    const slash = rest.indexOf('/');
    if (slash >= 0) {
      const id = `${prefix}${rest.slice(0, slash)}/`;
      items.set(id, folderItem(id, rest.slice(0, slash + 1)));
    } else items.set(topic, itemOf(topic, rest, heard.get(topic) ?? null));
  }
  return [...items.values()];
}

/** A message: a folder when it has fields, a point when it is a value. */
function itemOf(topic: string, name: string, bytes: Buffer | null): BrowseItem {
  const json = jsonOf(bytes);
  if (typeof json === 'object' && json !== null) return folderItem(topic, name, 'JSON');
  if (bytes === null) return folderItem(topic, name, 'a long message');
  const text = bytes.toString('utf8');
  const value = json === undefined || json === null ? text : (json as string | number | boolean);
  return pointOf({ id: topic, name, value, config: { topic, format: 'plain' } });
}

/** Values inside a message, each with its JSON Pointer (RFC 6901). */
function fieldsOf(topic: string, json: unknown): BrowseItem[] {
  const items: BrowseItem[] = [];
  const visit = (value: unknown, path: string, depth: number): void => {
    if (typeof value === 'object' && value !== null) {
      if (depth >= DEPTH_MAX) return;
      for (const [key, inner] of Object.entries(value))
        visit(inner, `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, depth + 1);
    } else if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      items.push(pointOf({ id: `${topic} ${path}`, name: path, value, config: { topic, path } }));
  };
  visit(json, '', 0);
  return items;
}

function pointOf(part: {
  id: string;
  name: string;
  value: string | number | boolean;
  config: Record<string, unknown>;
}): BrowseItem {
  const type: PointType =
    typeof part.value === 'number' ? 'number' : typeof part.value === 'boolean' ? 'boolean' : 'text';
  return {
    id: part.id,
    name: part.name,
    kind: 'point',
    type,
    unit: null,
    description: null,
    value: part.value,
    config: { ...part.config, type },
  };
}

function jsonOf(bytes: Buffer | null): unknown {
  try {
    return bytes === null ? undefined : JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
