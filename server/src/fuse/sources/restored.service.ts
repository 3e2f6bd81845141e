import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Relational } from '#platform/db/relational.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { UPLOADS } from './deliverers.service.ts';
import { readManifest } from './files/spool.service.ts';
import { createUnscopedRestoredStore } from './restored.store.ts';

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/**
 * What a restored data folder lacks of what its sources need, a line each for who restored it: files that were handed over, and
 * deliveries that were on their way. Backups of before carried neither; files may vanish while a backup is made.
 */
export async function missingAfterRestore(relational: Relational, data: string): Promise<string[]> {
  const store = createUnscopedRestoredStore(relational.as<FuseTables>());
  const lines: string[] = [];
  for (const { id, name, source } of await store.uploads())
    if (!(await isThere(join(data, UPLOADS, id))))
      lines.push(
        `数据源“${source}”：备份中没有文件“${name}”，请重新上传 / source "${source}": the file "${name}" is not in the backup, hand it over again`,
      );
  for (const { id, source } of await store.landing()) {
    const parts = await readManifest(join(data, 'fuse', 'runs', id)).catch(() => null);
    const found = parts ? await Promise.all(parts.map(({ path }) => isThere(path))) : [false];
    if (!found.every(Boolean))
      lines.push(
        `数据源“${source}”：备份中没有运行 ${id} 的交付，请重新取数或请对方重送 / source "${source}": the delivery of run ${id} is not in the backup, run it again or ask for it again`,
      );
  }
  return lines;
}
