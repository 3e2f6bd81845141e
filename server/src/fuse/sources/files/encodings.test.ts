import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMixed } from './encodings.ts';
import { GB } from './files.fixture.ts';

const U = (text: string) => Buffer.from(text);
const mixed = (base: 'utf-8' | 'gb18030', ...parts: Buffer[]) => decodeMixed(Buffer.concat(parts), base, 1);

describe('a text in two encodings', () => {
  it.each<[string, Buffer[], string, number[]]>([
    [
      'one line of a table',
      [GB('1,南昌\n'), U('2,九江企业\n'), GB('3,赣州\n')],
      '1,南昌\n2,九江企业\n3,赣州\n',
      [2],
    ],
    ['one character', [GB('1,南昌\n'), U('2,男\n'), U('3,国\n')], '1,南昌\n2,男\n3,国\n', [2, 3]],
    [
      'a cell of a line',
      [GB('1,南昌,'), U('江西铜业'), GB(',赣州\n2,九江\n')],
      '1,南昌,江西铜业,赣州\n2,九江\n',
      [1],
    ],
    [
      'full width and punctuation',
      [GB('1,南昌\n'), U('2,（江西）·铜业“一”\n')],
      '1,南昌\n2,（江西）·铜业“一”\n',
      [2],
    ],
    ['nothing', [GB('1,朱镕基\n2,喆堃骉\n3,一\n4,镕\n')], '1,朱镕基\n2,喆堃骉\n3,一\n4,镕\n', []],
  ])('in GB 18030, %s in UTF-8', (_name, parts, text, lines) => {
    const found = mixed('gb18030', ...parts);
    expect(found.text).toBe(text);
    expect(
      found.others.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, at) => from + at)),
    ).toEqual(lines);
    expect(found.others.every(({ encoding }) => encoding === 'utf-8')).toBe(true);
  });

  it.each<[string, Buffer[], string, number[]]>([
    [
      'one line of a table',
      [U('1,南昌\n'), GB('2,九江企业\n'), U('3,赣州\n')],
      '1,南昌\n2,九江企业\n3,赣州\n',
      [2],
    ],
    ['a cell of a line', [U('1,南昌,'), GB('江西铜业'), U(',赣州\n')], '1,南昌,江西铜业,赣州\n', [1]],
    [
      'a name with a rare character',
      [U('1,南昌\n'), GB('2,南昌市朱镕机械厂\n')],
      '1,南昌\n2,南昌市朱镕机械厂\n',
      [2],
    ],
    ['nothing, with a sign that stands for what could not be read', [U('1,南\uFFFD\n')], '1,南\uFFFD\n', []],
  ])('in UTF-8, %s in GB 18030', (_name, parts, text, lines) => {
    const found = mixed('utf-8', ...parts);
    expect(found.text).toBe(text);
    expect(found.others.map(({ from }) => from)).toEqual(lines);
  });

  it.each<[string, 'utf-8' | 'gb18030', Buffer]>([
    ['a byte that was lost', 'utf-8', Buffer.concat([U('南昌市高新'), U('区').subarray(0, 2), U('x\n')])],
    ['a byte that came between', 'utf-8', Buffer.concat([U('南昌市'), Buffer.from([0xb1]), U('高新区\n')])],
    ['Latin-1', 'utf-8', Buffer.from('caf\xe9 r\xe9sum\xe9\n', 'latin1')],
    ['half a character', 'gb18030', Buffer.concat([GB('南昌'), Buffer.from([0xb1]), GB(',1\n')])],
  ])('guesses nothing of %s', (_name, base, bytes) => {
    const found = decodeMixed(bytes, base, 1);
    expect(found.others).toEqual([]);
    expect(found.text).toContain('\uFFFD');
  });

  it('counts on from the line it is told, and joins lines that follow each other', () => {
    const found = decodeMixed(
      Buffer.concat([GB('甲\n'), U('企业\n企业\n'), GB('乙\n'), U('企业')]),
      'gb18030',
      11,
    );
    expect(found).toMatchObject({
      lines: 4,
      others: [
        { from: 12, to: 13, encoding: 'utf-8' },
        { from: 15, to: 15, encoding: 'utf-8' },
      ],
    });
  });

  it('leaves what reads in both as the file is', () => {
    expect(mixed('utf-8', GB('铜厂\n业\n'), U('μ\n')).text).toBe('铜厂\nҵ\nμ\n');
    expect(mixed('gb18030', GB('铜厂\n'), U('企业\n人纺\n')).text).toBe('铜厂\n企业\n浜虹汉\n');
  });

  // 企业 reads in one of the two only
  const names = fc.array(
    fc.constantFrom(...'江西省南昌市铜业有限公司机械纺织电子科技区路号（）·一中国人民男女'),
    {
      minLength: 1,
      maxLength: 12,
    },
  );
  const lines = fc.array(fc.record({ name: names, isOther: fc.boolean() }), { minLength: 1, maxLength: 30 });
  it.each(['utf-8', 'gb18030'] as const)(
    'is read whole, whichever lines of a text in %s are in the other',
    (base) => {
      fc.assert(
        fc.property(lines, (list) => {
          const bytes = list.map(({ name, isOther }, at) => {
            const line = `${at},企业${name.join('')},${at * 3}\n`;
            return isOther === (base === 'utf-8') ? GB(line) : U(line);
          });
          const { text } = decodeMixed(Buffer.concat(bytes), base, 1);
          expect(text).toBe(list.map(({ name }, at) => `${at},企业${name.join('')},${at * 3}\n`).join(''));
        }),
        { seed: 7, numRuns: 1_000 },
      );
    },
  );
});
