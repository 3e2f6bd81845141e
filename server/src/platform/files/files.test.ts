import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createFiles } from './files.ts';

const root = mkdtempSync(join(tmpdir(), 'ronghe-files-'));

it('makes a folder below the data folder', async () => {
  const path = await createFiles(root).folder('inbox', '运行监测');
  expect(existsSync(path)).toBe(true);
  expect(path.startsWith(root)).toBe(true);
});

it.each([['../outside'], ['inbox/../../outside'], ['a\0b']])('refuses %j', async (part) => {
  await expect(createFiles(root).folder(part)).rejects.toThrow(/outside the data folder/);
});
