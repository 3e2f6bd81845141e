import type { Clock } from '../../clock.ts';
import type { Reading } from '../../connector.ts';
import type { SparkplugConfig } from './sparkplug.config.ts';
import { decodePayload, type Metric, type SparkplugPayload } from './sparkplug.decode.ts';
import {
  createDefinitions,
  type Definition,
  type Definitions,
  isControl,
  readMetric,
  staleReadings,
  unitOf,
} from './sparkplug.metrics.ts';

/** Most edge nodes of one group; data of more is counted as unknown. */
const NODES_MAX = 5_000;

type Node = {
  id: string;
  bdSeq: number | null;
  seq: number | null;
  /** By device and name, and by alias, which is unique in the whole node. */
  byName: Map<string, Definition>;
  byAlias: Map<string, Definition>;
  /** Aliases, or device and name, of metrics in births that are no points: sets, files, what was not chosen. */
  ignored: Set<string>;
  /** Devices (`''` is the node itself) whose births are known to be the newest. */
  confirmed: Set<string>;
  /** Devices that a new birth of the node has not named yet. */
  awaited: Set<string>;
};

/** Since start: messages that are no payload, gaps in `seq`, metrics that no birth has named. */
export type Counts = { malformed: number; gaps: number; unknown: number };

/** What a message said: its readings, the edge node whose births are missing if any, and whether it was a birth. */
export type Taken = { readings: Reading[]; rebirth: string | null; born: boolean };

/** What births told, as it is remembered over a restart. */
export type SavedNode = {
  node: string;
  bdSeq: number | null;
  metrics: { device: string; name: string; alias: string | null; datatype: number; unit: string | null }[];
};

/** What the births of one group have told, and what its messages mean. */
export type Nodes = {
  /** Throws on bytes that are no payload. */
  take(topic: string, bytes: Uint8Array): Taken;
  /** The link was lost: all metrics are stale, and births may be missed. */
  lose(nowMs: number): Reading[];
  names(): string[];
  points(): ReturnType<Definitions['counts']>;
  counts: Counts;
  save(): SavedNode[];
  restore(saved: readonly SavedNode[]): void;
};

const MESSAGES = new Set(['NBIRTH', 'NDATA', 'NDEATH', 'DBIRTH', 'DDATA', 'DDEATH']);

/** Follows the session rules of Sparkplug B 3.0 for a host (sections 5 and 6), for edge nodes of one group. */
export function createNodes(config: SparkplugConfig, clock: Clock): Nodes {
  const nodes = new Map<string, Node>();
  const definitions = createDefinitions(config);
  const counts: Counts = { malformed: 0, gaps: 0, unknown: 0 };
  const nowMs = (): number => clock.now().getTime();

  const nodeOf = (id: string): Node | null => {
    const known = nodes.get(id);
    if (known !== undefined) return known;
    if (nodes.size >= NODES_MAX) return null;
    const node = newNode(id);
    nodes.set(id, node);
    return node;
  };

  /** Whether nothing is missing before this message. After a gap no birth is sure to be the newest. */
  const follow = (node: Node, seq: number | null): boolean => {
    const expected = node.seq === null ? null : (node.seq + 1) % 256;
    node.seq = seq;
    if (expected === null || seq === null || seq === expected) return true;
    counts.gaps += 1;
    node.confirmed.clear();
    return false;
  };

  const takeData = (node: Node, device: string, payload: SparkplugPayload): Taken => {
    const buried = buryAwaited(node, nowMs());
    const confirmed = node.confirmed.has(device);
    const unknownBefore = counts.unknown;
    const readings = payload.metrics.flatMap((metric) => {
      const definition = definitionOf(node, device, metric);
      if (definition !== undefined)
        return [
          readMetric(definition, metric, { payloadMs: payload.timestampMs, nowMs: nowMs(), confirmed }),
        ];
      const control = metric.name !== null && isControl(metric.name);
      if (!control && !node.ignored.has(ignoredKey(device, metric))) counts.unknown += 1;
      return [];
    });
    const missing = !confirmed || counts.unknown > unknownBefore;
    return { readings: [...buried, ...readings], rebirth: missing ? node.id : null, born: false };
  };

  const takeAny = (node: Node, type: string, device: string, payload: SparkplugPayload): Taken => {
    if (type === 'NDEATH')
      return { readings: takeNodeDeath(node, payload, nowMs()), rebirth: null, born: false };
    if (type === 'NBIRTH') {
      node.seq = payload.seq ?? 0;
      beginNode(node, payload);
      return {
        readings: takeBirth({ node, device: '', payload, definitions, nowMs: nowMs() }),
        rebirth: null,
        born: true,
      };
    }
    const rebirth = follow(node, payload.seq) ? null : node.id;
    if (type === 'DBIRTH') {
      const readings = takeBirth({ node, device, payload, definitions, nowMs: nowMs() });
      return { readings, rebirth: node.confirmed.has('') ? rebirth : node.id, born: true };
    }
    if (type === 'DDEATH') {
      const readings = staleReadings(ofDevice(node, device), payload.timestampMs ?? nowMs());
      return { readings, rebirth, born: false };
    }
    const taken = takeData(node, device, payload);
    return { ...taken, rebirth: rebirth ?? taken.rebirth };
  };

  return {
    take(topic, bytes) {
      const none: Taken = { readings: [], rebirth: null, born: false };
      const [space, group, type = '', id = '', device = ''] = topic.split('/');
      if (space !== 'spBv1.0' || group !== config.group || id === '' || !MESSAGES.has(type)) return none;
      const payload = decodePayload(bytes);
      const node = nodeOf(id);
      if (node !== null) return takeAny(node, type, device, payload);
      counts.unknown += payload.metrics.length;
      return none;
    },
    lose: (atMs) => [...nodes.values()].flatMap((node) => staleReadings(node.byName.values(), atMs)),
    names: () => [...nodes.keys()],
    points: definitions.counts,
    counts,
    save: () => [...nodes.values()].map(savedOf),
    restore(saved) {
      for (const { node: id, bdSeq, metrics } of saved) {
        const node = nodeOf(id);
        if (node === null) continue;
        node.bdSeq = bdSeq;
        for (const metric of metrics)
          learn(node, definitions.define({ node: id, device: metric.device }, metric, undefined));
      }
    },
  };
}

const newNode = (id: string): Node => ({
  id,
  bdSeq: null,
  seq: null,
  byName: new Map(),
  byAlias: new Map(),
  ignored: new Set(),
  confirmed: new Set(),
  awaited: new Set(),
});

const ofDevice = (node: Node, device: string): Definition[] =>
  [...node.byName.values()].filter((definition) => definition.device === device);

const ignoredKey = (device: string, metric: Metric): string => metric.alias ?? `${device}/${metric.name}`;

function definitionOf(node: Node, device: string, metric: Metric): Definition | undefined {
  const named = metric.name === null ? undefined : node.byName.get(`${device}/${metric.name}`);
  return named ?? (metric.alias === null ? undefined : node.byAlias.get(metric.alias));
}

function learn(node: Node, definition: Definition | null): void {
  if (definition === null) return;
  node.byName.set(`${definition.device}/${definition.name}`, definition);
  if (definition.alias !== null) node.byAlias.set(definition.alias, definition);
}

/** A birth of the node ends all earlier aliases; its devices have to be born again before the next data. */
function beginNode(node: Node, payload: SparkplugPayload): void {
  node.bdSeq = bdSeqOf(payload);
  node.byAlias.clear();
  node.ignored.clear();
  node.confirmed.clear();
  node.awaited = new Set([...node.byName.values()].map((each) => each.device).filter((each) => each !== ''));
}

function takeBirth(birth: {
  node: Node;
  device: string;
  payload: SparkplugPayload;
  definitions: Definitions;
  nowMs: number;
}): Reading[] {
  const { node, device, payload } = birth;
  node.confirmed.add(device);
  node.awaited.delete(device);
  return payload.metrics.flatMap((metric) => {
    const before = node.byName.get(`${device}/${metric.name}`);
    const place = { node: node.id, device };
    const definition = birth.definitions.define(place, { ...metric, unit: unitOf(metric) }, before);
    learn(node, definition);
    if (definition === null) {
      node.ignored.add(ignoredKey(device, metric));
      return [];
    }
    return [
      readMetric(definition, metric, { payloadMs: payload.timestampMs, nowMs: birth.nowMs, confirmed: true }),
    ];
  });
}

/** Devices that were not born again before the node went on to data are gone. */
function buryAwaited(node: Node, nowMs: number): Reading[] {
  const readings = [...node.awaited].flatMap((device) => staleReadings(ofDevice(node, device), nowMs));
  node.awaited.clear();
  return readings;
}

function takeNodeDeath(node: Node, payload: SparkplugPayload, nowMs: number): Reading[] {
  const bdSeq = bdSeqOf(payload);
  // The will of an earlier session may arrive after the node has come back.
  if (bdSeq !== null && node.bdSeq !== null && bdSeq !== node.bdSeq) return [];
  node.seq = null;
  return staleReadings(node.byName.values(), nowMs);
}

function bdSeqOf(payload: SparkplugPayload): number | null {
  const metric = payload.metrics.find((each) => each.name === 'bdSeq');
  return metric === undefined ? null : Number(metric.raw.long ?? metric.raw.int ?? 0);
}

const savedOf = (node: Node): SavedNode => ({
  node: node.id,
  bdSeq: node.bdSeq,
  metrics: [...node.byName.values()].map(({ device, name, alias, datatype, point }) => ({
    device,
    name,
    alias,
    datatype,
    unit: point.unit ?? null,
  })),
});
