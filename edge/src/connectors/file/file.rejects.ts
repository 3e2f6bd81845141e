import { appendFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../clock.ts';
import { messageOf } from '../../connection.ts';
import type { Log } from '../../log.ts';
import type { Reject } from './file.rows.ts';

/** Lines kept of one file; more are only counted. */
const LINES_OF_FILE_MAX = 1_000;
/** Then the file becomes `rejects.old.jsonl`, in the place of the one before. */
const BYTES_MAX = 5_000_000;

/** Keeps rows that could not be read, for a person to look at. */
export type Rejects = {
  /** Never rejects; `before` is how many of this file were handed over earlier. */
  add(file: string, rejects: readonly Reject[], before: number): Promise<void>;
};

/** Writes `rejects.jsonl` in the folder: one line a row with file, line, reason and how the row begins. */
export function createRejects({ folder, log, clock }: { folder: string; log: Log; clock: Clock }): Rejects {
  const path = join(folder, 'rejects.jsonl');
  return {
    async add(file, rejects, before) {
      const kept = rejects.slice(0, Math.max(0, LINES_OF_FILE_MAX - before));
      if (kept.length === 0) return;
      const at = clock.now().toISOString();
      try {
        const size = (await stat(path).catch(() => null))?.size ?? 0;
        if (size > BYTES_MAX) await rename(path, join(folder, 'rejects.old.jsonl'));
        await appendFile(path, kept.map((each) => `${JSON.stringify({ at, file, ...each })}\n`).join(''), {
          mode: 0o600,
        });
      } catch (error) {
        log.warn({ reason: messageOf(error) }, 'rejected rows could not be written down');
      }
    },
  };
}
