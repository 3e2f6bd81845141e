import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadChdb } from '#platform/db/chdb.ts';

/** Files as ClickHouse writes them, in a folder of their own. */
export async function openEngineFiles() {
  const folder = await mkdtemp(join(tmpdir(), 'ronghe-engine-'));
  const chdb = await loadChdb(join(folder, 'data'));
  const session = chdb.open();
  return {
    async write(name: string, select: string, format = 'Parquet', settings = ''): Promise<string> {
      const path = join(folder, name);
      await session.run(
        `INSERT INTO FUNCTION file('${path}', ${format}) SELECT ${select} ${settings}`,
        'CSV',
      );
      return path;
    },
    async close() {
      session.close();
      await chdb.drain();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
