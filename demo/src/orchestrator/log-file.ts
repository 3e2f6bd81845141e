import { createWriteStream, mkdirSync, renameSync, statSync, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';

/** A child's log grows to this; then it becomes `.1` and the one before is given up. */
const LOG_BYTES_MAX = 5_000_000;

export type LogFile = { write(chunk: Buffer | string): void; close(): Promise<void> };

/** Opens a bounded log file for appending. */
export function openLogFile(path: string): LogFile {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  let bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  let stream = append(path);
  return {
    write(chunk) {
      bytes += Buffer.byteLength(chunk);
      if (bytes > LOG_BYTES_MAX) {
        stream.end();
        renameSync(path, `${path}.1`);
        stream = append(path);
        bytes = Buffer.byteLength(chunk);
      }
      stream.write(chunk);
    },
    close: () => new Promise((resolve) => stream.end(() => resolve())),
  };
}

function append(path: string): WriteStream {
  const stream = createWriteStream(path, { flags: 'a', mode: 0o600 });
  // A full disk must not end the demo; the children keep their own data safe.
  stream.on('error', () => undefined);
  return stream;
}
