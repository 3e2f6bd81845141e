import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { FetchOptions } from '#platform/db/foreign.ts';
import { ForeignError } from '#platform/errors/foreign-error.ts';

/** How often a file that is being written is looked at. */
const WATCH_MS = 100;
const LINE_BREAK = 10;

/** Looks at the file while it grows. */
export async function watched(
  file: string,
  {
    bytesMax,
    onBytes,
    stop,
  }: Pick<FetchOptions, 'bytesMax' | 'onBytes'> & { stop: (error: ForeignError) => void },
  work: () => Promise<void>,
): Promise<void> {
  const timer = setInterval(() => {
    stat(file).then(
      ({ size }) => (size > bytesMax ? stop(tooManyBytes(bytesMax)) : onBytes?.(size)),
      () => undefined,
    );
  }, WATCH_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
}

export const tooManyBytes = (bytesMax: number): ForeignError =>
  new ForeignError('too-large', `more than ${bytesMax} bytes`);

export async function countLines(file: string): Promise<number> {
  let lines = 0;
  for await (const part of createReadStream(file, { highWaterMark: 1_048_576 }) as AsyncIterable<Buffer>)
    for (let at = part.indexOf(LINE_BREAK); at >= 0; at = part.indexOf(LINE_BREAK, at + 1)) lines += 1;
  return lines;
}
