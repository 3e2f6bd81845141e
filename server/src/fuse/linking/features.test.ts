import type { LinkKind } from '@ronghe/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isMonthFirst, readDay } from './days.ts';
import { derive, PARTS } from './features.ts';
import { soundKey, wordsOf } from './texts.ts';

/** Parts of a value by name, those that tell nothing left out. */
const partsOf = (kind: LinkKind, raw: string, options = {}) =>
  Object.fromEntries(
    derive(kind, raw, options).flatMap((value, at) =>
      value === '' || value === 0 || Number.isNaN(value) ? [] : [[PARTS[kind][at]?.name, value]],
    ),
  );

describe('standardised parts', () => {
  test.for<[string, LinkKind, string, Record<string, unknown>]>([
    [
      'a person, marks and titles gone',
      'person',
      'Dr. José  O’Brien',
      { v: 'jose obrien', first: 'jose', last: 'obrien' },
    ],
    ['a Chinese person by sound', 'person', '王伟', { v: '王伟', sound: 'wangwei' }],
    ['full width becomes half width', 'code', 'ＡＢ－１２３', { v: 'AB123', head: 'AB1', tail: '123' }],
    [
      'a code of today carries the taxpayer number',
      'code',
      '91360000625912173B',
      { tax: '360000625912173', org: '625912173' },
    ],
    [
      'a taxpayer number of before 2015',
      'code',
      '360000625912173',
      { tax: '360000625912173', org: '625912173' },
    ],
    ['a code with a wrong check keeps no parts', 'code', '91360000625912173C', { v: '91360000625912173C' }],
    ['a phone with country code', 'phone', '(415) 555-0132 ext. 4', { v: '4155550132', tail: '5550132' }],
    ['a land line', 'phone', '0791-88123456', { v: '079188123456' }],
    ['an e-mail', 'email', 'Bob+x@Example.org', { local: 'bob', domain: 'example.org' }],
    [
      'a day of 1855 is not clamped',
      'date',
      '1855-03-04',
      { v: '1855-03-04', y: 1855, m: 3, d: 4, md: '03-04' },
    ],
    ['a price', 'number', '$1,299.00', { v: '1299', n: 1299 }],
    ['a street', 'address', '1224 Main Street', { v: '1224 main st', number: '1224' }],
    [
      'a Chinese address',
      'address',
      '江西省抚州市广昌县头陂镇创业路299号',
      { number: '299', road: '创业路', region: '361030' },
    ],
    ['a company', 'company', 'The Acme Tool Co., Ltd.', { core: 'acme tool', brand: 'acme' }],
    [
      'a Chinese company',
      'company',
      '华博模具（上饶）有限公司',
      { core: '华博模具', brand: '华博', sound: 'huabo' },
    ],
  ])('%s', ([, kind, raw, expected]) => {
    expect(partsOf(kind, raw)).toMatchObject(expected);
  });

  test.for(['', ' ', 'N/A', 'unknown', '无', '不详', '-'])('“%s” says nothing in any kind', (raw) => {
    for (const kind of Object.keys(PARTS) as LinkKind[]) expect(partsOf(kind, raw)).toEqual({});
  });

  test.for(['0000000', '1111111', '12345678', '13800000000000'])('“%s” as a code or phone', (raw) => {
    expect(partsOf('code', raw).v ?? '').not.toMatch(/^(.)\1*$/);
  });

  test('nothing throws, and parts are as many as promised', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...(Object.keys(PARTS) as LinkKind[])),
        fc.string({ unit: 'binary' }),
        (kind, raw) => {
          expect(derive(kind, raw)).toHaveLength(PARTS[kind].length);
        },
      ),
      { seed: 7, numRuns: 400 },
    );
  });
});

describe('days', () => {
  test.for<[string, string]>([
    ['2010-3-5', '2010-3-5'],
    ['19560409', '1956-4-9'],
    ['4.3.1999', '1999-3-4'],
    ['25/12/1999', '1999-12-25'],
    ['March 4, 1999', '1999-3-4'],
    ['4 Mar 1999', '1999-3-4'],
    ['2019年3月4日', '2019-3-4'],
    ['1999', '1999-0-0'],
    ['1999-07-01 12:30:00', '1999-7-1'],
  ])('%s', ([raw, expected]) => {
    const day = readDay(raw);
    expect(`${day?.year}-${day?.month}-${day?.day}`).toBe(expected);
  });

  test.for(['abc', '12', '99999999', '1999-13-01'])('%s is none', (raw) => {
    expect(readDay(raw)).toBeNull();
  });

  test('which number comes first is told by the values', () => {
    expect(isMonthFirst(['03/25/1999', '04/01/1999'])).toBe(true);
    expect(isMonthFirst(['25/03/1999', '04/01/1999'])).toBe(false);
  });
});

test('numbers of models and units meet however they are written', () => {
  const words = (text: string) => wordsOf(text);
  expect(words('sony ps-lx350h turntable')).toContain('pslx350h');
  expect(words('disk 120 gb')).toContain('120gb');
  expect(words('高安陶瓷')).toEqual(['高安', '安陶', '陶瓷']);
  expect(wordsOf('g. vossen, m. weske', { people: true })).toEqual(['vossen', 'weske']);
});

test('names that sound alike have one key', () => {
  for (const [one, two] of [
    ['philip', 'filip'],
    ['catherine', 'katherine'],
    ['mccarthy', 'macarthy'],
    ['鑫', '新'],
  ] as const)
    expect(soundKey(one)).toBe(soundKey(two));
  expect(soundKey('smith')).not.toBe(soundKey('jones'));
});
