import { PointKey, type Sample } from '@ronghe/contracts';
import type { PointDescriptor, Reading } from '../../connector.ts';
import type { SparkplugConfig } from './sparkplug.config.ts';
import { type Metric, metricValue, pointTypeOf, qualityOf } from './sparkplug.decode.ts';

/** Reason of samples decoded with a birth that may be out of date. */
export const UNCONFIRMED_REASON = 'birth-unconfirmed';

/** A metric as its birth defined it, and what was last heard of it. */
export type Definition = {
  device: string;
  name: string;
  alias: string | null;
  datatype: number;
  point: PointDescriptor;
  lastMs: number;
  staleMs: number | null;
};

/** Where a metric is: the id of its edge node, and of its device or `''` for the node itself. */
export type Place = { node: string; device: string };

/** Turns metrics of births into points: all of them, or those that the configuration lists. */
export type Definitions = {
  /** The definition of a metric that is a point, else null. `before` is what an earlier birth made of it. */
  define(
    place: Place,
    metric: Pick<Metric, 'name' | 'alias' | 'datatype'> & { unit: string | null },
    before: Definition | undefined,
  ): Definition | null;
  /** Points, those listed that no birth has named, and metrics left out because there are too many or they are sets. */
  counts(): { points: number; failed: number; skipped: number };
};

export function createDefinitions(config: SparkplugConfig): Definitions {
  const wanted = new Map(config.points.map((point) => [point.address, point]));
  const found = new Set<string>();
  let points = 0;
  let skipped = 0;
  return {
    define(place, { name, alias, datatype, unit }, before) {
      if (name === null || datatype === null || isControl(name)) return null;
      const address = `${place.node}/${place.device}/${name}`;
      const chosen = wanted.get(address);
      const point = descriptorOf(config, { ...place, name, unit, datatype, chosen });
      if (point === null || (before === undefined && points >= config.metricsMax)) {
        if (wanted.size === 0) skipped += 1;
        return null;
      }
      if (before === undefined) points += 1;
      if (chosen !== undefined) found.add(address);
      // The descriptor stays the same object while nothing changes, so that samples of a point group together.
      const same = before !== undefined && JSON.stringify(before.point) === JSON.stringify(point);
      return {
        device: place.device,
        name,
        alias,
        datatype,
        point: same ? before.point : point,
        lastMs: before?.lastMs ?? Number.NEGATIVE_INFINITY,
        staleMs: before?.staleMs ?? null,
      };
    },
    counts: () =>
      wanted.size > 0
        ? { points: wanted.size, failed: wanted.size - found.size, skipped }
        : { points, failed: 0, skipped },
  };
}

/** One metric as a reading; it ends the staleness of its point, unless it is history. */
export function readMetric(
  definition: Definition,
  metric: Metric,
  at: { payloadMs: number | null; nowMs: number; confirmed: boolean },
): Reading {
  let timeMs = metric.timestampMs ?? at.payloadMs ?? at.nowMs;
  if (!metric.isHistorical) {
    // A birth repeats a value with its old time; after a stale sample it must be seen as valid again.
    if (definition.staleMs !== null && timeMs <= definition.staleMs)
      timeMs = Math.max(at.nowMs, definition.staleMs + 1);
    definition.staleMs = null;
    definition.lastMs = Math.max(definition.lastMs, timeMs);
  }
  const value = metricValue(metric, definition.datatype);
  const { quality, reason } = qualityOf(metric);
  if (quality === 'good' && !at.confirmed)
    return { point: definition.point, sample: [timeMs, value, 'uncertain', UNCONFIRMED_REASON] };
  const sample: Sample = reason === null ? [timeMs, value, quality] : [timeMs, value, quality, reason];
  return { point: definition.point, sample };
}

/** One stale sample for each that is not stale already, after its newest value. */
export function staleReadings(definitions: Iterable<Definition>, atMs: number): Reading[] {
  const readings: Reading[] = [];
  for (const definition of definitions) {
    if (definition.staleMs !== null) continue;
    definition.staleMs = Math.max(atMs, definition.lastMs + 1);
    readings.push({ point: definition.point, sample: [definition.staleMs, null, 'bad', 'stale'] });
  }
  return readings;
}

/** Metrics that steer the session and are no points. */
export const isControl = (name: string): boolean =>
  name === 'bdSeq' || name.startsWith('Node Control/') || name.startsWith('Device Control/');

/** Names under which edge nodes give a unit; the specification leaves it open. */
const UNIT_PROPERTIES = ['unit', 'engUnit', 'Unit', 'EngUnit', 'units', 'Units'];

/** The unit that a birth gives, or null. */
export function unitOf(metric: Metric): string | null {
  for (const name of UNIT_PROPERTIES) {
    const unit = metric.properties.get(name);
    if (typeof unit === 'string' && unit !== '') return unit.slice(0, 40);
  }
  return null;
}

function descriptorOf(
  config: SparkplugConfig,
  metric: Place & {
    name: string;
    unit: string | null;
    datatype: number;
    chosen: SparkplugConfig['points'][number] | undefined;
  },
): PointDescriptor | null {
  const type = pointTypeOf(metric.datatype);
  const { chosen } = metric;
  if (type === null || (config.points.length > 0 && chosen === undefined)) return null;
  const path = [metric.node, metric.device, metric.name].filter((part) => part !== '').join('/');
  const key =
    chosen?.key ?? path.replace(/[^\p{L}\p{N} ._\-/:%#()@,=]/gu, '_').replace(/^[^\p{L}\p{N}]+/u, '');
  if (!PointKey.safeParse(key).success) return null;
  const unit = chosen?.unit ?? metric.unit;
  const equipment =
    chosen?.equipment ?? config.equipment ?? (metric.device === '' ? metric.node : metric.device);
  return {
    key,
    type,
    connection: config.name,
    name: chosen?.name ?? metric.name.slice(0, 200),
    ...(unit === null ? {} : { unit }),
    equipment: equipment.slice(0, 200),
  };
}
