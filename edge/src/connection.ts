import type { ConnectionState, RecoveryStep, Sample } from '@ronghe/contracts';
import { STALE_REASON } from '@ronghe/contracts';
import { type Clock, type Moment, momentOf } from './clock.ts';
import type { Emit, PointDescriptor } from './connector.ts';
import { createLinkHealth, type Reached } from './link-health.ts';

const ERROR_LENGTH_MAX = 500;

/** Keeps the state of one connection the way the platform wants it reported. */
export type ConnectionTracker = {
  state(): ConnectionState;
  /** Moves to a state; the second and later times `connected` count as a recovery. */
  become(state: ConnectionState['state']): void;
  /** Counts a step towards bringing the connection back. */
  tried(step: RecoveryStep): void;
  failed(error: unknown): void;
  /** Something came from the peer just now. */
  heard(): void;
  /** When that was last, which is where a gap begins; now, when it never was. */
  heardAt(): Moment;
  /** How the peer is reached; forgotten when the connection is lost. */
  reached: Reached;
  points(points: number, pointsFailed: number): void;
};

/** Starts as `stopped` with no recoveries. The endpoint is shown without user and password. */
export function trackConnection(options: {
  name: string;
  protocol: string;
  endpoint: string;
  points: number;
  clock: Clock;
}): ConnectionTracker {
  const current: ConnectionState = {
    name: options.name,
    protocol: options.protocol,
    endpoint: withoutCredentials(options.endpoint),
    state: 'stopped',
    since: options.clock.now().toISOString(),
    points: options.points,
    pointsFailed: 0,
    recoveries: 0,
    lastError: null,
  };
  let connectedBefore = false;
  let heard: Moment | null = null;
  const health = createLinkHealth();
  return {
    state() {
      const link = health.state();
      return { ...current, ...(link === null ? {} : { link }) };
    },
    become(state) {
      if (state === 'disconnected' || state === 'stopped') health.forget();
      if (state === current.state) return;
      current.state = state;
      current.since = options.clock.now().toISOString();
      if (state !== 'connected') return;
      if (connectedBefore) current.recoveries += 1;
      connectedBefore = true;
    },
    tried(step) {
      current.steps = { ...current.steps, [step]: (current.steps?.[step] ?? 0) + 1 };
    },
    failed(error) {
      current.lastError = messageOf(error).slice(0, ERROR_LENGTH_MAX);
    },
    heard() {
      heard = momentOf(options.clock);
    },
    heardAt: () => heard ?? momentOf(options.clock),
    reached: health.reached,
    points(points, pointsFailed) {
      current.points = points;
      current.pointsFailed = pointsFailed;
    },
  };
}

/** One `bad` sample without a value and with reason `stale` for each point, at one moment. */
export function emitStale(
  emit: Emit,
  points: Iterable<{ point: PointDescriptor; afterMs?: number }>,
  nowMs: number,
): void {
  const readings = [];
  for (const { point, afterMs } of points) {
    // A device whose clock runs ahead must still be seen to fall silent after its last value.
    const timeMs = afterMs === undefined ? nowMs : Math.max(nowMs, afterMs + 1);
    readings.push({ point, sample: [timeMs, null, 'bad', STALE_REASON] satisfies Sample });
  }
  if (readings.length > 0) emit(readings);
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // `fetch failed` hides the real reason in its cause.
  if (error.cause instanceof Error && error.message === 'fetch failed') return messageOf(error.cause);
  // Connecting to a name with several addresses fails with an AggregateError, whose own message is empty.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error.message === '' ? error.name : error.message;
}

/** Removes `user:password@` from an address. */
export const withoutCredentials = (endpoint: string): string => endpoint.replace(/\/\/[^/@]*@/, '//');
