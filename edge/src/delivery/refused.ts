import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BufferedBatch } from '../buffer/buffer.ts';
import { replaceFile } from '../buffer/files.ts';
import { textIn } from '../buffer/record.ts';
import type { Log } from '../log.ts';

/** Most refused batches kept; beyond it the oldest are removed, with an error in the log. */
const REFUSED_FILES_MAX = 1_000;

/** Folder of batches that the server will never take, each with its answer, for a person to look at. */
export type Refused = { keep(batch: BufferedBatch, answer: string, at: Date): Promise<void> };

/** `folder` is made when the first batch is refused. */
export function createRefused(folder: string, log: Log): Refused {
  return {
    async keep(batch, answer, at) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const content: unknown = JSON.parse(textIn(batch));
      const stamp = at.toISOString().replaceAll(':', '-');
      const name = `${stamp}-${String(batch.sequence).padStart(12, '0')}.json`;
      await replaceFile(join(folder, name), `${JSON.stringify({ at, answer, batch: content }, null, 1)}\n`);
      const names = (await readdir(folder)).filter((each) => each.endsWith('.json')).sort();
      for (const old of names.slice(0, Math.max(0, names.length - REFUSED_FILES_MAX))) {
        log.error({ file: old }, 'the oldest refused batch was removed, there are too many');
        await rm(join(folder, old), { force: true });
      }
    },
  };
}
