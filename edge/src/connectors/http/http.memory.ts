import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { replaceFile } from '../../buffer/files.ts';
import { messageOf } from '../../connection.ts';
import type { Log } from '../../log.ts';
import type { Points } from './http.points.ts';

/**
 * What is remembered is as old as this, so that after a power failure nothing is skipped that was still on its way to
 * the buffer's disk; longer than `buffer.flushMs` may be.
 */
export const SAVE_AFTER_MS = 15_000;
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

/** `path` is in the connection's own folder. A file that cannot be written is told in the log, never thrown. */
export function createWatermark(options: {
  path: string;
  overlapMs: number;
  points: Points;
  log: Log;
}): Watermark {
  const { path, points, log } = options;
  let watermarkMs = 0;
  let timer: NodeJS.Timeout | null = null;
  let isNewer = false;
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
  const plan = (): void => {
    isNewer = true;
    if (timer !== null) return;
    isNewer = false;
    const text = content();
    timer = setTimeout(() => {
      timer = null;
      void write(text);
      if (isNewer) plan();
    }, SAVE_AFTER_MS);
  };

  return {
    async load(startMs) {
      const text = await readFile(path, 'utf8').catch(() => null);
      const saved = text === null ? null : parsed(text);
      if (text !== null && saved === null)
        log.error({ from: new Date(startMs) }, 'the watermark is damaged, reading starts anew');
      watermarkMs = saved?.watermarkMs ?? startMs;
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
      await write(content());
    },
  };
}

function parsed(text: string): z.infer<typeof Saved> | null {
  try {
    return Saved.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
