import { TRANSFORMS, type TransformName } from '@ronghe/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDate, readPeriod } from './dates.ts';
import { readDivision } from './divisions.ts';
import { readIndustry } from './industries.ts';
import { cityInName, foldForSearch, nameKeyOf, readName } from './names.ts';
import { readQuantity } from './numbers.ts';
import { readPhone } from './phones.ts';
import { transform } from './transforms.ts';
import { identify } from './uscc.ts';

const PARSERS: Readonly<Record<string, (text: string) => unknown>> = {
  ...Object.fromEntries(
    Object.keys(TRANSFORMS).map((name) => [
      `transform ${name}`,
      (text: string) => transform(name as TransformName, text),
    ]),
  ),
  readDate,
  readPeriod,
  readDivision,
  readIndustry,
  readName,
  nameKeyOf,
  cityInName,
  foldForSearch,
  readPhone,
  identify,
  readQuantity: (text) => readQuantity(text, 1),
};
/** A megabyte when asked for; a tenth shows as well what takes the square of its length. */
const LENGTH = process.env.LONG_TESTS === '1' ? 1_000_000 : 100_000;
/** Ten times what the slowest parser needs on a busy machine; the square would take minutes. */
const MS_MAX = 5_000;
/** Pieces that a careless regular expression walks through again and again. */
const PIECES = [
  '(筹)',
  '(原',
  '（集团）',
  '江西',
  '1',
  '1,000',
  '1 ',
  '0791-',
  '有限公司',
  '\u200b',
  ' \t',
  '((',
  'e1',
  '年1月',
  '\u{1F600}',
];

describe.each(Object.entries(PARSERS))('%s', (_name, parser) => {
  test('never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 60 }),
          fc.array(fc.constantFrom(...PIECES), { maxLength: 30 }).map((list) => list.join('')),
        ),
        (text) => {
          expect(() => parser(text)).not.toThrow();
        },
      ),
      { numRuns: 300 },
    );
  });
  test('gets through long rubbish', () => {
    for (const piece of PIECES) {
      const from = performance.now();
      expect(() => parser(piece.repeat(LENGTH / piece.length))).not.toThrow();
      expect(performance.now() - from, JSON.stringify(piece)).toBeLessThan(MS_MAX);
    }
  });
});

// what is written as it is kept goes a short way, which an invisible character in front closes
describe('the short way says what the long one says', () => {
  const digits = (least: number, most: number) =>
    fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: least, maxLength: most });
  const written = fc.oneof(
    digits(1, 18),
    fc.tuple(digits(1, 9), digits(1, 9)).map(([whole, part]) => `${whole}.${part}`),
    fc
      .tuple(fc.integer({ min: 1700, max: 2300 }), digits(2, 2), digits(2, 2))
      .map(([year, month, day]) => `${year}-${month}-${day}`),
    digits(9, 9).map((tail) => `1${tail[0]}${tail}`),
    fc.tuple(digits(3, 3), digits(6, 9)).map(([area, number]) => `0${area}-${number}`),
    fc.string({ unit: fc.constantFrom(...'0129AMXZY'), minLength: 8, maxLength: 19 }),
    fc.constantFrom(
      '91360000625912173B',
      '9136000062591217３B',
      '62591217-3',
      '无锡铜业',
      '无',
      '不详',
      'NaN',
      'Nanchang',
    ),
    fc.string({ unit: fc.constantFrom(...'江西铜业（）AZaz09無 ·'), maxLength: 12 }),
  );
  test.each(Object.keys(TRANSFORMS) as TransformName[])('%s', (name) => {
    fc.assert(
      fc.property(written, (text) => {
        expect(transform(name, text)).toEqual(transform(name, `\u200b${text}`));
      }),
      { numRuns: 1_000, seed: 7 },
    );
  });
});
