import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';

/** The collector as a process of its own, as it runs in a plant. */
export type EdgeProcess = {
  child: ChildProcess;
  output(): { stdout: string; stderr: string };
  /** Resolves with the exit code, or null after a signal. */
  exited: Promise<number | null>;
  /** kill -9, and waits for the end. */
  kill(): Promise<void>;
};

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

/** Writes the configuration into the folder and starts the process. Its `ready` line can be waited for in `output`. */
export async function startEdge(folder: string, config: unknown): Promise<EdgeProcess> {
  const path = join(folder, 'edge.yaml');
  await writeFile(path, typeof config === 'string' ? config : stringify(config));
  return startEdgeFiles(folder, [path]);
}

/** Starts one process with a collector for each file and a channel that its parent can close. */
export function startEdgeFiles(home: string, files: readonly string[]): EdgeProcess {
  return startEdgeWith(
    home,
    files.flatMap((file) => ['--config', file]),
  );
}

/** Starts one process with these arguments. */
export function startEdgeWith(home: string, args: readonly string[]): EdgeProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { PATH: process.env.PATH, HOME: home },
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (data: Buffer) => {
    stdout += data.toString();
  });
  child.stderr?.on('data', (data: Buffer) => {
    stderr += data.toString();
  });
  // Not `close` of the child: Node never tells it once this side has closed the channel.
  const exited = Promise.all([
    new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code))),
    ...[child.stdout, child.stderr].map((stream) => new Promise((resolve) => stream?.once('close', resolve))),
  ]).then(([code]) => code);
  return {
    child,
    output: () => ({ stdout, stderr }),
    exited,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
