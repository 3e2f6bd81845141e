import { createServer } from 'node:net';
import {
  type CollectorAnswer,
  STALE_REASON,
  TRIAL_READINGS_MAX,
  TRIAL_SECONDS,
  type TrialReading,
} from '@ronghe/contracts';
import { pause } from '../backoff.ts';
import { messageOf } from '../connection.ts';
import type { Reading } from '../connector.ts';
import type { Written } from '../connectors/registry.ts';
import { forTrial, listeningAt, pointsNamed } from '../connectors/trial.ts';
import { deadline } from '../deadline.ts';
import { soundSample } from '../sample.ts';
import { checkAlone } from './check.ts';
import { type Draft, type DraftOptions, openDraft } from './drafts.ts';

type Tried = Extract<CollectorAnswer, { kind: 'try' }>;

const LOOK_MS = 25;
/** Of a connection that finds its points, no new one for so long means that it has found them. */
const QUIET_MS = 3_000;
const ERROR_LENGTH_MAX = 500;
const TEXT_LENGTH_MAX = 500;
const REASON_LENGTH_MAX = 200;

/**
 * Connects for a moment and tells the first reading of each point, a good one where there is one. Ends when every point has
 * spoken, or after `TRIAL_SECONDS`. Throws ConfigError when the connection is not right.
 */
export async function tryConnection(
  written: Written,
  options: DraftOptions,
  signal: AbortSignal,
): Promise<Tried> {
  const listening = listeningAt(written);
  if (listening !== null) {
    await checkAlone(written, options.ground);
    return tryListening(listening);
  }
  const heard = createHeard(pointsNamed(written));
  const startedMs = performance.now();
  const draft = await openDraft(forTrial(written), heard.emit, options);
  const over = deadline(signal, TRIAL_SECONDS * 1_000);
  const told = await listen(draft, heard, over.signal);
  over.end();
  const latencyMs = told.connectedMs === null ? null : Math.round(told.connectedMs - startedMs);
  const certificate = await draft.close();
  const error =
    certificate === null ? told.error : 'the certificate of the server is not trusted yet: trust it first';
  const nowMs = options.clock.now().getTime();
  return answer({
    latencyMs,
    error,
    certificate,
    readings: heard.all().map((each) => readingOf(each, nowMs)),
  });
}

const answer = (parts: Omit<Tried, 'kind' | 'connected'>): Tried => ({
  kind: 'try',
  connected: parts.latencyMs !== null,
  ...parts,
  error: parts.error?.slice(0, ERROR_LENGTH_MAX) ?? null,
});

/** Waits for the connection and its points. */
async function listen(
  draft: Draft,
  heard: Heard,
  over: AbortSignal,
): Promise<{ connectedMs: number | null; error: string | null }> {
  if (!(await draft.connected(over)))
    return { connectedMs: null, error: draft.error() ?? `it has not answered within ${TRIAL_SECONDS} s` };
  const connectedMs = performance.now();
  while (!over.aborted && !heard.isComplete()) await pause(LOOK_MS, over);
  // A device with room for one may take a second one in, only to turn it away.
  const error = draft.error();
  const isOut = heard.all().length === 0 && error !== null;
  return { connectedMs: isOut ? null : connectedMs, error: isOut ? error : null };
}

type Heard = {
  emit(readings: readonly Reading[]): void;
  all(): Reading[];
  /** Every point has spoken, or as many as are told. */
  isComplete(): boolean;
};

/** Keeps the first reading of each point; a good one takes the place of a bad one. `named` is null when points are found. */
function createHeard(named: number | null): Heard {
  const first = new Map<string, Reading>();
  let newestMs = performance.now();
  return {
    emit(readings) {
      for (const reading of readings) {
        const [, , quality, reason] = reading.sample;
        // Says nothing of the device.
        if (reason === STALE_REASON) continue;
        const { key } = reading.point;
        const known = first.get(key);
        if (known === undefined && first.size >= TRIAL_READINGS_MAX) continue;
        if (known === undefined) newestMs = performance.now();
        if (known === undefined || (known.sample[2] === 'bad' && quality !== 'bad')) first.set(key, reading);
      }
    },
    all: () => [...first.values()],
    isComplete() {
      if (named !== null) return first.size >= Math.min(named, TRIAL_READINGS_MAX);
      const isQuiet = first.size > 0 && performance.now() - newestMs > QUIET_MS;
      return isQuiet || first.size >= TRIAL_READINGS_MAX;
    },
  };
}

function readingOf({ point, sample }: Reading, nowMs: number): TrialReading {
  const [timeMs, value, quality, reason] = soundSample(point.type, sample, nowMs);
  const time = new Date(timeMs);
  return {
    key: point.key.slice(0, 256),
    time: (Number.isNaN(time.getTime()) ? new Date(nowMs) : time).toISOString(),
    value: typeof value === 'string' ? value.slice(0, TEXT_LENGTH_MAX) : value,
    quality,
    reason: reason?.slice(0, REASON_LENGTH_MAX) ?? null,
  };
}

/** Of a connection that is called only the address is tried. */
async function tryListening(at: { host: string; port: number }): Promise<Tried> {
  const startedMs = performance.now();
  const fault = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen(at, () => server.close(() => resolve(null)));
  });
  const place = `${at.host}:${at.port}`;
  const nothing = { readings: [], certificate: null };
  if (fault === null)
    return answer({
      ...nothing,
      latencyMs: Math.round(performance.now() - startedMs),
      error: `${place} can be listened at; what devices send there is taken once the configuration is saved`,
    });
  const texts: Readonly<Record<string, string>> = {
    EADDRINUSE: `${place} is in use already, perhaps by this connection as it runs now`,
    EADDRNOTAVAIL: `${at.host} is no address of this machine`,
    EACCES: `this user may not listen at port ${at.port}`,
  };
  return answer({ ...nothing, latencyMs: null, error: texts[fault.code ?? ''] ?? messageOf(fault) });
}
