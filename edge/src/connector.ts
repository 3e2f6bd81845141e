import type { BatchPoint, ConnectionState, Sample } from '@ronghe/contracts';
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

/** What every connector is built from; nothing else is reached for. */
export type ConnectorContext<Config> = {
  config: Config;
  emit: Emit;
  log: Log;
  clock: Clock;
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
};
