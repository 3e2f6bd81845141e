import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeliveryLimits } from '../delivery.ts';
import { keepLines, linesOf, type ProgramCall, ProgramError } from './program.process.ts';
import { createScrubber, isObject, type Program } from './programs.ts';

/** Said nothing for this long: it hangs. */
const SILENT_MS_MAX = 900_000;
const SHOWN_CHARACTERS_MAX = 120;

/** A folder of one use for a program, with the files it is told by; all of it is gone after `close`. */
export type Workspace = {
  /** lines of standard error, scrubbed */
  stderr: string[];
  scrub(text: string): string;
  /** Adds a line to `stderr`. */
  note(text: string): void;
  /** Writes a file only we and the program read. */
  file(name: string, content: unknown): Promise<string>;
  /** Runs it and gives what it writes, each line one JSON object. @throws ProgramError */
  messages(args: readonly string[]): AsyncGenerator<Record<string, unknown>>;
  /** Runs it and gives the whole of what it writes. @throws ProgramError */
  text(args: readonly string[]): Promise<string>;
  close(): Promise<void>;
};

export async function openWorkspace(
  parent: string,
  parts: {
    program: Program;
    secrets: readonly string[];
    limits: Pick<DeliveryLimits, 'bytesMax' | 'timeMsMax'>;
    signal: AbortSignal;
    silentMsMax?: number | undefined;
  },
): Promise<Workspace> {
  const { program, secrets, limits, signal, silentMsMax = SILENT_MS_MAX } = parts;
  const folder = await mkdtemp(join(parent, 'program-'));
  const home = join(folder, 'home');
  await mkdir(home, { mode: 0o700 });
  const startedAt = performance.now();
  const scrub = createScrubber(secrets);
  const stderr: string[] = [];
  const call = (args: readonly string[]): ProgramCall => {
    const timeoutMs = Math.max(1, limits.timeMsMax - (performance.now() - startedAt));
    return {
      program,
      args,
      folder: home,
      signal,
      scrub,
      stderr,
      limits: { bytesMax: limits.bytesMax, timeoutMs, silentMsMax },
    };
  };
  return {
    stderr,
    scrub,
    note: (text) => keepLines({ stderr, scrub }, text.split('\n')),
    async file(name, content) {
      const path = join(folder, name);
      await writeFile(path, JSON.stringify(content), { mode: 0o600 });
      return path;
    },
    async *messages(args) {
      let line = 0;
      for await (const text of linesOf(call(args))) {
        line += 1;
        yield readMessage(text, line, scrub);
      }
    },
    async text(args) {
      const lines: string[] = [];
      for await (const text of linesOf(call(args))) lines.push(text);
      return lines.join('\n');
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

function readMessage(text: string, line: number, scrub: (text: string) => string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // said below
  }
  if (isObject(value) && typeof value.type === 'string') return value;
  throw new ProgramError(
    'failed',
    `line ${line} of its output is no message: ${scrub(text.slice(0, SHOWN_CHARACTERS_MAX))}`,
  );
}
