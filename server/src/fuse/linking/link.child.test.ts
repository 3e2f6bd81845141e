import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEngineFiles } from '../sources/files/engine-files.fixture.ts';
import { type Person, people, writeTable } from './persons.fixture.ts';

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ronghe-link-test-'));
  await writeTable(at('people.csv'), people(250), '%');
  writeFileSync(at('twice.csv'), 'id,name\n1,anna\n2,ben\n1,carla\n');
  writeFileSync(at('head.csv'), 'id,name,town\n');
  writeFileSync(
    at('same.csv'),
    `id,name\n${Array.from({ length: 30 }, (_v, row) => `${row},anna`).join('\n')}\n`,
  );
  writeFileSync(at('wrong.json'), '{"columns": [{"name": "name", "kind": "colour"}]}');
  writeFileSync(
    at('other.json'),
    JSON.stringify({
      columns: [{ name: 'colour', kind: 'text' }],
      comparisons: [{ name: 'colour', text: 'colour' }],
      blocking: [{ text: 'colour' }],
    }),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ask = (...words: string[]) =>
  spawnSync(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'link.child.ts'), ...words], {
    encoding: 'utf8',
  });

test('a file with an unusual separator is linked by itself and held against the truth', () => {
  const { stdout, stderr, status } = ask(
    ...['--input', at('people.csv'), '--id', 'id', '--settings', 'auto', '--truth', 'entity'],
    ...['--clusters', at('clusters.csv'), '--pairs', at('pairs.csv'), '--save-settings', at('settings.json')],
    ...['--report', at('report.json'), '--sql', at('steps.sql'), '--explain', 'p0', '--explain', 'p1'],
  );
  expect([stderr.includes('Error'), status]).toEqual([false, 0]);
  expect(stdout).toMatch(/簇 clusters .*F1 0\.9\d/);
  expect(stdout).toContain('先验 prior');
  expect(readFileSync(at('clusters.csv'), 'utf8').split('\n')[0]).toBe('cluster_id,source,id');
  expect(readFileSync(at('settings.json'), 'utf8')).not.toContain('"entity"');
  expect(readFileSync(at('steps.sql'), 'utf8')).toContain('-- compare pairs');
  const report = JSON.parse(readFileSync(at('report.json'), 'utf8'));
  expect(report.evaluated.clusters.f1).toBeGreaterThan(0.95);
}, 120_000);

test('three lists are linked to each other, one of them Parquet; with one to one each entity stands once in a cluster', async () => {
  const lists: Person[][] = [[], [], []];
  const seen = new Map<string, number>();
  for (const person of people(200, 7)) {
    const place = seen.get(person.entity) ?? 0;
    seen.set(person.entity, place + 1);
    lists[place]?.push({ ...person, id: `${person.id}-${place}` });
  }
  const [first = [], second = [], third = []] = lists;
  await writeTable(at('first.csv'), first);
  await writeTable(at('second.csv'), second, ';');
  const files = await openEngineFiles();
  try {
    const columns = Object.keys(third[0] ?? {}) as (keyof Person)[];
    const rows = third.map((row) => `(${columns.map((name) => `'${row[name]}'`).join(', ')})`);
    const path = await files.write(
      'third.parquet',
      `${columns.map((name, place) => `row.${place + 1} as ${name}`).join(', ')} from (select arrayJoin([${rows.join(', ')}]) as row)`,
    );
    const { stderr, status } = ask(
      ...['--input', at('first.csv'), '--input', at('second.csv'), '--input', path, '--id', 'id'],
      ...['--settings', 'auto', '--one-to-one', '--truth', 'entity'],
      ...['--clusters', at('three.csv'), '--pairs', at('three-pairs.csv'), '--report', at('three.json')],
    );
    expect([stderr.includes('Error'), status], stderr).toEqual([false, 0]);
    const report = JSON.parse(readFileSync(at('three.json'), 'utf8'));
    expect(report.sources.map(({ records }: { records: number }) => records)).toEqual(
      lists.map((list) => list.length),
    );
    expect(report.evaluated.pairs.f1).toBeGreaterThan(0.9);
    const clusters = readFileSync(at('three.csv'), 'utf8').trim().split('\n').slice(1);
    expect(clusters).toHaveLength(lists.flat().length);
    const places = clusters.map((line) => line.split(',').slice(0, 2).join(' '));
    expect(new Set(places).size).toBe(places.length);
  } finally {
    await files.close();
  }
}, 120_000);

test.for<[string, () => string[], string, string]>([
  [
    'a column that is not there',
    () => ['--input', at('twice.csv'), '--id', 'key'],
    'has no column "key"; its columns are: id, name',
    '没有列',
  ],
  [
    'an id that comes twice',
    () => ['--input', at('twice.csv'), '--id', 'id'],
    'the id "1" in line 2 and again in line 4',
    '标识都是',
  ],
  [
    'a file without rows',
    () => ['--input', at('head.csv'), '--id', 'id'],
    'no column can be compared',
    '没有可比较的列',
  ],
  [
    'columns that say nothing',
    () => ['--input', at('same.csv'), '--id', 'id'],
    'one value everywhere',
    '没有可比较的列',
  ],
  [
    'a file that is not there',
    () => ['--input', at('nothing.csv'), '--id', 'id'],
    'does not exist',
    '找不到文件',
  ],
  [
    'settings that are wrong',
    () => ['--input', at('twice.csv'), '--id', 'id', '--settings', at('wrong.json')],
    'wrong at columns.0.kind',
    '有误',
  ],
  [
    'settings for other files',
    () => ['--input', at('twice.csv'), '--id', 'id', '--settings', at('other.json')],
    'is in none of the files',
    '都不存在',
  ],
  [
    'an argument nobody knows',
    () => ['--input', at('twice.csv'), '--id', 'id', '--colour'],
    'unknown argument --colour',
    '不认识的参数',
  ],
])('%s is told in both languages with a remedy', { timeout: 60_000 }, ([, words, english, chinese]) => {
  const { stdout, stderr, status } = ask(...words());
  expect([stdout, status]).toEqual(['', 1]);
  expect(stderr).toContain(english);
  expect(stderr).toContain(chinese);
});
