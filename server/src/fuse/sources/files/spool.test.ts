import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPath } from './files.fixture.ts';
import { ROW_CHARACTERS_MAX } from './limits.ts';
import { createSpool, readManifest } from './spool.service.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ronghe-spool-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('the spool', () => {
  it('gives back rows and files in their order', async () => {
    const csv = join(folder, 'a.csv');
    await writeFile(csv, 'a,b\n1,2\n');
    const spool = createSpool(join(folder, 'run'));
    await Promise.all([
      spool.add([{ a: 1 }, { a: 2n ** 60n, b: undefined }], new Set([1])),
      spool.addFile({ path: csv, name: '甲.csv', options: { delimiter: ',' } }),
      spool.add([{ a: '三' }]),
    ]);
    expect(await readManifest(spool.folder)).toBeNull();
    expect((await spool.parts()).map(({ rows }) => rows)).toEqual([2, null, 1]);
    await spool.close();
    const parts = (await readManifest(spool.folder)) ?? [];
    expect(parts.map(({ name }) => name)).toEqual(['rows-1.jsonl', '甲.csv', 'rows-3.jsonl']);
    const read = await Promise.all(parts.map(({ path, name, options }) => readPath(path, name, options)));
    expect(read.map(({ rows }) => rows)).toEqual([[[1], [String(2n ** 60n)]], [['1', '2']], [['三']]]);
    expect([...(read[0]?.pages[0]?.deleted ?? [])]).toEqual([1]);
  });

  it('without its manifest is no delivery, also where there was one before', async () => {
    const first = createSpool(folder);
    await first.add([{ a: 1 }]);
    await first.close();
    const second = createSpool(folder);
    await second.add([{ a: 2 }]);
    await second.parts();
    expect(await readManifest(folder)).toBeNull();
    await second.close();
    expect(await readManifest(folder)).toHaveLength(1);
    expect((await readdir(folder)).sort()).toEqual(['delivery.json', 'rows-1.jsonl']);
  });

  it('refuses what could not be read back, and what comes after its end', async () => {
    const spool = createSpool(folder);
    await expect(spool.add([{ a: 'x'.repeat(ROW_CHARACTERS_MAX) }])).rejects.toMatchObject({
      code: 'SOURCE_ROW_INVALID',
    });
    await expect(spool.addFile({ path: join(folder, 'none'), name: 'none', options: {} })).rejects.toThrow(
      'ENOENT',
    );
    await spool.close();
    await expect(spool.add([{ a: 1 }])).rejects.toThrow('closed');
    expect(await readManifest(folder)).toEqual([]);
    await writeFile(join(folder, 'delivery.json'), '{"version":1,"parts":[{}]}');
    await expect(readManifest(folder)).rejects.toMatchObject({ code: 'TABLE_UNREADABLE' });
  });

  it('takes many rows', async () => {
    const spool = createSpool(folder);
    for (let at = 0; at < 20; at += 1)
      await spool.add(
        Array.from({ length: 1_000 }, (_, more) => ({ id: at * 1_000 + more, text: 'x'.repeat(100) })),
      );
    const [part] = await spool.close();
    const { rows } = await readPath(part?.path ?? '', 'rows', { format: 'rows' });
    expect(rows.map(([id]) => id)).toEqual(Array.from({ length: 20_000 }, (_, at) => at));
  });
});
