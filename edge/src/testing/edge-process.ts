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
  const child = spawn(process.execPath, ['--import', 'tsx', main, '--config', path], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: folder },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => {
    stdout += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString();
  });
  const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
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
