import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { Program } from './programs.ts';

export const STDERR_LINES_MAX = 50;
const STDERR_LINE_CHARACTERS_MAX = 1_000;
/** Largest line of standard output, one message. */
export const LINE_BYTES_MAX = 33_554_432;
/** After the first signal, before the one nothing survives. */
const KILL_AFTER_MS = 2_000;
/** Children of a program that ended may keep its standard output open no longer than this. */
const CLOSE_AFTER_MS = 2_000;
const LINE_BREAK = 10;

export type ProgramLimits = { bytesMax: number; timeoutMs: number; silentMsMax: number };
export type ProgramCall = {
  program: Program;
  args: readonly string[];
  /** its working folder and all it may call home */
  folder: string;
  limits: ProgramLimits;
  signal: AbortSignal;
  scrub(text: string): string;
  /** last lines of standard error, scrubbed; filled while it runs */
  stderr: string[];
};

/** Why a program was of no use. `too-large`: a limit; `failed`: its own doing. */
export class ProgramError extends Error {
  readonly fault: 'failed' | 'too-large' | 'missing';
  constructor(fault: ProgramError['fault'], reason: string) {
    super(reason);
    this.name = 'ProgramError';
    this.fault = fault;
  }
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

/**
 * Runs a program without a shell, in a process group of its own, with an environment of five names, and gives the lines of its
 * standard output. Whoever stops reading ends it; whatever happens, its whole group is gone afterwards.
 * @throws ProgramError, and what the signal was aborted with
 */
export async function* linesOf(call: ProgramCall): AsyncGenerator<string> {
  call.signal.throwIfAborted();
  const child = start(call);
  // standard error has been read to its end then, too
  const closed = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal })),
  );
  const watch = watchOver(child, call);
  try {
    await started(child, call);
    yield* split(child.stdout, call, watch.heard);
    const { code, signal } = await closed;
    watch.rethrow();
    if (code !== 0) throw failed(call, code === null ? `was ended by ${signal}` : `ended with code ${code}`);
  } catch (error) {
    watch.rethrow();
    throw error;
  } finally {
    watch.end();
    endGroup(child, 'SIGKILL');
  }
}

function start({ program, args, folder }: ProgramCall): Child {
  return spawn(program.path, [...program.args, ...args], {
    cwd: folder,
    detached: true,
    shell: false,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
      HOME: folder,
      TMPDIR: folder,
      LANG: 'C.UTF-8',
      PYTHONUNBUFFERED: '1',
    },
  });
}

async function started(child: Child, { program }: ProgramCall): Promise<void> {
  try {
    await once(child, 'spawn');
  } catch {
    throw new ProgramError('missing', `${program.name} cannot be started`);
  }
}

/** Ends the program at its limits and when the caller gives up, and remembers why. */
function watchOver(child: Child, call: ProgramCall) {
  const { limits, signal } = call;
  let reason: unknown;
  let killer: NodeJS.Timeout | undefined;
  const stop = (why: unknown) => {
    reason ??= why;
    endGroup(child, 'SIGTERM');
    killer ??= setTimeout(() => {
      endGroup(child, 'SIGKILL');
      child.stdout.destroy();
    }, KILL_AFTER_MS);
  };
  const seconds = (ms: number) => `${Math.ceil(ms / 1000)} s`;
  const late = () => stop(new ProgramError('too-large', `it ran longer than ${seconds(limits.timeoutMs)}`));
  const timer = setTimeout(late, limits.timeoutMs);
  const silent = () => stop(new ProgramError('failed', `it said nothing for ${seconds(limits.silentMsMax)}`));
  let silence = setTimeout(silent, limits.silentMsMax);
  const onAbort = () => stop(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  let rest = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    const lines = `${rest}${part}`.split(/\r?\n/);
    rest = (lines.pop() ?? '').slice(-STDERR_LINE_CHARACTERS_MAX);
    keep(lines);
  });
  child.stderr.on('error', () => undefined).once('end', () => keep([rest]));
  const keep = (lines: readonly string[]) => keepLines(call, lines);
  let closing: NodeJS.Timeout | undefined;
  child.once('exit', () => {
    closing = setTimeout(() => {
      endGroup(child, 'SIGKILL');
      child.stdout.destroy();
      child.stderr.destroy();
    }, CLOSE_AFTER_MS);
  });
  return {
    heard() {
      clearTimeout(silence);
      silence = setTimeout(silent, limits.silentMsMax);
    },
    rethrow() {
      if (reason !== undefined) throw reason;
    },
    end() {
      for (const each of [timer, silence, killer, closing]) clearTimeout(each);
      signal.removeEventListener('abort', onAbort);
    },
  };
}

/** Adds to the last lines a program said beside its output. */
export function keepLines(
  { stderr, scrub }: Pick<ProgramCall, 'stderr' | 'scrub'>,
  lines: readonly string[],
): void {
  stderr.push(...lines.filter(Boolean).map((line) => scrub(line).slice(0, STDERR_LINE_CHARACTERS_MAX)));
  stderr.splice(0, Math.max(0, stderr.length - STDERR_LINES_MAX));
}

/** Lines without their break. Nothing is held beyond one line. */
async function* split(stdout: Readable, { limits }: ProgramCall, heard: () => void): AsyncGenerator<string> {
  let parts: Buffer[] = [];
  let held = 0;
  let bytes = 0;
  for await (const part of stdout as AsyncIterable<Buffer>) {
    heard();
    bytes += part.length;
    if (bytes > limits.bytesMax)
      throw new ProgramError('too-large', `it wrote more than ${limits.bytesMax} bytes`);
    let from = 0;
    for (let at = part.indexOf(LINE_BREAK); at >= 0; at = part.indexOf(LINE_BREAK, from)) {
      const line = Buffer.concat([...parts, part.subarray(from, at)]);
      if (line.length > LINE_BYTES_MAX) throw tooLong();
      if (line.length > 0) yield line.toString('utf8');
      parts = [];
      held = 0;
      from = at + 1;
    }
    parts.push(part.subarray(from));
    held += part.length - from;
    if (held > LINE_BYTES_MAX) throw tooLong();
  }
  const last = Buffer.concat(parts).toString('utf8');
  if (last !== '') yield last;
}

const tooLong = () => new ProgramError('too-large', `it wrote a line of more than ${LINE_BYTES_MAX} bytes`);

/** What it said last, when that sounds like the reason, beside what happened. */
export function failed({ stderr }: Pick<ProgramCall, 'stderr'>, what: string): ProgramError {
  const said = stderr.findLast((line) => TROUBLE.test(line)) ?? stderr.at(-1);
  return new ProgramError('failed', said === undefined ? `it ${what}` : `it ${what}: ${said.slice(0, 300)}`);
}
export const TROUBLE = /\b(critical|fatal|traceback|exception|error)\b|Error\b/i;

function endGroup({ pid }: Child, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // nobody of the group is left
  }
}
