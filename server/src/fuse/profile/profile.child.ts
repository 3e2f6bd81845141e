import { basename } from 'node:path';
import { AppError } from '#platform/errors/errors.ts';
import { openTableFile } from '../sources/files/open.reader.ts';
import { createProfiler } from './profile.ts';

/**
 * The profile of a file as a process of its own, for the command line: `FILE` prints it as JSON. It opens no engine and
 * reads the reference data shipped, so it works without a platform.
 */
async function profileFile(path: string): Promise<string> {
  const table = await openTableFile({ path, name: basename(path), options: {} });
  try {
    const profiler = createProfiler();
    for await (const page of table.pages(new AbortController().signal)) profiler.add(page);
    return `${JSON.stringify(profiler.result(), null, 2)}\n`;
  } finally {
    await table.close();
  }
}

const path = process.argv.slice(2).join(' ').trim();
if (path === '') {
  process.stderr.write('usage: ronghe fuse profile FILE\n');
  process.exitCode = 1;
} else {
  try {
    process.stdout.write(await profileFile(path));
  } catch (error) {
    const said = error instanceof AppError ? error.message : (error as Error).message;
    process.stderr.write(`${said}\n`);
    process.exitCode = 1;
  }
}
