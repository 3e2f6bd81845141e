import { setTimeout as sleep } from 'node:timers/promises';
import { type DemoOpcuaServer, startOpcuaServer } from '../plants/opcua-server.ts';
import { CHINA_ZONE_MINUTES, inspectRecording, type Recording, readRecording } from './recording.ts';

/** Longest single timer; a longer wait is several. */
const TIMER_MS_MAX = 60_000;
/** From the first client's session to the first row, so that its subscription stands. */
const CLIENT_SETTLE_MS = 2000;

export type ReplayOptions = {
  file: string;
  port: number;
  /** folder for the server's certificates */
  folder: string;
  /** 1 is real time, 60 a minute a second */
  speed: number;
  /** start at once instead of when the first client is there */
  immediately?: boolean;
  zoneMinutes?: number;
};

export type ReplayProgress = {
  rows: number;
  /** cells given as Bad because they are empty or no number */
  badCells: number;
  /** rows left out because their time cannot be read */
  rowsWithoutTime: number;
  /** times the recorded clock ran backwards */
  backwards: number;
  /** steps longer than one and a half usual steps */
  holes: number;
};

export type Replay = {
  port: number;
  endpoint: string;
  recording: Recording;
  progress(): ReplayProgress;
  /** resolves when the last row was given, or the replay was stopped; the last values stay readable until then */
  ended: Promise<void>;
  stop(): Promise<void>;
};

/**
 * Serves a recorded CSV as an OPC UA server: one variable per column (`ns=1;s=<column>`), the recorded time as source
 * time, rows at the recorded distances divided by the speed. Defects stay: holes are pauses, a clock that runs
 * backwards gives earlier source times, cells that are no number are Bad.
 * @throws Error when the file is no recording
 */
export async function startReplay(options: ReplayOptions): Promise<Replay> {
  if (!(options.speed > 0)) throw new Error('--speed 应大于 0 / must be above 0');
  const zoneMinutes = options.zoneMinutes ?? CHINA_ZONE_MINUTES;
  const recording = await inspectRecording(options.file, zoneMinutes);
  const server = await startOpcuaServer({
    port: options.port,
    folder: options.folder,
    name: 'replay',
    everyValue: true,
    variables: recording.columns.map(({ key, name, type }) => ({
      key,
      name,
      type,
      equipment: recording.title,
      unit: null,
    })),
  });
  await showFirstRow(recording, { server, zoneMinutes });
  const progress = { rows: 0, badCells: 0, rowsWithoutTime: 0, backwards: 0, holes: 0 };
  const stopping = new AbortController();
  const ended = play({ ...options, zoneMinutes, recording, server, progress, signal: stopping.signal }).catch(
    (error: unknown) => {
      if (!stopping.signal.aborted) throw error;
    },
  );
  return {
    port: server.port,
    endpoint: server.endpoint,
    recording,
    progress: () => ({ ...progress }),
    ended,
    async stop() {
      stopping.abort();
      await ended;
      await server.stop();
    },
  };
}

/** What a client finds before the first row is due is that row: a value of today would be newer than all recorded ones. */
async function showFirstRow(
  recording: Recording,
  { server, zoneMinutes }: { server: DemoOpcuaServer; zoneMinutes: number },
): Promise<void> {
  for await (const { timeMs, values } of readRecording(recording, zoneMinutes)) {
    if (timeMs === null) continue;
    for (const [index, column] of recording.columns.entries())
      server.set(column.key, values[index] ?? null, new Date(timeMs));
    return;
  }
}

type Play = {
  recording: Recording;
  server: DemoOpcuaServer;
  speed: number;
  zoneMinutes: number;
  immediately?: boolean;
  progress: ReplayProgress;
  signal: AbortSignal;
};
async function play({
  recording,
  server,
  speed,
  zoneMinutes,
  immediately,
  progress,
  signal,
}: Play): Promise<void> {
  if (!immediately) {
    while (server.sessions() === 0) await sleep(100, undefined, { signal });
    await sleep(CLIENT_SETTLE_MS, undefined, { signal });
  }
  let previousMs: number | null = null;
  let dueMs = performance.now();
  for await (const row of readRecording(recording, zoneMinutes)) {
    if (row.timeMs === null) {
      progress.rowsWithoutTime += 1;
      continue;
    }
    if (previousMs !== null) dueMs += pauseMs(row.timeMs - previousMs, recording.stepMs, progress) / speed;
    previousMs = row.timeMs;
    await waitUntil(dueMs, signal);
    signal.throwIfAborted();
    const sourceTime = new Date(row.timeMs);
    for (const [index, column] of recording.columns.entries()) {
      const value = row.values[index] ?? null;
      if (value === null) progress.badCells += 1;
      server.set(column.key, value, sourceTime);
    }
    progress.rows += 1;
  }
}

/** A recorded clock that stands still or runs backwards still takes its usual step in our time. */
function pauseMs(stepMs: number, usualMs: number, progress: ReplayProgress): number {
  if (stepMs < 0) progress.backwards += 1;
  if (stepMs > usualMs * 1.5) progress.holes += 1;
  return stepMs > 0 ? stepMs : usualMs;
}

async function waitUntil(dueMs: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    const restMs = dueMs - performance.now();
    if (restMs <= 0) return;
    await sleep(Math.min(restMs, TIMER_MS_MAX), undefined, { signal });
  }
}
