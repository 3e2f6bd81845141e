import type { BatchPoint, ConnectionState, PointType, Sample } from '@ronghe/contracts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';

/** What the platform is told about a point beside its samples. */
export type PointDescriptor = Omit<BatchPoint, 'samples'>;

/** One sample of one point, on its way from a connector to the buffer. */
export type Reading = { point: PointDescriptor; sample: Sample };

/**
 * Hands readings to the buffer. Never throws and never waits; when the disk cannot follow, the buffer counts what it
 * gives up, so a connector needs no queue of its own.
 */
export type Emit = (readings: readonly Reading[]) => void;

/** A time in which a connection could not read; known when it is over. */
export type Gap = {
  fromMs: number;
  toMs: number;
  /** points that it concerns */
  points: number;
  /** samples that were read from the peer's history afterwards; null when the peer keeps none */
  filled: number | null;
  /** why, in a few words: `link-lost`, `peer-restarted`, an error code of the protocol */
  reason: string;
};
/** Keeps the record of a gap. Never throws and never waits. */
export type TellGap = (gap: Gap) => void;

/** What a peer offers, for a person who chooses points: one level at a time. */
export type BrowseItem = {
  /** as it is written in the configuration: node id, address, topic, column */
  id: string;
  name: string;
  /** `folder` can be browsed further, `point` can be read */
  kind: 'folder' | 'point';
  type: PointType | null;
  unit: string | null;
  description: string | null;
  /** what it reads now, where that costs nothing */
  value?: string | number | boolean | null;
  /** fields of the point to be made of it, beside key and name */
  config?: Readonly<Record<string, unknown>>;
};

/** What every connector is built from; nothing else is reached for. */
export type ConnectorContext<Config> = {
  config: Config;
  emit: Emit;
  gap: TellGap;
  log: Log;
  clock: Clock;
  /**
   * For a source that can be read again, such as a file or a table: resolves when everything emitted before is on disk and the buffer has room
   * for more, early when the signal is aborted. What was read up to here need not be read again after a restart; absent where nothing is
   * buffered.
   */
  settled?: (signal: AbortSignal) => Promise<void>;
  /**
   * For a peer that waits to be told that its values are safe; to be called right after `emit`. Resolves when what was emitted is on disk, with
   * the next write that comes anyway (within `buffer.flushMs`), so that many wait for one; `now` asks for that write at once. Rejects when it could
   * not be kept: then nothing may be acknowledged. What a filter holds back is held by choice and not waited for. Absent where nothing is buffered.
   */
  kept?: (options?: { now?: boolean }) => Promise<void>;
  /** A folder of this connection's own, for certificates and what it must remember over a restart. Exists. */
  folder: string;
};

/**
 * One connection to one peer. `start` returns at once and keeps trying while the peer is absent; `stop` undoes it and
 * writes no stale samples, for stopping is not losing. A lost peer gives every point one `bad` sample with reason
 * `stale` and no value, at the moment of the loss.
 */
export type Connector = {
  start(): Promise<void>;
  stop(): Promise<void>;
  state(): ConnectionState;
  /**
   * What lies below `node` (null: at the top), at most `limit` items. Only where the protocol can tell.
   * Rejects with a message for people when the peer is not connected or refuses.
   */
  browse?(request: { node: string | null; limit: number }): Promise<BrowseItem[]>;
};
