import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Call } from './commands.ts';

/** The folder that holds server/, demo/ and cli/; the bundle lies in cli/dist, the sources in cli/src. */
const HOUSE = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Runs a process of the house with our streams until it ends; signals are handed on. */
function runPart(path: string, args: readonly string[]): Promise<string> {
  const file = join(HOUSE, path);
  if (!existsSync(file)) throw new Error(`${path} is not built; run "npm start" once in the repository`);
  const child = spawn(process.execPath, [file, ...args], { stdio: 'inherit' });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void child.kill(signal));
  return new Promise((done, failed) => {
    child.on('error', failed);
    child.on('exit', (code) =>
      code === 0 ? done('') : failed(new Error(`${path} ended with exit code ${code}`)),
    );
  });
}

export const start = ({ rest }: Call): Promise<string> => runPart('server/dist/main.js', rest);
export const demo = ({ rest }: Call): Promise<string> => runPart('demo/dist/main.js', rest);

/** Restores while nothing runs: the server opens the engines on the empty folder, fills them and ends. */
export function restore({ words, options }: Call): Promise<string> {
  const backup = words[1];
  if (!backup || !options.data) throw new Error('usage: ronghe restore BACKUP_FOLDER --data DIR');
  return runPart('server/dist/main.js', ['--restore', resolve(backup), '--data', options.data]);
}

/** Runs collectors beside the machines, with one file each; they need neither the portal nor the server on this machine. */
export function edge({ options, rest }: Call): Promise<string> {
  if (!options.config)
    throw new Error(
      'usage: ronghe edge --config FILE [--config FILE …], or to enrol a new collector: ronghe edge --config FILE --server URL --code CODE',
    );
  return runPart('edge/dist/main.js', rest);
}

/** Asks the rules of `fuse` about a name or a code; they are part of the server but need no platform that runs. */
export function explain({ words, rest }: Call): Promise<string> {
  if (rest.join('').trim() === '') throw new Error(`usage: ronghe fuse ${words[1]} TEXT`);
  return runPart('server/dist/standards.mjs', [words[1] ?? '', ...rest]);
}

/** Profiles a file of a table on this machine; needs no platform that runs. */
export function profile({ rest }: Call): Promise<string> {
  const [file] = rest;
  if (file === undefined || file.trim() === '' || rest.length > 1)
    throw new Error('usage: ronghe fuse profile FILE');
  return runPart('server/dist/profile.mjs', [resolve(file)]);
}

/** Links the records of table files on this machine; needs no platform that runs. */
export const link = ({ rest }: Call): Promise<string> => runPart('server/dist/link.mjs', rest);
