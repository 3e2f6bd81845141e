import { execFile } from 'node:child_process';
import { closeSync, constants, mkdirSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** An open pipe: bytes that the engine writes into its path come out of `reader`, and it waits when nobody takes them. */
export type PipeReading = {
  reader: Socket;
  /** No more will be written: the reader ends after what is still in the pipe. */
  end(): void;
  /** Resolves when the reader has let go of the pipe. */
  closed: Promise<void>;
};

/**
 * Makes named pipes in `folder`, which only this user can enter; what stood there before is removed.
 * Node has no call for it, so `mkfifo` of the system is run, once for all of them.
 */
export async function makePipes(folder: string, count: number): Promise<string[]> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const paths = Array.from({ length: count }, (_pipe, number) => join(folder, `${number}.pipe`));
  await promisify(execFile)('mkfifo', ['-m', '600', ...paths]);
  return paths;
}

/**
 * Opens a pipe for reading. A writing end of our own stays open until `end`, so that the reader sees no end before the engine opened
 * its own, and sees one also when the engine never did.
 */
export function openPipe(path: string): PipeReading {
  const reading = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  let writing: number | null;
  try {
    writing = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    closeSync(reading);
    throw error;
  }
  const reader = new Socket({ fd: reading, readable: true, writable: false });
  return {
    reader,
    closed: new Promise((resolve) => reader.once('close', resolve)),
    end() {
      if (writing !== null) closeSync(writing);
      writing = null;
    },
  };
}
