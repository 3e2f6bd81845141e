import { type ChildProcess, fork } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FileConfig } from './file.config.ts';
import type { ParquetAnswer, ParquetQuestion } from './file.parquet.child.ts';
import { type Place, type Slice, type Table, UnreadableFile } from './file.rows.ts';

/** Longest time for one slice; a sound one takes far below a second. */
const ANSWER_MS_MAX = 60_000;
const HEAP_MEGABYTES_MAX = 512;

/**
 * Reads a Parquet file in a process of its own: a damaged file can make the library count to two thousand million or ask
 * for more memory than there is, which ends the process that does it, and a thread would take all others along. Throws
 * UnreadableFile, also when the process ends or a slice takes longer than a minute; `close` ends the process.
 */
export async function openParquetProcess(path: string, size: number, config: FileConfig): Promise<Table> {
  const child = startChild();
  const ask = (question: ParquetQuestion) => answerOf(child, question);
  try {
    const answer = await ask({ ask: 'header', path, size, config });
    return {
      header: 'header' in answer ? answer.header : null,
      slices: (from) => slicesOf(ask, from),
      async close() {
        child.kill('SIGKILL');
      },
    };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

function startChild(): ChildProcess {
  // From sources Node needs help to read TypeScript; the bundle is JavaScript.
  const sources = import.meta.url.endsWith('.ts');
  const program = fileURLToPath(new URL(`./file.parquet.child.${sources ? 'ts' : 'js'}`, import.meta.url));
  const child = fork(program, [], {
    cwd: dirname(program),
    serialization: 'advanced',
    execArgv: [`--max-old-space-size=${HEAP_MEGABYTES_MAX}`, ...(sources ? ['--import', 'tsx'] : [])],
    // It needs no secrets of the collector's environment.
    env: {},
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  // An error that comes when nobody asks must not end the collector; the next question meets the ended process.
  child.on('error', () => undefined);
  return child;
}

async function* slicesOf(
  ask: (question: ParquetQuestion) => Promise<ParquetAnswer>,
  from: Place | null,
): AsyncGenerator<Slice> {
  for (;;) {
    const answer = await ask({ ask: 'slice', from });
    if (!('slice' in answer) || answer.slice === null) return;
    yield answer.slice;
  }
}

function answerOf(child: ChildProcess, question: ParquetQuestion): Promise<ParquetAnswer> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      clearTimeout(timer);
      child.off('message', onMessage);
      child.off('exit', onExit);
      child.off('error', onError);
    };
    const fail = (error: Error) => {
      settle();
      reject(error);
    };
    const onMessage = (message: unknown) => {
      const answer = message as ParquetAnswer;
      if ('fault' in answer) return fail(faultOf(answer));
      settle();
      resolve(answer);
    };
    const onExit = () => fail(new UnreadableFile('the file needs more memory than a Parquet file may'));
    const onError = (error: Error) => fail(passing(error.message));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(new UnreadableFile(`a part of the file took longer than ${ANSWER_MS_MAX} ms`));
    }, ANSWER_MS_MAX);
    child.on('message', onMessage);
    child.on('exit', onExit);
    child.on('error', onError);
    if (child.exitCode !== null || child.signalCode !== null) return onExit();
    child.send(question, (error) => {
      // What ended it is told by `exit`, which comes too.
      if (error !== null && child.exitCode === null && child.signalCode === null)
        fail(passing(error.message));
    });
  });
}

/** A failure of the disk passes; it is told as such, for the error itself does not come over from the process. */
const passing = (message: string): Error => Object.assign(new Error(message), { syscall: 'read' });

const faultOf = (answer: { fault: string; unreadable: boolean }): Error =>
  answer.unreadable ? new UnreadableFile(answer.fault) : passing(answer.fault);
