import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDate, readPeriod } from './dates.ts';
import { cities, cityOf, counties, divisionLabel, readDivision } from './divisions.ts';
import { industryDivisions, industryName, keyIndustryOf, readIndustry } from './industries.ts';
import { cityInName, foldForSearch, nameKeyOf, readName, regionsFit } from './names.ts';
import { readNumber } from './numbers.ts';
import { readPhone } from './phones.ts';
import { sizeOf } from './size.ts';
import { transform } from './transforms.ts';

describe('names', () => {
  test.each([
    ['江西豫章铜业有限责任公司', '江西省豫章铜业有限公司'],
    ['江西豫章铜业股份有限公司', '豫章铜业（江西）股份有限公司'],
    ['赣江电子（集团）有限公司', '赣江电子集团有限公司'],
    ['ＡＢＣ精密机械有限公司', 'abc 精密机械有限公司'],
    ['豫章铜业有限公司（筹）', '豫章铜业有限公司'],
    ['南昌市豫章铜业有限公司(原南昌冶炼厂)', '南昌豫章铜业有限公司'],
    ['江西 豫章·铜业　有限公司', '江西豫章铜业有限公司'],
  ])('%s and %s may be one enterprise', (a, b) => {
    expect(nameKeyOf(a).key).toBe(nameKeyOf(b).key);
    expect(regionsFit(nameKeyOf(a).regions, nameKeyOf(b).regions)).toBe(true);
  });
  test.each([
    ['江西豫章铜业有限公司', '南昌豫章铜业有限公司'],
    ['江西铜业股份有限公司', '铜业股份有限公司'],
    ['江西永新科技有限公司', '江西科技有限公司'],
    ['豫章铜业有限公司', '豫章铜业股份有限公司'],
    ['豫章铜业有限公司', '豫章铜业有限公司贵溪分公司'],
  ])('%s and %s are not taken for one', (a, b) => {
    const [left, right] = [nameKeyOf(a), nameKeyOf(b)];
    expect(left.key === right.key && regionsFit(left.regions, right.regions)).toBe(false);
  });
  test('normalising twice changes nothing', () => {
    const pieces = fc.constantFrom(
      '江西',
      '豫章',
      '（',
      '）',
      '(',
      ')',
      ' ',
      '　',
      'Ａ',
      'b',
      '·',
      '铜业',
      '有限公司',
      '\u200b',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'grapheme' }),
          fc.array(pieces).map((list) => list.join('')),
        ),
        (text) => {
          expect(readName(readName(text))).toBe(readName(text));
          expect(nameKeyOf(readName(text))).toEqual(nameKeyOf(text));
        },
      ),
      { numRuns: 500 },
    );
  });
  test('the city is told by the name when it names one', () => {
    expect(cityInName('赣州虔城纺织有限公司')).toBe('360700');
    expect(cityInName('豫章铜业（贵溪市）有限公司')).toBe('360600');
    expect(cityInName('江西豫章铜业有限公司')).toBeNull();
  });
  test('search folds width, case and blanks', () => expect(foldForSearch('ＡＢＣ 铜')).toBe('abc铜'));
});

describe('divisions', () => {
  test('there are 11 cities and 100 counties', () => {
    expect([cities().length, counties().length]).toEqual([11, 100]);
  });
  test.each([
    ['360111', '360111', false],
    ['360111000000', '360111', false],
    ['3601', '360100', false],
    ['360122', '360112', true],
    ['360622', '360603', true],
    ['362329', '361100', true],
    ['南昌市青山湖区', '360111', false],
    ['江西省贵溪市', '360681', false],
    ['余江县', '360603', false],
  ])('%s reads as %s, outdated: %s', (raw, code, outdated) =>
    expect(readDivision(raw)).toEqual({ code, outdated }),
  );
  test.each(['369999', '440100', '12345', '青山'])('%s is unknown', (raw) =>
    expect(readDivision(raw)).toBeNull(),
  );
  test('label and city', () => {
    expect(divisionLabel('360111')).toBe('南昌市青山湖区');
    expect(cityOf('360681')).toBe('360600');
    expect(cityOf('360000')).toBeNull();
  });
});

describe('industries', () => {
  test('there are 41 divisions', () => expect(industryDivisions()).toHaveLength(41));
  test.each([
    ['C39', '39'],
    ['3911', '3911'],
    ['0610', '0610'],
    ['有色金属冶炼和压延加工业', '32'],
    ['C-3211', '3211'],
  ])('%s reads as %s', (raw, code) => expect(readIndustry(raw)).toBe(code));
  test.each(['5100', '3999x', '1', ''])('%s is unknown', (raw) => expect(readIndustry(raw)).toBeNull());
  test('names', () => expect(industryName('3211')).toBe('铜冶炼'));
  test.each([
    ['39', 'electronics'],
    ['3963', 'aviation'],
    ['374', 'aviation'],
    ['3742', 'aviation'],
    ['3711', 'equipment'],
    ['3582', 'biomedicine'],
    ['3551', 'textile'],
    ['3821', 'equipment'],
    ['3825', 'electronics'],
    ['0911', 'nonferrous'],
    ['1491', null],
    [null, null],
  ])('%s belongs to %s', (code, key) => expect(keyIndustryOf(code)).toBe(key));
});

describe('size', () => {
  test.each([
    [1000, 40_000, 'large'],
    [1200, 1_500, 'small'],
    [299, 90_000, 'small'],
    [300, 2_000, 'medium'],
    [19, 5_000, 'micro'],
    [500, 299, 'micro'],
  ])('%d persons and %d (10,000 CNY) are %s', (employees, revenue, size) =>
    expect(sizeOf(employees, revenue)).toBe(size),
  );
});

describe('dates, phones, numbers', () => {
  test.each([
    ['2010-03-05', '2010-03-05'],
    ['2010/3/5', '2010-03-05'],
    ['2010年3月5日', '2010-03-05'],
    ['20100305', '2010-03-05'],
    ['40242', '2010-03-05'],
    ['2010-03-05T00:00:00.000Z', '2010-03-05'],
    ['2010-02-30', null],
    ['去年', null],
    ['25/12/2026 08:30', '2026-12-25'],
    ['12/25/2026', '2026-12-25'],
    ['25.12.2026', '2026-12-25'],
    ['05/05/2026', '2026-05-05'],
    ['05/12/2026', null],
    ['31/02/2026', null],
    ['25/12-2026', null],
  ])('date %s reads as %s', (raw, date) => expect(readDate(raw)).toBe(date));
  test.each([
    ['2026-02', '2026-02'],
    ['2026/2', '2026-02'],
    ['202602', '2026-02'],
    ['2026年2月', '2026-02'],
    ['2026年1-2月', '2026-02'],
    ['2026-02-28', '2026-02'],
    ['2026-13', null],
    ['二月', null],
  ])('period %s reads as %s', (raw, period) => expect(readPeriod(raw)).toBe(period));
  test.each([
    ['13870012345', '13870012345'],
    ['+86 138-7001-2345', '13870012345'],
    ['(0791) 8812 3456', '0791-88123456'],
    ['0791-88123456转801', '0791-88123456-801'],
    ['079188123456', '0791-88123456'],
    ['400-881-2345', '400-8812345'],
    ['88123456', null],
    ['12345', null],
  ])('phone %s reads as %s', (raw, phone) => expect(readPhone(raw)).toBe(phone));
  test.each([
    ['1,234.5', 1234.5],
    ['１２３', 123],
    ['(12)', -12],
    ['1.2e3', 1200],
    ['12,34', null],
    ['约500', null],
    ['1 200', 1200],
    ['Infinity', null],
  ])('number %s reads as %s', (raw, value) => expect(readNumber(raw)).toBe(value));
});

describe('transforms', () => {
  test('千元 becomes 万元 without noise', () =>
    expect(transform('thousand-to-wan', '1,234.56')).toEqual({
      value: '123.456',
      valid: true,
      findings: [],
    }));
  test.each([
    ['number', '12,000万元', '12000'],
    ['number', '1.2 亿元人民币', '12000'],
    ['number', '35000000元', '3500'],
    ['number', '860人', '860'],
    ['thousand-to-wan', '500万元', '500'],
    ['thousand-to-wan', '500千元', '50'],
  ] as const)('%s of %s is %s: a unit in the cell counts', (name, raw, value) =>
    expect(transform(name, raw).value).toBe(value),
  );
  test('a dash is no value and no finding', () =>
    expect(transform('number', '—')).toEqual({ value: null, valid: true, findings: [] }));
  test('a wrong check character is kept as not valid, with its finding', () =>
    expect(transform('code', '91360000625912173C')).toEqual({
      value: '91360000625912173C',
      valid: false,
      findings: ['code-check-digit'],
    }));
  test('an old division is translated and told', () =>
    expect(transform('division', '360122')).toEqual({
      value: '360112',
      valid: true,
      findings: ['division-outdated'],
    }));
});
