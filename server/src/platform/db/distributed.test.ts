import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'ronghe-distributed-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FIXTURE = join(import.meta.dirname, 'distributed.fixture.ts');
/** Questions of a guest who may see rows of `a`, where each row lies on both shards; and what comes back. */
const QUESTIONS: readonly [question: string, answer: unknown[][]][] = [
  [
    'select org, n from d.x order by n',
    [
      ['a', 1],
      ['a', 1],
      ['a', 2],
      ['a', 2],
    ],
  ],
  ['select count() from d.x', [[4]]],
  ['select org, sum(n) from d.x group by org', [['a', 6]]],
  ['select max(n), uniqExact(org) from d.x', [[2, 1]]],
  ['select count() from (select n from d.x where n > 0)', [[4]]],
  ["select count() from d.x where org = 'b'", [[0]]],
  ["select count() from d.x where not (org = 'a') or n = 3", [[0]]],
  // joins and sets of two distributed tables: the right side is filtered as well
  ['select count() from d.x as l join d.x as r on l.org != r.org', [[0]]],
  ['select distinct r.org from d.x as l cross join d.x as r', [['a']]],
  ['select count() from d.x where n in (select n from d.x where n = 3)', [[0]]],
  ['select max(n) from (select n from d.x union all select n from d.x)', [[2]]],
];

test('rows of others stay away over Distributed tables, by the engine’s own filters', () => {
  const asked = JSON.stringify(QUESTIONS.map(([question]) => question));
  const printed = execFileSync(process.execPath, ['--import', 'tsx', FIXTURE, folder, asked], {
    encoding: 'utf8',
    timeout: 100_000,
    cwd: join(import.meta.dirname, '../../..'),
  });
  const answers = (JSON.parse(printed) as string[]).map((text, index) => {
    expect(text, QUESTIONS[index]?.[0]).not.toContain('failed');
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown[]);
  });
  expect(answers).toEqual(QUESTIONS.map(([, answer]) => answer));
}, 120_000);
