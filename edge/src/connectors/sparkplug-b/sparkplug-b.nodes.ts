import { PointKey, type Sample } from '@ronghe/contracts';
import type { Clock } from '../../clock.ts';
import type { PointDescriptor, Reading } from '../../connector.ts';
import type { SparkplugBConfig } from './sparkplug-b.config.ts';
import { decodePayload, type Metric, pointTypeOf, qualityOf, type SparkplugPayload, valueOf } from './sparkplug-b.decode.ts';

/** Reason of samples decoded with a birth that may be out of date. */
export const UNCONFIRMED_REASON = 'birth-unconfirmed';

/** A metric as its birth defined it. */
export type Definition = {
  device: string;
  name: string;
  alias: string | null;
  datatype: number;
  point: PointDescriptor;
  lastMs: number;
  staleMs: number | null;
};
type Node = {
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
export type Counts = { malformed: number; gaps: number; unknown: number; skipped: number };

/** What the births of one group have told, and what its messages mean. */
export type Nodes = {
  /** Readings of one message, and the edge node whose births are missing, if any. Throws on bytes that are no payload. */
  take(topic: string, bytes: Uint8Array): { readings: Reading[]; rebirth: string | null; born: boolean };
  /** The link was lost: all metrics are stale, and births may be missed. */
  lose(nowMs: number): Reading[];
  names(): string[];
  points(): { points: number; failed: number };
  counts: Counts;
  save(): SavedNode[];
  restore(saved: readonly SavedNode[]): void;
};
export type SavedNode = {
  node: string;
  bdSeq: number | null;
  metrics: { device: string; name: string; alias: string | null; datatype: number; unit: string | null }[];
};

/** Follows the session rules of Sparkplug B 3.0 for a host (sections 5 and 6), for edge nodes of one group. */
export function createNodes(config: SparkplugBConfig, clock: Clock): Nodes {
  const nodes = new Map<string, Node>();
  const counts: Counts = { malformed: 0, gaps: 0, unknown: 0, skipped: 0 };
  const wanted = new Map(config.points.map((point) => [point.address, point]));
  const found = new Set<string>();
  let metrics = 0;

  const nodeOf = (id: string): Node => {
    let node = nodes.get(id);
    if (node === undefined) {
      node = {
        bdSeq: null,
        seq: null,
        byName: new Map(),
        byAlias: new Map(),
        ignored: new Set(),
        confirmed: new Set(),
        awaited: new Set(),
      };
      nodes.set(id, node);
    }
    return node;
  };

  const define = (id: string, device: string, metric: Pick<Metric, 'name' | 'alias' | 'datatype'>, unit: string | null) => {
    const { name, alias, datatype } = metric;
    if (name === null || datatype === null || isControl(name)) return null;
    const node = nodeOf(id);
    const address = `${id}/${device}/${name}`;
    const point = descriptorOf(config, { node: id, device, name, unit, datatype, chosen: wanted.get(address) });
    const before = node.byName.get(`${device}/${name}`);
    if (point === null || (before === undefined && metrics >= config.metricsMax)) {
      if (wanted.size === 0) counts.skipped += 1;
      return null;
    }
    if (before === undefined) metrics += 1;
    if (wanted.has(address)) found.add(address);
    // The descriptor stays the same object while nothing about it changes, so that samples of a point group together.
    const same = before !== undefined && JSON.stringify(before.point) === JSON.stringify(point);
    const definition: Definition = {
      device,
      name,
      alias,
      datatype,
      point: same ? before.point : point,
      lastMs: before?.lastMs ?? Number.NEGATIVE_INFINITY,
      staleMs: before?.staleMs ?? null,
    };
    node.byName.set(`${device}/${name}`, definition);
    if (alias !== null) node.byAlias.set(alias, definition);
    return definition;
  };

  const read = (definition: Definition, metric: Metric, at: { payloadMs: number | null; confirmed: boolean }): Reading => {
    const nowMs = clock.now().getTime();
    let timeMs = metric.timestampMs ?? at.payloadMs ?? nowMs;
    if (!metric.isHistorical) {
      // A birth repeats a value with its old time; after a stale sample it must be seen as valid again.
      if (definition.staleMs !== null && timeMs <= definition.staleMs) timeMs = Math.max(nowMs, definition.staleMs + 1);
      definition.staleMs = null;
      definition.lastMs = Math.max(definition.lastMs, timeMs);
    }
    const value = valueOf(metric, definition.datatype);
    const { quality, reason } = qualityOf(metric);
    if (quality === 'good' && !at.confirmed)
      return { point: definition.point, sample: [timeMs, value, 'uncertain', UNCONFIRMED_REASON] };
    const sample: Sample = reason === null ? [timeMs, value, quality] : [timeMs, value, quality, reason];
    return { point: definition.point, sample };
  };

  const takeBirth = (id: string, device: string, payload: SparkplugPayload): Reading[] => {
    const node = nodeOf(id);
    if (device === '') {
      const bdSeq = payload.metrics.find((metric) => metric.name === 'bdSeq');
      node.bdSeq = bdSeq === undefined ? null : Number(bdSeq.raw.long ?? bdSeq.raw.int ?? 0);
      node.byAlias.clear();
      node.ignored.clear();
      node.confirmed.clear();
      node.awaited = new Set([...node.byName.values()].map((each) => each.device).filter((each) => each !== ''));
    }
    node.confirmed.add(device);
    node.awaited.delete(device);
    return payload.metrics.flatMap((metric) => {
      const definition = define(id, device, metric, unitOf(metric));
      if (definition === null) {
        node.ignored.add(metric.alias ?? `${device}/${metric.name}`);
        return [];
      }
      return [read(definition, metric, { payloadMs: payload.timestampMs, confirmed: true })];
    });
  };

  const takeData = (id: string, device: string, payload: SparkplugPayload): { readings: Reading[]; missing: boolean } => {
    const node = nodeOf(id);
    let missing = false;
    const readings = payload.metrics.flatMap((metric) => {
      const named = metric.name === null ? undefined : node.byName.get(`${device}/${metric.name}`);
      const definition = named ?? (metric.alias === null ? undefined : node.byAlias.get(metric.alias));
      if (definition === undefined) {
        const known = node.ignored.has(metric.alias ?? `${device}/${metric.name}`);
        if (known || (metric.name !== null && isControl(metric.name))) return [];
        counts.unknown += 1;
        missing = true;
        return [];
      }
      return [read(definition, metric, { payloadMs: payload.timestampMs, confirmed: node.confirmed.has(device) })];
    });
    return { readings, missing: missing || !node.confirmed.has(device) };
  };

  const staleOf = (definitions: Iterable<Definition>, atMs: number): Reading[] => {
    const readings: Reading[] = [];
    for (const definition of definitions) {
      if (definition.staleMs !== null) continue;
      definition.staleMs = Math.max(atMs, definition.lastMs + 1);
      readings.push({ point: definition.point, sample: [definition.staleMs, null, 'bad', 'stale'] });
    }
    return readings;
  };
  const ofDevice = (node: Node, device: string) => [...node.byName.values()].filter((each) => each.device === device);

  /** Devices that were not born again before the node went on to data are gone. */
  const buryAwaited = (node: Node): Reading[] => {
    const readings = [...node.awaited].flatMap((device) => staleOf(ofDevice(node, device), clock.now().getTime()));
    node.awaited.clear();
    return readings;
  };

  const takeDeath = (id: string, device: string, payload: SparkplugPayload): Reading[] => {
    const node = nodeOf(id);
    const nowMs = clock.now().getTime();
    if (device !== '') return staleOf(ofDevice(node, device), payload.timestampMs ?? nowMs);
    const bdSeq = payload.metrics.find((metric) => metric.name === 'bdSeq');
    const number = bdSeq === undefined ? null : Number(bdSeq.raw.long ?? bdSeq.raw.int ?? 0);
    // The will of an earlier session may arrive after the node has come back.
    if (number !== null && node.bdSeq !== null && number !== node.bdSeq) return [];
    node.seq = null;
    return staleOf(node.byName.values(), nowMs);
  };

  const follow = (node: Node, seq: number | null): boolean => {
    const expected = node.seq === null ? null : (node.seq + 1) % 256;
    node.seq = seq;
    if (expected === null || seq === null || seq === expected) return true;
    counts.gaps += 1;
    node.confirmed.clear();
    return false;
  };

  return {
    take(topic, bytes) {
      const none = { readings: [], rebirth: null, born: false };
      const [space, group, type = '', id = '', device = ''] = topic.split('/');
      if (space !== 'spBv1.0' || group !== config.group || id === '') return none;
      if (!MESSAGES.has(type)) return none;
      const payload = decodePayload(bytes);
      const node = nodeOf(id);
      if (type === 'NDEATH') return { ...none, readings: takeDeath(id, '', payload) };
      if (type === 'NBIRTH') {
        node.seq = payload.seq ?? 0;
        return { readings: takeBirth(id, '', payload), rebirth: null, born: true };
      }
      const whole = follow(node, payload.seq);
      if (type === 'DBIRTH') {
        const readings = takeBirth(id, device, payload);
        return { readings, rebirth: whole && node.confirmed.has('') ? null : id, born: true };
      }
      if (type === 'DDEATH') return { ...none, readings: takeDeath(id, device, payload), rebirth: whole ? null : id };
      const buried = buryAwaited(node);
      const { readings, missing } = takeData(id, device, payload);
      return { readings: [...buried, ...readings], rebirth: whole && !missing ? null : id, born: false };
    },
    lose: (nowMs) => [...nodes.values()].flatMap((node) => staleOf(node.byName.values(), nowMs)),
    names: () => [...nodes.keys()],
    points: () =>
      wanted.size > 0
        ? { points: wanted.size, failed: wanted.size - found.size }
        : { points: metrics, failed: 0 },
    counts,
    save: () =>
      [...nodes].map(([id, node]) => ({
        node: id,
        bdSeq: node.bdSeq,
        metrics: [...node.byName.values()].map((each) => ({
          device: each.device,
          name: each.name,
          alias: each.alias,
          datatype: each.datatype,
          unit: each.point.unit ?? null,
        })),
      })),
    restore(saved) {
      for (const { node, bdSeq, metrics: known } of saved) {
        nodeOf(node).bdSeq = bdSeq;
        for (const metric of known) define(node, metric.device, metric, metric.unit);
      }
    },
  };
}

const MESSAGES = new Set(['NBIRTH', 'NDATA', 'NDEATH', 'DBIRTH', 'DDATA', 'DDEATH']);
const isControl = (name: string): boolean =>
  name === 'bdSeq' || name.startsWith('Node Control/') || name.startsWith('Device Control/');

/** Names under which edge nodes give a unit; the specification leaves it open. */
const UNIT_PROPERTIES = ['unit', 'engUnit', 'Unit', 'EngUnit', 'units', 'Units'];
function unitOf(metric: Metric): string | null {
  for (const name of UNIT_PROPERTIES) {
    const unit = metric.properties.get(name);
    if (typeof unit === 'string' && unit !== '') return unit.slice(0, 40);
  }
  return null;
}

function descriptorOf(
  config: SparkplugBConfig,
  metric: {
    node: string;
    device: string;
    name: string;
    unit: string | null;
    datatype: number;
    chosen: SparkplugBConfig['points'][number] | undefined;
  },
): PointDescriptor | null {
  const type = pointTypeOf(metric.datatype);
  const { chosen } = metric;
  if (type === null || (config.points.length > 0 && chosen === undefined)) return null;
  const path = [metric.node, metric.device, metric.name].filter((part) => part !== '').join('/');
  const key = chosen?.key ?? path.replace(/[^\p{L}\p{N} ._\-/:%#()@,=]/gu, '_').replace(/^[^\p{L}\p{N}]+/u, '');
  if (!PointKey.safeParse(key).success) return null;
  const unit = chosen?.unit ?? metric.unit;
  const equipment = chosen?.equipment ?? config.equipment ?? (metric.device === '' ? metric.node : metric.device);
  return {
    key,
    type,
    connection: config.name,
    name: chosen?.name ?? metric.name.slice(0, 200),
    ...(unit === null ? {} : { unit }),
    equipment: equipment.slice(0, 200),
  };
}
