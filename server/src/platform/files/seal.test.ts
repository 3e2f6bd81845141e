import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFiles } from './files.ts';
import { createSealer } from './seal.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ronghe-seal-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('a sealed text opens again, also by another process of the installation, and does not hold the text', async () => {
  const sealed = await createSealer(createFiles(folder)).seal('秘密 password', 'source:1');
  expect(sealed).not.toContain(Buffer.from('秘密').toString('base64url'));
  expect(await createSealer(createFiles(folder)).open(sealed, 'source:1')).toBe('秘密 password');
});

test('the key file is readable by its owner only and two starters agree on one key', async () => {
  const [a, b] = await Promise.all(
    ['a', 'b'].map((text) => createSealer(createFiles(folder)).seal(text, 'x')),
  );
  const sealer = createSealer(createFiles(folder));
  expect([await sealer.open(a ?? '', 'x'), await sealer.open(b ?? '', 'x')]).toEqual(['a', 'b']);
  expect((await stat(join(folder, 'secrets', 'seal.key'))).mode & 0o777).toBe(0o600);
  expect((await readFile(join(folder, 'secrets', 'seal.key'))).length).toBeGreaterThan(40);
});

test('an altered text, another purpose and plain text are refused', async () => {
  const sealer = createSealer(createFiles(folder));
  const sealed = await sealer.seal('secret', 'source:1');
  const altered = sealed.slice(0, -2) + (sealed.endsWith('A') ? 'BB' : 'AA');
  await expect(sealer.open(sealed, 'source:2')).rejects.toThrow();
  await expect(sealer.open(altered, 'source:1')).rejects.toThrow();
  await expect(sealer.open('secret', 'source:1')).rejects.toThrow('not a sealed text');
});
