import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const ROOT = join(import.meta.dirname, '../..');
const READY_MS_MAX = 30_000;

export type Process = {
  child: ChildProcess /** what stood on the line that said ready */;
  line: string;
  errors(): string;
};

type Start = {
  file: string;
  args: readonly string[];
  ready: RegExp;
  environment?: Readonly<Record<string, string>>;
};

/** Starts a built process of the house and resolves when it prints its ready line. */
export function startProcess({ file, args, ready, environment = {} }: Start): Promise<Process> {
  const child = spawn(process.execPath, ['--enable-source-maps', join(ROOT, file), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, UV_THREADPOOL_SIZE: '16', ...environment },
  });
  const errors: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => {
    errors.push(chunk.toString());
    if (errors.length > 100) errors.shift();
  });
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${file} ${why}\n${errors.join('').slice(-3000)}`));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(`was not ready within ${READY_MS_MAX / 1000} s`);
    }, READY_MS_MAX);
    const died = () => {
      clearTimeout(timer);
      fail('ended before it was ready');
    };
    child.once('exit', died);
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!ready.test(line)) return;
      clearTimeout(timer);
      child.off('exit', died);
      resolve({ child, line, errors: () => errors.join('') });
    });
  });
}

/** Ends a process with a signal and resolves when it is gone. */
export function end({ child }: Process, signal: NodeJS.Signals): Promise<number | null> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve(child.exitCode);
    child.once('exit', (code) => resolve(code));
    child.kill(signal);
  });
}

/** A TCP port that is free now; the caller takes it soon. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
