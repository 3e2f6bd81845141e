import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TableProfile } from '@ronghe/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tableOf } from './profile.fixture.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ronghe-profile-'));
});
afterAll(() => rm(folder, { recursive: true }));

const ask = (...words: string[]) =>
  spawnSync(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'profile.child.ts'), ...words], {
    encoding: 'utf8',
  });

test('a file comes back profiled, personal values masked', async () => {
  const rows = tableOf(
    { 企业名称: 'name', 信用代码: 'code', 法定代表人: 'person', '营业收入（万元）': 'money' },
    40,
  );
  const [first] = rows;
  const lines = [Object.keys(first ?? {}), ...rows.map((row) => Object.values(row))].map((cells) =>
    cells.join(','),
  );
  const path = join(folder, '企业 名单.csv');
  await writeFile(path, lines.join('\n'));
  const { stdout, status } = ask(path);
  expect(status).toBe(0);
  const profile = TableProfile.parse(JSON.parse(stdout));
  expect([profile.rows, profile.columns.map(({ kind }) => kind)]).toEqual([
    40,
    ['name', 'code', 'person', 'money'],
  ]);
  expect(profile.columns[2]?.samples[0]).toMatch(/\*$/);
});

test('what cannot be read is told in one sentence', () => {
  for (const [words, said] of [
    [[], 'usage: ronghe fuse profile FILE'],
    [[join(folder, 'nothing.csv')], 'nothing.csv'],
  ] as const) {
    const { stdout, stderr, status } = ask(...words);
    expect([stdout, status]).toEqual(['', 1]);
    expect(stderr).toContain(said);
  }
});
