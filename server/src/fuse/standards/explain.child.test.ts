import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ask = (...words: string[]) =>
  spawnSync(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'explain.child.ts'), ...words], {
    encoding: 'utf8',
  });

test('a name comes back in its parts, also in several words', () => {
  const { stdout, status } = ask('name', '豫章铜业（江西）有限公司', '第二分厂');
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    division: '江西',
    trade: '豫章',
    industry: '铜业',
    form: '有限公司',
    branch: '第二分厂',
  });
});

test('a code comes back explained, with the correction that is proven', () => {
  const { stdout, status } = ask('code', '9136O000625912173B');
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    kind: 'uscc',
    valid: false,
    repair: { code: '91360000625912173B' },
  });
});

test.each([[], ['name'], ['code', ' '], ['dance', 'x']])('%j is answered with the usage', (...words) => {
  const { stdout, stderr, status } = ask(...words);
  expect([stdout, status]).toEqual(['', 1]);
  expect(stderr).toContain('ronghe fuse name');
});
