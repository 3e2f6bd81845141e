import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { reportOf } from '../linking/report.ts';

type Report = ReturnType<typeof reportOf>;
/** Memory of the linker's own engine. */
const MEMORY_MEGABYTES = 2_000;
const ERROR_LENGTH_MAX = 2_000;

/**
 * Links a file in a process of its own, as `ronghe fuse link` does, and answers with its report: training takes minutes of processor time and an
 * engine of its own, which runs and readers shall not wait for. The process ends with the signal.
 * @throws Error with the end of what it said, when it fails
 */
export async function runLinker(
  { file, settings, folder }: { file: string; settings: string; folder: string },
  signal: AbortSignal,
): Promise<Report> {
  // From sources Node needs help to read TypeScript; the bundle is JavaScript.
  const sources = import.meta.url.endsWith('.ts');
  const program = fileURLToPath(
    new URL(sources ? '../linking/link.child.ts' : './link.mjs', import.meta.url),
  );
  const report = join(folder, 'report.json');
  const child = spawn(
    process.execPath,
    [
      ...(sources ? ['--import', 'tsx'] : []),
      program,
      ...['--input', file, '--id', 'record_id', '--settings', settings, '--report', report],
      ...['--memory', String(MEMORY_MEGABYTES)],
    ],
    { signal, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  child.stderr.on('data', (piece: Buffer) => {
    said = `${said}${piece}`.slice(-ERROR_LENGTH_MAX);
  });
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`the linker failed (${code}): ${said}`)),
    );
  });
  return JSON.parse(readFileSync(report, 'utf8')) as Report;
}
