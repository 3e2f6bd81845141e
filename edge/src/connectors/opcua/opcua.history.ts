import type { DataValue, HistoryReadResponse, HistoryReadResult } from 'node-opcua-client';
import { pause } from '../../backoff.ts';
import type { Clock } from '../../clock.ts';
import type { Emit, Gap, Reading, TellGap } from '../../connector.ts';
import type { Log } from '../../log.ts';
import { type Calls, faultOf, type OpcuaFault, plainName, unlessAborted } from './opcua.calls.ts';
import type { OpcuaConfig } from './opcua.config.ts';
import { decodeDataValue } from './opcua.decode.ts';
import { opcua } from './opcua.library.ts';
import { type Hole, plain } from './opcua.tags.ts';

const { HistoryData, HistoryReadRequest, ReadRawModifiedDetails, TimestampsToReturn } = opcua;

const HOUR_MS = 3_600_000;
/** Nodes and values of each in one request: an answer holds at most 20,000 values. */
const NODES_MAX = 20;
const VALUES_MAX = 1_000;
const VALUES_MIN = 10;
/** A historian may have to search; it gets longer than a read of current values. */
const ANSWER_MS_MIN = 30_000;
/** Continuations in a row that bring nothing: the server is not getting anywhere. */
const EMPTY_ANSWERS_MAX = 100;
/** Gaps and holes that wait; beyond that the oldest gap is given up, and told so. */
const JOBS_MAX = 100;
const HOLES_MAX = 200_000;

/** Answers that ask for smaller requests. */
const TOO_MUCH = new Set([
  'BadTooManyOperations',
  'BadNoContinuationPoints',
  'BadResponseTooLarge',
  'BadRequestTooLarge',
  'BadEncodingLimitsExceeded',
  'BadTimeout',
  'BadOutOfMemory',
]);
/** Some servers say that all is good and have nothing, for points that they do not record. */
const NO_DATA = 'GoodNoData';
/** Failures of the session or the link: reading goes on with the next one. */
const BROKEN = /^Bad(Session|Connection|SecureChannel|Tcp|Communication|ServerHalted|Shutdown)/;

/** A gap as it is known when the connection is back. */
export type Loss = { fromMs: number; toMs: number; points: number; reason: string };

/** Reads what was missed with HistoryRead (OPC 10000-11, 6.5.3 raw values), slowly, beside what comes in. */
export type History = {
  /** Takes a gap on; its record is told when it has been read, or cannot be. */
  fill(loss: Loss, holes: readonly Hole[]): void;
  /** Reads until nothing is left or the signal is aborted. Throws OpcuaFault when the session or the link fails. */
  work(calls: Calls, signal: AbortSignal): Promise<void>;
  hasWork(): boolean;
  /** Source time of the earliest sample still missing, or null: a restart has to begin there. */
  missingSinceMs(): number | null;
};

type Job = {
  loss: Loss;
  holes: Hole[];
  /** samples read */
  filled: number;
  /** points without history, by the server's reason */
  unfilled: Map<string, number>;
};

export function createHistory(options: {
  config: OpcuaConfig;
  emit: Emit;
  gap: TellGap;
  log: Log;
  clock: Clock;
}): History {
  const { config, log, clock } = options;
  const jobs: Job[] = [];
  const reader = createReader(options);

  const tell = (job: Job): void => {
    const { loss, filled } = job;
    let unfilled = 0;
    for (const [reason, points] of job.unfilled) {
      unfilled += points;
      options.gap({ ...loss, points, filled: null, reason } satisfies Gap);
    }
    const points = loss.points - unfilled;
    if (points > 0) options.gap({ ...loss, points, filled });
    log.info({ ...loss, filled, unfilled }, 'a gap has been dealt with');
  };

  return {
    fill(loss, holes) {
      if (!config.history.enabled) {
        options.gap({ ...loss, filled: null });
        return;
      }
      const earliestMs = clock.now().getTime() - config.history.maxHours * HOUR_MS;
      const job: Job = { loss, holes: [], filled: 0, unfilled: new Map() };
      for (const hole of holes) {
        hole.fromMs = Math.max(hole.fromMs, earliestMs);
        if (hole.fromMs < hole.toMs) job.holes.push(hole);
      }
      const off = config.points.filter((point) => !point.history).length;
      if (off > 0 && loss.points === config.points.length) job.unfilled.set(loss.reason, off);
      // Those that begin together are read together.
      job.holes.sort((one, other) => one.fromMs - other.fromMs);
      jobs.push(job);
      while (jobs.length > JOBS_MAX || (jobs.length > 1 && holesOf(jobs) > HOLES_MAX)) {
        const old = jobs.shift();
        if (old === undefined) break;
        old.unfilled.set('history-behind', old.holes.length);
        old.holes = [];
        tell(old);
      }
    },
    async work(calls, signal) {
      while (!signal.aborted) {
        const job = jobs[0];
        if (job === undefined) return;
        while (job.holes.length > 0 && !signal.aborted) await reader.readSome(job, calls, signal);
        // It may have been given up meanwhile.
        if (job.holes.length > 0 || jobs[0] !== job) continue;
        jobs.shift();
        tell(job);
      }
    },
    hasWork: () => jobs.length > 0,
    missingSinceMs() {
      const starts = jobs.flatMap((job) => (job.holes[0] === undefined ? [] : [job.holes[0].fromMs]));
      return starts.length === 0 ? null : Math.min(...starts);
    },
  };
}

const holesOf = (jobs: readonly Job[]): number => jobs.reduce((sum, job) => sum + job.holes.length, 0);

/** Reads some holes of a job at a time; learns how much the server gives at once. */
function createReader(options: { config: OpcuaConfig; emit: Emit; clock: Clock }) {
  const { config, emit, clock } = options;
  let nodesMax = NODES_MAX;
  let valuesMax = VALUES_MAX;

  /** True when a smaller request may help. */
  const shrink = (): boolean => {
    if (nodesMax === 1 && valuesMax === VALUES_MIN) return false;
    if (nodesMax > 1) nodesMax = Math.ceil(nodesMax / 2);
    else valuesMax = Math.max(VALUES_MIN, Math.floor(valuesMax / 2));
    return true;
  };

  const take = (job: Job, hole: Hole, values: readonly DataValue[]): void => {
    const readings: Reading[] = [];
    const { fromMs } = hole;
    for (const value of values) {
      const sample = decodeDataValue(plain(value), hole.tag.type, clock.now().getTime());
      if (sample[0] <= fromMs || sample[0] >= hole.toMs) continue;
      hole.fromMs = Math.max(hole.fromMs, sample[0]);
      if (hole.known?.has(sample[0])) continue;
      readings.push({ point: hole.tag.point, sample });
    }
    if (readings.length > 0) emit(readings);
    job.filled += readings.length;
  };

  const ask = async (calls: Calls, holes: readonly Hole[], points: readonly Buffer[]) => {
    const request = new HistoryReadRequest({
      historyReadDetails: new ReadRawModifiedDetails({
        isReadModified: false,
        startTime: new Date(Math.floor(Math.min(...holes.map((hole) => hole.fromMs)))),
        // The sample at the end is known, but a historian that has not even that one has none of the others.
        endTime: new Date(Math.floor(Math.max(...holes.map((hole) => hole.toMs))) + 1),
        numValuesPerNode: valuesMax,
        returnBounds: false,
      }),
      timestampsToReturn: TimestampsToReturn.Both,
      releaseContinuationPoints: false,
      nodesToRead: holes.flatMap(({ tag }, index) => {
        if (tag.node === null) return [];
        const continuationPoint = points[index];
        return [
          continuationPoint === undefined ? { nodeId: tag.node } : { nodeId: tag.node, continuationPoint },
        ];
      }),
    });
    const timeoutMs = Math.max(ANSWER_MS_MIN, config.timeoutMs);
    return (await calls.call<HistoryReadResponse>(request, timeoutMs)).results ?? [];
  };

  /** Reads some holes to their end, each answer at most so many values. Throws OpcuaFault. */
  const readThrough = async (job: Job, holes: Hole[], calls: Calls, signal: AbortSignal): Promise<void> => {
    let open = holes;
    let points: Buffer[] = [];
    let empty = 0;
    const answered = new Set<Hole>();
    while (open.length > 0) {
      // Nobody waits for an answer that a dead link still owes.
      const results = await unlessAborted(ask(calls, open, points), signal);
      let count = 0;
      const more: { hole: Hole; point: Buffer }[] = [];
      open.forEach((hole, index) => {
        const result = results[index];
        const status = plainName(result?.statusCode.name ?? 'BadUnexpectedError');
        if (TOO_MUCH.has(status) && shrink()) return;
        const isBad = status.startsWith('Bad');
        const values = isBad ? [] : valuesOf(result);
        take(job, hole, values);
        count += values.length;
        if (values.length > 0) answered.add(hole);
        const point = result?.continuationPoint;
        if (!isBad && point !== undefined && point !== null && point.length > 0) more.push({ hole, point });
        else finish(job, hole, isBad ? status : answered.has(hole) ? null : NO_DATA);
      });
      empty = count === 0 ? empty + 1 : 0;
      if (empty > EMPTY_ANSWERS_MAX) {
        for (const { hole } of more) finish(job, hole, 'BadHistoryWithoutEnd');
        return;
      }
      await pause((count / config.history.samplesPerSecondMax) * 1_000, signal);
      if (signal.aborted) return;
      open = more.map(({ hole }) => hole);
      points = more.map(({ point }) => point);
    }
  };

  return {
    async readSome(job: Job, calls: Calls, signal: AbortSignal): Promise<void> {
      const holes = job.holes.slice(0, Math.min(nodesMax, calls.limits.historyRead));
      for (const hole of holes) if (hole.tag.node === null) finish(job, hole, 'BadNodeIdUnknown');
      const found = holes.filter((hole) => hole.tag.node !== null);
      try {
        await readThrough(job, found, calls, signal);
      } catch (error) {
        const fault: OpcuaFault = faultOf(error);
        if (BROKEN.test(fault.code)) throw fault;
        if (TOO_MUCH.has(fault.code) && shrink()) return;
        for (const hole of found) if (job.holes.includes(hole)) finish(job, hole, fault.code);
      }
    },
  };
}

/** Takes a hole off the list; `reason` when the server has nothing for it. */
function finish(job: Job, hole: Hole, reason: string | null): void {
  const index = job.holes.indexOf(hole);
  if (index < 0) return;
  job.holes.splice(index, 1);
  if (hole.tag.hole === hole) hole.tag.hole = null;
  if (reason !== null) job.unfilled.set(reason, (job.unfilled.get(reason) ?? 0) + 1);
}

const valuesOf = (result: HistoryReadResult | undefined): readonly DataValue[] =>
  result?.historyData instanceof HistoryData ? (result.historyData.dataValues ?? []) : [];
