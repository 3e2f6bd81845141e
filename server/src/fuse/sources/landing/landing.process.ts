import { type ChildProcess, fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ReferenceData } from '@ronghe/contracts';
import { AppError } from '#platform/errors/errors.ts';
import type { QuickLook, QuickLookLimits } from '../../profile/profile.ts';
import { reference } from '../../standards/reference.ts';
import type { OpenTable } from '../delivery.ts';
import { unreadable } from '../files/failure.ts';
import type { Chunk } from './chunk-tables.ts';
import type { DeliveredFile, LandingCalls, LandingRequest, LandingResult } from './land.reader.ts';
import type { LandedCounts } from './lander.ts';

/**
 * The heap is enough for the columns of two chunks; the index of rows lies outside it. `bytes` is what a process that reads a small
 * file may take in all, heap and buffers; a large one is bounded by its rows and bytes.
 */
const MEMORY_MAX = { heapMegabytes: 1_536, bytes: 2_000_000_000 };
/** Pages of rows die young; room for several of them costs fewer collections. */
const YOUNG_MEGABYTES_MAX = 32;
const PROGRESS_EVERY_MS = 250;
/** The longest that a large delivery may be at one page. */
const SILENT_MS_MAX = 600_000;
const WATCH_EVERY_MS = 500;
/** The longest that a process may take to start, beside others that are busy. */
const START_MS_MAX = 60_000;
/** A process that has done a small task well waits so long for another, because starting one takes longer than most files. */
const KEPT_MS = 120_000;
const USES_MAX = 100;

export type ToChild =
  | { kind: 'land'; request: LandingRequest; reference: ReferenceData }
  | { kind: 'look'; file: DeliveredFile; limits: QuickLookLimits; reference: ReferenceData }
  | { kind: 'taken' }
  | { kind: 'stop' };
type Known = { code: AppError['code']; values: AppError['values'] };
export type FileLook = QuickLook & Pick<OpenTable, 'options' | 'sheets'>;
export type FromChild =
  | { kind: 'begun' }
  | { kind: 'chunk'; chunk: Chunk }
  | { kind: 'progress'; share: number; counts: LandedCounts }
  | { kind: 'done'; result: LandingResult }
  | { kind: 'looked'; look: FileLook }
  | { kind: 'failed'; known: Known | null; text: string };

type Calls = Pick<LandingCalls, 'signal' | 'chunk' | 'tell'>;
type Task = {
  message: ToChild;
  /** what people call that which is read */
  name: string;
  /** a small one is over when its time is; a large one when it is at one page for too long */
  small: boolean;
  calls: Calls;
};
type Worker = { child: ChildProcess; uses: number };
/** `program` and `memory` are for tests. */
type Limits = { secondsMax: number; program?: string; memory?: typeof MEMORY_MAX };

/**
 * Reads what comes from outside in processes of their own: a file that makes a library count without end or ask for more memory
 * than there is ends that process and is told in a clear error, nothing else happens.
 */
export function createReading({ secondsMax, program, memory = MEMORY_MAX }: Limits) {
  const start = (): Worker => ({ child: startChild(program, memory.heapMegabytes), uses: 0 });
  let kept: { worker: Worker; timer: NodeJS.Timeout } | null = null;

  function take(): Worker {
    const waiting = kept;
    kept = null;
    if (!waiting) return start();
    clearTimeout(waiting.timer);
    waiting.worker.child.ref();
    waiting.worker.child.channel?.ref();
    return waiting.worker;
  }

  function keep(worker: Worker): void {
    worker.uses += 1;
    const { child, uses } = worker;
    child.removeAllListeners();
    if (kept || uses >= USES_MAX || !child.connected) {
      child.kill('SIGKILL');
      return;
    }
    const drop = () => {
      if (kept?.worker === worker) kept = null;
      child.kill('SIGKILL');
    };
    child.once('exit', drop).on('error', drop);
    // nobody waits for it, also not the end of the server
    child.unref();
    child.channel?.unref();
    const timer = setTimeout(drop, KEPT_MS).unref();
    kept = { worker, timer };
  }

  async function run<Kind extends 'done' | 'looked'>(kind: Kind, task: Task) {
    const worker = task.small ? take() : start();
    try {
      const answer = await answerOf(worker.child, { kind, task, secondsMax, bytesMax: memory.bytes });
      if (task.small) keep(worker);
      else worker.child.kill('SIGKILL');
      return answer;
    } catch (error) {
      worker.child.kill('SIGKILL');
      throw error;
    }
  }

  return {
    /**
     * Lands a delivery. Chunks come one at a time; it waits until each is taken.
     * @throws what landing throws; TABLE_UNREADABLE when it takes too long or too much memory; INTERNAL when the process ends otherwise
     */
    async land(
      request: LandingRequest,
      { small, ...calls }: Calls & { small: boolean },
    ): Promise<LandingResult> {
      const name = request.files.length === 1 ? (request.files[0]?.name ?? '') : request.sourceName;
      const message = { kind: 'land', request, reference: reference() } as const;
      return (await run('done', { message, name, small, calls })).result;
    },

    /** The beginning of a file and what it was taken for. @throws TABLE_UNREADABLE, SOURCE_TOO_LARGE */
    async look(file: DeliveredFile, limits: QuickLookLimits, signal: AbortSignal): Promise<FileLook> {
      const message = { kind: 'look', file, limits, reference: reference() } as const;
      const calls = { signal, chunk: async () => {}, tell: async () => {} };
      return (await run('looked', { message, name: file.name, small: true, calls })).look;
    },

    stop(): void {
      kept?.worker.child.kill('SIGKILL');
    },
  };
}
export type Reading = ReturnType<typeof createReading>;

type Asked<Kind> = { kind: Kind; task: Task; secondsMax: number; bytesMax: number };
type Answer<Kind> = Extract<FromChild, { kind: Kind }>;

function answerOf<Kind extends 'done' | 'looked'>(
  child: ChildProcess,
  { kind, task, secondsMax, bytesMax }: Asked<Kind>,
): Promise<Answer<Kind>> {
  const { signal, chunk, tell } = task.calls;
  const send = (message: ToChild) => child.send(message, () => {});
  const limitMs = task.small ? secondsMax * 1_000 : SILENT_MS_MAX;
  let [toldAt, telling] = [0, Promise.resolve()];
  let since = performance.now() + START_MS_MAX;
  let taking = 0;
  let watch: NodeJS.Timeout | undefined;
  let stop = () => {};
  return new Promise<Answer<Kind>>((resolve, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    const isTooLarge = () => reject(unreadable(task.name, 'too-much-memory'));
    child.on('error', reject);
    child.on('exit', (code, by) => {
      // this is how the engine of JavaScript ends when its heap is full
      if (by === 'SIGABRT' || code === 134) isTooLarge();
      else reject(new Error(`The process that reads a delivery ended early (code ${code}, signal ${by})`));
    });
    const take = async (one: Chunk) => {
      const began = performance.now();
      taking += 1;
      await chunk(one).finally(() => {
        taking -= 1;
      });
      // a slow engine is not the file's fault
      since += performance.now() - began;
      send({ kind: 'taken' });
    };
    child.on('message', (message: FromChild) => {
      if (!task.small || message.kind === 'begun') since = performance.now();
      if (message.kind === 'chunk') take(message.chunk).catch(reject);
      else if (message.kind === kind) telling.then(() => resolve(message as Answer<Kind>), reject);
      else if (message.kind === 'failed') reject(failureOf(message));
      else if (message.kind === 'progress' && performance.now() - toldAt > PROGRESS_EVERY_MS) {
        toldAt = performance.now();
        telling = telling.then(() => tell(message.share, message.counts));
        telling.catch(reject);
      }
    });
    watch = setInterval(() => {
      if (taking === 0 && performance.now() - since > limitMs)
        reject(unreadable(task.name, 'too-slow', { seconds: Math.round(limitMs / 1_000) }));
      if (task.small) void bytesOf(child.pid).then((bytes) => (bytes > bytesMax ? isTooLarge() : undefined));
    }, WATCH_EVERY_MS);
    send(task.message);
  }).finally(() => {
    clearInterval(watch);
    signal.removeEventListener('abort', stop);
  });
}

const failureOf = ({ known, text }: Extract<FromChild, { kind: 'failed' }>): Error =>
  known ? new AppError(known.code, known.values) : new Error(text);

/** Memory a process has now, bytes; 0 where the system does not tell (it does on Linux). */
async function bytesOf(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1_024;
}

function startChild(own: string | undefined, heapMegabytes: number): ChildProcess {
  // From sources Node needs help to read TypeScript; the bundle is JavaScript.
  const sources = import.meta.url.endsWith('.ts');
  const program =
    own ?? fileURLToPath(new URL(sources ? './landing.child.ts' : './landing.mjs', import.meta.url));
  return fork(program, [], {
    cwd: dirname(program),
    serialization: 'advanced',
    execArgv: [
      `--max-old-space-size=${heapMegabytes}`,
      `--max-semi-space-size=${YOUNG_MEGABYTES_MAX}`,
      ...(sources ? ['--import', 'tsx'] : []),
    ],
    // it needs no secret of the server's environment
    env: {},
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}
