import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { PointKey, PointType } from '@ronghe/contracts';
import { z } from 'zod';
import { replaceFile } from '../../buffer/files.ts';
import { messageOf } from '../../connection.ts';
import type { ConnectorContext } from '../../connector.ts';
import type { Log } from '../../log.ts';
import type { Points } from './http.points.ts';

/** The watermark is written at most this often, for a peer may be asked ten times a second. */
export const SAVE_AFTER_MS = 1_000;
/** Readings at the edge of the watermark that are remembered, so that they are not told twice. */
const TOLD_SAVED_MAX = 20_000;

const Saved = z.object({
  watermarkMs: z.number(),
  told: z.array(z.tuple([z.string(), z.string()])).max(TOLD_SAVED_MAX),
});

/** How far a peer has been read, over restarts. */
export type Watermark = {
  /** Reads the file; where there is none, or none that can be used, the watermark is `startMs`. */
  load(startMs: number): Promise<void>;
  current(): number;
  /** Never backwards. */
  advance(toMs: number): void;
  /** Writes what is current at once; for a stop in order, when the buffer is written afterwards. */
  save(): Promise<void>;
};

/**
 * `path` is in the connection's own folder. A file that cannot be written is told in the log, never thrown. What it says is
 * written when `kept` resolves, so that after a power failure nothing is skipped that was not on disk.
 */
export function createWatermark(options: {
  path: string;
  overlapMs: number;
  points: Pick<Points, 'toldSince' | 'restore'>;
  log: Log;
  kept?: ConnectorContext<never>['kept'];
  saveAfterMs?: number;
}): Watermark {
  const { path, points, log, kept, saveAfterMs = SAVE_AFTER_MS } = options;
  let watermarkMs = 0;
  let timer: NodeJS.Timeout | null = null;
  let isLoaded = false;
  let isClosed = false;
  let saving: Promise<void> = Promise.resolve();

  const content = (): string => {
    const told = points.toldSince(watermarkMs - options.overlapMs - 1_000).slice(-TOLD_SAVED_MAX);
    return JSON.stringify({ watermarkMs, told } satisfies z.infer<typeof Saved>);
  };
  const write = (text: string): Promise<void> => {
    saving = saving
      .then(() => replaceFile(path, text))
      .catch((error: unknown) => log.error({ reason: messageOf(error) }, 'the watermark cannot be written'));
    return saving;
  };
  const writeKept = async (): Promise<void> => {
    const text = content();
    await kept?.();
    // A stop has written what is newer.
    if (!isClosed) await write(text);
  };
  const plan = (): void => {
    timer ??= setTimeout(() => {
      timer = null;
      writeKept().catch(() => undefined);
    }, saveAfterMs);
  };

  return {
    async load(startMs) {
      const text = await readFile(path, 'utf8').catch(() => null);
      const saved = text === null ? null : parsed(Saved, text);
      if (text !== null && saved === null)
        log.error({ from: new Date(startMs) }, 'the watermark is damaged, reading starts anew');
      watermarkMs = saved?.watermarkMs ?? startMs;
      isLoaded = true;
      points.restore(saved?.told ?? []);
      if (saved === null) await write(content());
    },
    current: () => watermarkMs,
    advance(toMs) {
      if (toMs < watermarkMs) return;
      watermarkMs = toMs;
      plan();
    },
    async save() {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      isClosed = true;
      // A connection that never started must not write that nothing was ever read.
      if (isLoaded) await write(content());
    },
  };
}

const FoundPoints = z.object({
  lists: z.string(),
  points: z.array(
    z.object({
      key: PointKey,
      type: PointType,
      name: z.string().optional(),
      unit: z.string().optional(),
      equipment: z.string().optional(),
    }),
  ),
});

/** Remembers the points that lists gave, so that they become stale when the peer is gone after a restart. */
export type PointMemory = {
  load(): Promise<void>;
  /** To be told after every body; writes when there are more points than before, some time later. */
  changed(): void;
  save(): Promise<void>;
};

/** `lists` is what the configuration says of them: what other lists gave is forgotten. Never throws. */
export function createPointMemory(options: {
  path: string;
  lists: readonly object[];
  points: Points;
  log: Log;
}): PointMemory {
  const { path, points, log } = options;
  const lists = createHash('sha256').update(JSON.stringify(options.lists)).digest('hex');
  let count = 0;
  let timer: NodeJS.Timeout | null = null;
  let saving: Promise<void> = Promise.resolve();
  const save = (): Promise<void> => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (points.foundCount() === count) return saving;
    count = points.foundCount();
    const text = JSON.stringify({ lists, points: points.found() } satisfies z.infer<typeof FoundPoints>);
    saving = saving
      .then(() => replaceFile(path, text))
      .catch((error: unknown) => log.error({ reason: messageOf(error) }, 'the points cannot be remembered'));
    return saving;
  };
  return {
    async load() {
      const text = options.lists.length === 0 ? null : await readFile(path, 'utf8').catch(() => null);
      const saved = text === null ? null : parsed(FoundPoints, text);
      if (saved?.lists === lists) points.expect(saved.points);
      count = points.foundCount();
    },
    changed() {
      if (points.foundCount() !== count) timer ??= setTimeout(() => void save(), SAVE_AFTER_MS);
    },
    save,
  };
}

function parsed<Schema extends z.ZodType>(schema: Schema, text: string): z.infer<Schema> | null {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
