import { createHash } from 'node:crypto';
import type { Sample, SampleValue } from '@ronghe/contracts';
import { type Clock, type Moment, momentOf } from '../../clock.ts';
import { emitStale } from '../../connection.ts';
import type { Emit, PointDescriptor, Reading } from '../../connector.ts';
import type { Label, Row } from './http.decode.ts';

/** Readings that are surely known as told already, over all points. */
export const TOLD_MAX = 100_000;
/** The same fault of the same point is told at most this often, where no source time tells one from the next. */
const SAME_FAULT_MS = 60_000;

type Known = {
  point: PointDescriptor;
  /** Newest source time of a good value, ms. */
  lastMs: number;
  /** Time of its stale sample, while nothing newer came. */
  staleMs: number | null;
  fault: string | null;
  faultToldMs: number;
  failing: boolean;
};

/** Everything that is known of the points of one connection. */
export type Points = {
  /** Emits what is new among the rows; gives the number of samples. */
  take(rows: readonly Row[]): number;
  /** One stale sample for each point, unless that was done since `recovered`. */
  lose(): void;
  /** The connection is back. */
  recovered(): void;
  counts(): { points: number; failed: number; refused: number };
  /** What the points of lists are called, in the order in which they were found. */
  found(): Label[];
  foundCount(): number;
  /** Points of an earlier run, which become stale when the peer stays away; not failing until something says so. */
  expect(labels: readonly Label[]): void;
  /** Identities of readings not older than this, for the memory of a restart. */
  toldSince(timeMs: number): [id: string, print: string][];
  restore(told: readonly (readonly [id: string, print: string])[]): void;
  /** Whatever was told may be told again: it was not kept. */
  forget(): void;
};

/**
 * `missing` says what a point is whose value is not in a body: `bad` when every answer should hold it, `unsaid` when a
 * body may be about other points. `restates`: a reading that is said again after a loss is good again from now on.
 */
export function createPoints(options: {
  connection: string;
  labels: readonly Label[];
  listPointsMax: number;
  missing: 'bad' | 'unsaid';
  restates: boolean;
  emit: Emit;
  clock: Clock;
}): Points {
  const { connection, emit, clock } = options;
  const known = new Map<string, Known>();
  const pointsMax = options.labels.length + options.listPointsMax;
  const told = createTold();
  let refused = 0;
  let lost = false;

  const learn = (label: Label): Known | null => {
    const before = known.get(label.key);
    if (before !== undefined) return before;
    if (known.size >= pointsMax) return null;
    const fresh: Known = {
      point: descriptorOf(connection, label),
      lastMs: Number.NEGATIVE_INFINITY,
      staleMs: null,
      fault: null,
      faultToldMs: Number.NEGATIVE_INFINITY,
      failing: true,
    };
    known.set(label.key, fresh);
    return fresh;
  };
  for (const label of options.labels) learn(label);

  const faulty = (point: Known, row: Row & { fault: string }, now: Moment): Sample | null => {
    if (row.fault === 'path-not-found' && options.missing === 'unsaid') return null;
    point.failing = true;
    if (row.timeMs !== null) {
      const isNew = told.isNew(row.key, row.timeMs, `!${row.fault}`);
      return isNew ? [row.timeMs, null, 'bad', row.fault] : null;
    }
    if (point.fault === row.fault && now.elapsedMs - point.faultToldMs < SAME_FAULT_MS) return null;
    point.fault = row.fault;
    point.faultToldMs = now.elapsedMs;
    return [now.wallMs, null, 'bad', row.fault];
  };

  const good = (point: Known, row: Row, nowMs: number): Sample | null => {
    point.failing = false;
    point.fault = null;
    const { staleMs, lastMs } = point;
    const timeMs = row.timeMs ?? Math.max(nowMs, (staleMs ?? 0) + 1);
    const isNew = row.timeMs === null || told.isNew(row.key, timeMs, printOf(row.value));
    point.lastMs = Math.max(lastMs, timeMs);
    if (staleMs !== null && timeMs > staleMs) point.staleMs = null;
    if (isNew) return [timeMs, row.value, 'good'];
    if (staleMs === null || timeMs !== lastMs || !options.restates) return null;
    // The very reading from before the loss: without a word it would look stale for as long as it does not change.
    point.staleMs = null;
    return [Math.max(nowMs, staleMs + 1), row.value, 'good'];
  };

  return {
    take(rows) {
      const now = momentOf(clock);
      const readings: Reading[] = [];
      for (const row of rows) {
        if (row.undecided && known.get(row.key)?.point.type !== row.type) continue;
        const point = learn(row);
        if (point === null) {
          refused += 1;
          continue;
        }
        // A point keeps the type it began with.
        const fault = row.fault ?? (row.type === point.point.type ? null : 'type-mismatch');
        const sample = fault === null ? good(point, row, now.wallMs) : faulty(point, { ...row, fault }, now);
        if (sample !== null) readings.push({ point: point.point, sample });
      }
      if (readings.length > 0) emit(readings);
      return readings.length;
    },
    lose() {
      if (lost) return;
      lost = true;
      const nowMs = clock.now().getTime();
      const all = [...known.values()];
      for (const each of all) {
        each.staleMs = Math.max(nowMs, each.lastMs + 1);
        each.fault = null;
      }
      emitStale(
        emit,
        all.map(({ point, lastMs }) => (Number.isFinite(lastMs) ? { point, afterMs: lastMs } : { point })),
        nowMs,
      );
    },
    recovered() {
      lost = false;
    },
    counts() {
      let failed = 0;
      for (const each of known.values()) if (each.failing) failed += 1;
      return { points: known.size, failed, refused };
    },
    found: () => [...known.values()].slice(options.labels.length).map(({ point }) => labelOf(point)),
    foundCount: () => known.size - options.labels.length,
    expect(labels) {
      for (const label of labels) {
        const point = learn(label);
        if (point !== null) point.failing = false;
      }
    },
    toldSince: told.since,
    restore: told.restore,
    forget: told.forget,
  };
}

/**
 * Which readings were told: at least the newest TOLD_MAX and at most twice as many, each by key and time, with a print
 * of its value. Two generations, for a Map of which always the oldest entry is deleted becomes slower and slower.
 */
function createTold() {
  let young = new Map<string, string>();
  let old = new Map<string, string>();
  const remember = (id: string, print: string): void => {
    young.set(id, print);
    if (young.size <= TOLD_MAX) return;
    old = young;
    young = new Map();
  };
  return {
    /** A value that was corrected afterwards is new. */
    isNew(key: string, timeMs: number, print: string): boolean {
      const id = `${timeMs} ${key}`;
      const isNew = (young.get(id) ?? old.get(id)) !== print;
      remember(id, print);
      return isNew;
    },
    since(timeMs: number): [string, string][] {
      const isSince = ([id]: readonly [string, string]) => Number(id.slice(0, id.indexOf(' '))) >= timeMs;
      return [...[...old].filter(isSince), ...[...young].filter(isSince)];
    },
    restore(told: readonly (readonly [string, string])[]): void {
      for (const [id, print] of told) remember(id, print);
    },
    forget(): void {
      young = new Map();
      old = new Map();
    },
  };
}

/** Short enough to keep many of: text of any length becomes 16 characters. */
function printOf(value: SampleValue): string {
  if (typeof value !== 'string') return String(value);
  return value.length <= 16 ? `'${value}` : createHash('sha256').update(value).digest('base64').slice(0, 16);
}

const labelOf = ({ key, type, name, unit, equipment }: PointDescriptor): Label => ({
  key,
  type,
  name,
  unit,
  equipment,
});

function descriptorOf(connection: string, label: Label): PointDescriptor {
  const { key, type, name, unit, equipment } = label;
  return {
    key,
    type,
    connection,
    ...(name === undefined || name === '' ? {} : { name }),
    ...(unit === undefined || unit === '' ? {} : { unit }),
    ...(equipment === undefined || equipment === '' ? {} : { equipment }),
  };
}
