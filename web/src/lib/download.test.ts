import { describe, expect, it } from 'vitest';
import { csvOf } from './download.ts';
import { parseSearch, stringifySearch } from './search.ts';

describe('a CSV file', () => {
  it('quotes what needs it, starts with the mark for Excel and lets no cell be a formula', () => {
    expect(
      csvOf(
        ['名称', '值'],
        [
          ['甲,"乙"', 1],
          ['=1+1', null],
          [-5, true],
        ],
      ),
    ).toBe('\uFEFF名称,值\r\n"甲,""乙""",1\r\n\'=1+1,\r\n-5,true\r\n');
  });
});

describe('filters in the address', () => {
  it('come back as the texts they were, codes included', () => {
    const filters = { search: '铜业 & 100%', city: '360100' };
    expect(parseSearch(stringifySearch(filters))).toEqual(filters);
  });

  it('leave out what is empty', () => {
    expect(stringifySearch({ search: '', city: undefined, page: null })).toBe('');
  });
});
