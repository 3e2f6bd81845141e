import { PointImportPreview } from '@ronghe/contracts';
import { describe, expect, it } from 'vitest';
import { loadCases, preview } from './cases.fixture.ts';
import { ISSUE_TEXTS } from './issue-texts.data.ts';
import { clean } from './issues.ts';

const cases = await loadCases();

describe('files of other systems become connections', () => {
  it.each(cases)('$name', async ({ bytes, expected }) => {
    const result = await preview(bytes);
    expect(PointImportPreview.safeParse(result).error).toBeUndefined();
    await expect(`${JSON.stringify(result, null, 2)}\n`).toMatchFileSnapshot(expected);
  });
});

describe('sentences', () => {
  it.each(Object.entries(ISSUE_TEXTS))('%s says the same in both languages', (_, { zh, en }) => {
    const values = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
    expect(values(zh)).toEqual(values(en));
    expect(zh).toMatch(/\p{Script=Han}/u);
    expect(en).not.toMatch(/\p{Script=Han}/u);
  });

  it('repeat values of a file in one line, bounded, and without a password before a host', () => {
    expect(clean('tcp://user:secret@host:1\n\u0007 x')).toBe('tcp://host:1 x');
    expect(clean('x'.repeat(1_000))).toHaveLength(121);
  });
});
