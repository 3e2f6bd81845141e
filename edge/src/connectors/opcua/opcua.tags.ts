import type { PointType, Sample } from '@ronghe/contracts';
import type { DataValue, NodeId, Variant } from 'node-opcua-client';
import type { Clock } from '../../clock.ts';
import type { Emit, PointDescriptor } from '../../connector.ts';
import type { Log } from '../../log.ts';
import { plainName } from './opcua.calls.ts';
import type { OpcuaConfig, OpcuaPoint } from './opcua.config.ts';
import { decodeDataValue, integer64, type PlainDataValue } from './opcua.decode.ts';
import { opcua } from './opcua.library.ts';

const { DataType, VariantArrayType } = opcua;

/** A time in which a point may have missed samples; both ends are known, or the best that is known of them. */
export type Hole = {
  tag: Tag;
  /** source time, moved on as samples are read from history */
  fromMs: number;
  /** source time of the newest sample when the connection was back; infinite until then */
  toMs: number;
  /** source times between both that came by another way: what the server had queued */
  known: Set<number> | null;
};

/** A point of the configuration, and what is known of it at the server. */
export type Tag = {
  /** what its values carry on the wire */
  handle: number;
  config: OpcuaPoint;
  point: PointDescriptor;
  type: PointType;
  node: NodeId | null;
  /** the server's number of its monitored item */
  itemId: number | null;
  /** newest sample of the server, by source time */
  newest: Sample | null;
  /** newest time told, so that a stale sample comes after it */
  lastMs: number;
  staleMs: number | null;
  /** why the server refuses it, or null */
  refused: string | null;
  hole: Hole | null;
};

/** The points of one connection and what comes in for them. */
export type Tags = {
  all: readonly Tag[];
  /** A value from the server: told unless it is the newest one again. */
  take(tag: Tag, data: DataValue): void;
  /** The same of a value that was read: a point that has not changed since a loss is stated again, as of now. */
  state(tag: Tag, data: DataValue): void;
  /** The server will not give it: told once, counted, tried again later. */
  refuse(tag: Tag, reason: string): void;
  /** Points and their newest times for stale samples; they count as stale from `nowMs`. */
  becomeStale(nowMs: number): { point: PointDescriptor; afterMs?: number }[];
  /** From here on is not known what happens; `sinceMs` is the source time up to which all had come. */
  openHoles(sinceMs: number): void;
  /** Ends the holes of all points that are known again, and returns those with a time between their ends. */
  endHoles(): Hole[];
  /** Holes made by queues of the server that ran over since the last call, and how often that was. */
  overflows(): { holes: Hole[]; count: number };
};

/** Status of a monitored item whose node has gone; it does not come back by itself. */
const GONE = new Set(['BadNodeIdUnknown', 'BadNodeIdInvalid']);
const HOLES_MAX = 100_000;
/** More than any queue holds. */
const KNOWN_MAX = 10_000;

/** Makes a tag of each point, nothing of it known yet. */
export function createTags(options: { config: OpcuaConfig; emit: Emit; log: Log; clock: Clock }): Tags {
  const { config, emit, log, clock } = options;
  const all = config.points.map((point, index) => tagOf(config.name, point, index + 1));
  let overflowed: Hole[] = [];
  let overflowCount = 0;

  const tell = (tag: Tag, sample: Sample): void => {
    tag.lastMs = Math.max(tag.lastMs, sample[0]);
    emit([{ point: tag.point, sample }]);
  };

  const refuse = (tag: Tag, reason: string): void => {
    if (tag.refused === reason && tag.staleMs === null) return;
    if (tag.refused !== reason) log.warn({ point: tag.point.key, reason }, 'the server refuses a point');
    tag.refused = reason;
    const timeMs = Math.max(clock.now().getTime(), (tag.staleMs ?? 0) + 1);
    tag.staleMs = null;
    tell(tag, [timeMs, null, 'bad', reason]);
  };

  /** What comes while a hole is open, or late from the server's queue, need not be read from history. */
  const note = ({ hole }: Tag, timeMs: number): void => {
    if (hole === null || timeMs <= hole.fromMs || timeMs >= hole.toMs) return;
    hole.known ??= new Set();
    if (hole.known.size < KNOWN_MAX) hole.known.add(timeMs);
  };

  const take = (tag: Tag, data: DataValue): void => {
    const name = plainName(data.statusCode.name);
    if (GONE.has(name)) {
      refuse(tag, name);
      return;
    }
    const sample = decodeDataValue(plain(data), tag.type, clock.now().getTime());
    const [timeMs] = sample;
    note(tag, timeMs);
    if (tag.newest !== null && isSame(tag.newest, sample)) return;
    if (data.statusCode.hasOverflowBit) {
      overflowCount += 1;
      const fromMs = tag.newest?.[0] ?? timeMs;
      // One that is open covers it.
      if (tag.hole === null && fromMs < timeMs && overflowed.length < HOLES_MAX)
        overflowed.push({ tag, fromMs, toMs: timeMs, known: null });
    }
    if (tag.newest === null || timeMs >= tag.newest[0]) tag.newest = sample;
    if (tag.staleMs !== null && timeMs > tag.staleMs) tag.staleMs = null;
    tell(tag, sample);
  };

  return {
    all,
    take,
    refuse,
    state(tag, data) {
      take(tag, data);
      if (tag.staleMs === null || tag.refused !== null) return;
      const nowMs = Math.max(clock.now().getTime(), tag.staleMs + 1);
      const [, value, quality, reason] = decodeDataValue(plain(data), tag.type, nowMs);
      tag.staleMs = null;
      // Its own time is the one of now, beside which the server's says nothing; an empty reason is none.
      tell(tag, reason ? [nowMs, value, quality, reason] : [nowMs, value, quality]);
    },
    becomeStale(nowMs) {
      return all.map((tag) => {
        tag.staleMs = Math.max(nowMs, tag.lastMs + 1);
        return Number.isFinite(tag.lastMs) ? { point: tag.point, afterMs: tag.lastMs } : { point: tag.point };
      });
    },
    openHoles(sinceMs) {
      for (const tag of all) {
        // One that has not ended yet goes on.
        if (!tag.config.history || tag.hole?.toMs === Number.POSITIVE_INFINITY) continue;
        const fromMs = Math.max(
          Number.isNaN(sinceMs) ? Number.NEGATIVE_INFINITY : sinceMs,
          tag.newest?.[0] ?? Number.NEGATIVE_INFINITY,
        );
        tag.hole = Number.isFinite(fromMs)
          ? { tag, fromMs, toMs: Number.POSITIVE_INFINITY, known: null }
          : null;
      }
    },
    endHoles() {
      const ended: Hole[] = [];
      for (const tag of all) {
        const { hole, newest } = tag;
        if (hole?.toMs !== Number.POSITIVE_INFINITY || tag.refused !== null || newest === null) continue;
        hole.toMs = newest[0];
        if (hole.fromMs < hole.toMs) ended.push(hole);
        else tag.hole = null;
      }
      return ended;
    },
    overflows() {
      const told = { holes: overflowed, count: overflowCount };
      overflowed = [];
      overflowCount = 0;
      return told;
    },
  };
}

function tagOf(connection: string, config: OpcuaPoint, handle: number): Tag {
  return {
    handle,
    config,
    type: config.type,
    point: {
      key: config.key,
      type: config.type,
      connection,
      ...(config.name === undefined ? {} : { name: config.name }),
      ...(config.unit === undefined ? {} : { unit: config.unit }),
      ...(config.equipment === undefined ? {} : { equipment: config.equipment }),
    },
    node: null,
    itemId: null,
    newest: null,
    lastMs: Number.NEGATIVE_INFINITY,
    staleMs: null,
    refused: null,
    hole: null,
  };
}

/** When the server looked again says nothing new; an empty reason is none. */
const isSame = (one: Sample, other: Sample): boolean =>
  one[0] === other[0] && one[1] === other[1] && one[2] === other[2] && (one[3] ?? '') === (other[3] ?? '');

/** The library's DataValue as plain data. */
export const plain = (data: DataValue): PlainDataValue => ({
  value: variantValue(data.value),
  float32: data.value?.dataType === DataType.Float,
  status: { code: data.statusCode.value, name: plainName(data.statusCode.name) },
  sourceTimestamp: data.sourceTimestamp,
  sourcePicoseconds: data.sourcePicoseconds,
  serverTimestamp: data.serverTimestamp,
});

/** The library gives 64-bit integers as two halves, which look like an array of two numbers. */
function variantValue(variant: Variant | undefined): unknown {
  const type = variant?.dataType;
  const wide = type === DataType.Int64 || type === DataType.UInt64;
  if (!wide || variant?.arrayType !== VariantArrayType.Scalar || !Array.isArray(variant.value))
    return variant?.value;
  const [high = 0, low = 0]: number[] = variant.value;
  return integer64([high, low], type === DataType.Int64);
}
