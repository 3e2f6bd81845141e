import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type LogFile, openLogFile } from './log-file.ts';

/** A child that does not end after SIGTERM is killed. */
export const STOP_MS_MAX = 8000;
const READY_MS_MAX = 120_000;
/** Pause before a dead child is started again, growing to the second value while it keeps dying. */
const RESTART_MS_MIN = 1000;
const RESTART_MS_MAX = 30_000;
/** How long the last words of a dead child are waited for. */
const LAST_WORDS_MS = 100;
/** How much of what a child wrote last is shown when it cannot start. */
const TAIL_CHARACTERS = 1500;
/** A child that lived this long has recovered: the next restart is quick again. */
const HEALTHY_MS = 60_000;

export type ChildOptions = {
  name: string;
  /** script for this Node */
  script: string;
  args: readonly string[];
  environment?: Readonly<Record<string, string>>;
  /** the line that says the child serves */
  ready: RegExp;
  /** how many such lines there are before everything in the child serves; 1 when left out */
  readyLines?: number;
  logFile: string;
  /** every line of stdout */
  onLine?(line: string): void;
  /** called when it ended without being asked; the exit code or signal */
  onDeath(reason: string): void;
  /** start it again after a pause */
  restart: boolean;
  /** pause between SIGTERM and SIGKILL; STOP_MS_MAX when left out */
  stopMsMax?: number;
};

/** One process of the demo. */
export type Child = {
  name: string;
  /** Resolves with the last line that matched `ready`. @throws Error when it ends before or takes too long */
  start(): Promise<string>;
  /** Sends a message over the control channel; false when there is none. */
  send(message: object): boolean;
  /** SIGTERM, and SIGKILL after STOP_MS_MAX. */
  stop(): Promise<void>;
};

/** Prepares a child; nothing runs before `start`. */
export function createChild(options: ChildOptions): Child {
  let running: ChildProcess | null = null;
  let stopping = false;
  let restartTimer: NodeJS.Timeout | undefined;
  let restartMs = RESTART_MS_MIN;
  const log = openLogFile(options.logFile);

  const launch = () => {
    const startedAt = Date.now();
    return launchOnce(options, log, {
      spawned(child) {
        running = child;
      },
      died(reason) {
        running = null;
        if (stopping) return;
        options.onDeath(reason);
        if (!options.restart) return;
        restartMs = Date.now() - startedAt > HEALTHY_MS ? RESTART_MS_MIN : restartMs;
        restartTimer = setTimeout(() => void launch().catch(() => undefined), restartMs);
        restartMs = Math.min(restartMs * 2, RESTART_MS_MAX);
      },
    });
  };
  return {
    name: options.name,
    start: launch,
    send: (message) => (running?.connected ? running.send(message) : false),
    async stop() {
      stopping = true;
      clearTimeout(restartTimer);
      if (running) await end(running, options.stopMsMax ?? STOP_MS_MAX);
      await log.close();
    },
  };
}

type Launch = { spawned(child: ChildProcess): void; died(reason: string): void };
function launchOnce(options: ChildOptions, log: LogFile, launch: Launch): Promise<string> {
  const child = spawn(process.execPath, [options.script, ...options.args], {
    env: { ...process.env, ...options.environment },
    // The channel also tells the children that their parent is gone.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  launch.spawned(child);
  let tail = '';
  let awaited = options.readyLines ?? 1;
  child.stderr?.on('data', (chunk: Buffer) => {
    log.write(chunk);
    tail = (tail + chunk.toString()).slice(-TAIL_CHARACTERS);
  });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () =>
        reject(new Error(`${options.name} 在 ${READY_MS_MAX / 1000} 秒内没有就绪 / was not ready in time`)),
      READY_MS_MAX,
    );
    if (child.stdout)
      createInterface({ input: child.stdout }).on('line', (line) => {
        log.write(`${line}\n`);
        options.onLine?.(line);
        if (!options.ready.test(line) || --awaited > 0) return;
        clearTimeout(timer);
        resolve(line);
      });
    child.once('error', (error) => reject(error));
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      const reason = signal ?? `exit ${code}`;
      launch.died(reason);
      // What it said last may come after its end; a grandchild that holds the pipe must not keep us waiting.
      setTimeout(
        () =>
          reject(
            new Error(`${options.name} 已退出 / ended (${reason}); ${options.logFile}\n${tail.trimEnd()}`),
          ),
        LAST_WORDS_MS,
      );
    });
  });
}

function end(child: ChildProcess, stopMsMax: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), stopMsMax);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGTERM');
  });
}
