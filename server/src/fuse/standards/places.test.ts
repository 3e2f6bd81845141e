import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAddress } from './addresses.ts';
import { readQuantity } from './numbers.ts';
import { readPhones } from './phones.ts';
import { sharedNote, sharedPresent, sharedRows } from './shared-data.fixture.ts';
import { convert, readMeasure, unitOf } from './units.ts';

/** division|town|park|road|number|building|room */
const partsOf = (text: string) => {
  const { division, town, park, road, number, building, room } = parseAddress(text);
  return [division, town, park, road, number, building, room].map((part) => part ?? '').join('|');
};
const rubbish = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc
    .array(
      fc.constantFrom(
        ...'江西省|南昌|市|县|区|镇|路|号|工业园|大道|1|２|-|(|)|栋|室|村|0791|88123456|万|亿|元|吨| |,|.'.split(
          '|',
        ),
      ),
      {
        maxLength: 20,
      },
    )
    .map((list) => list.join('')),
);
const MEGABYTE = 1_000_000;

describe('addresses', () => {
  test.each([
    ['江西省鹰潭市贵溪市罗河镇创业路72号', '360681|罗河镇||创业路|72号||'],
    ['安福工业园赣江路219号', '360829||工业园|赣江路|219号||'],
    ['溪头乡金山大道169', '361130|溪头乡||金山大道|169||'],
    ['赣州市安远县安远工业园和谐大道２４６号', '360726||安远工业园|和谐大道|246号||'],
    ['江西省南昌市新建县长堎镇工业大道1号', '360112|长堎镇||工业大道|1号||'],
    ['江西省吉安市青原区青原区河东经济开发区', '360803||河东经济开发区||||'],
    ['青山湖工业园区发展大道41号', '360111||工业园区|发展大道|41号||'],
    ['江西省萍乡市莲花县路口镇和谐大道160号', '360321|路口镇||和谐大道|160号||'],
    ['古县镇和谐大道187号', '360825|古县镇||和谐大道|187号||'],
    [
      '北京市海淀区北四环西路66号中国技术交易大厦B座1728',
      '110108|||北四环西路|66号|中国技术交易大厦B座|1728',
    ],
    ['九江路399号3楼', '|||九江路|399号||3楼'],
    ['朝阳区望京街10号', '|||望京街|10号||'],
    ['', '||||||'],
  ])('%s is %s', (text, parts) => expect(partsOf(text)).toBe(parts));
  test('a name of several divisions gives candidates, and the record’s own code decides', () => {
    expect(parseAddress('朝阳区望京街10号')).toMatchObject({
      division: null,
      candidates: ['110105', '220104'],
    });
    expect(parseAddress('朝阳区望京街10号', { hint: '220104' })).toMatchObject({
      division: '220104',
      by: 'hint',
    });
    expect(parseAddress('江西省南昌市青山湖区', { hint: '360681' })).toMatchObject({
      division: '360111',
      by: 'name',
    });
  });
  test('levels that are missing are filled from the county', () =>
    expect(parseAddress('溪头乡金山大道169')).toMatchObject({
      province: '江西省',
      city: '上饶市',
      county: '婺源县',
      by: 'town',
    }));
  test('never throws, and never finds what is not in the text', () => {
    fc.assert(
      fc.property(rubbish, (text) => {
        const { town, park, road, number, building, room, text: read } = parseAddress(text);
        for (const part of [town, park, road, number, building, room])
          expect(part === null || read.includes(part)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
    for (const piece of ['路', '江西省', '工业', '1-', '一百', '中心'])
      expect(parseAddress(piece.repeat(MEGABYTE)).text.length).toBeLessThanOrEqual(200);
  });
});

test.runIf(sharedPresent)(
  `addresses of the synthetic set lead to their county, hardly one to another${sharedNote}`,
  () => {
    const rows = sharedRows('synth/jx_enterprises_synth_20k.csv');
    const counties = new Map(
      rows.filter(({ source }) => source === 'market').map((row) => [row.entity_id, row.county_code]),
    );
    const tally = { all: 0, right: 0, wrong: 0 };
    for (const { entity_id: id, address = '' } of rows) {
      const county = counties.get(id);
      if (!county || address === '') continue;
      const { division } = parseAddress(address);
      tally.all += 1;
      if (division === county) tally.right += 1;
      else if (division !== null && !division.endsWith('00')) tally.wrong += 1;
    }
    expect(tally.right / tally.all).toBeGreaterThan(0.99);
    expect(tally.wrong / tally.all).toBeLessThan(0.001);
  },
);

test.runIf(sharedPresent)(
  `most addresses of companies all over China have a division and a place${sharedNote}`,
  () => {
    const parsed = sharedRows('cn/company_addresses_18k.csv').flatMap(({ 原始地址: text = '' }) =>
      text === '' ? [] : [parseAddress(text)],
    );
    const share = (holds: (one: (typeof parsed)[number]) => boolean) =>
      parsed.filter(holds).length / parsed.length;
    expect(share(({ division, candidates }) => division !== null || candidates.length > 0)).toBeGreaterThan(
      0.8,
    );
    expect(share(({ road, park, building }) => (road ?? park ?? building) !== null)).toBeGreaterThan(0.9);
  },
);

describe('phones of a field', () => {
  test.each([
    ['13870012345', ['13870012345']],
    ['0791-88123456/13870012345', ['0791-88123456', '13870012345']],
    ['电话：0791-88123456转801，手机：13870012345', ['0791-88123456-801', '13870012345']],
    ['0791-88123456、88123457', ['0791-88123456', '0791-88123457']],
    ['13870012345 13970012345', ['13870012345', '13970012345']],
    ['0791 88123456', ['0791-88123456']],
    ['400-881-2345', ['400-8812345']],
    ['无', []],
    ['88123456', []],
  ])('%s holds %j', (field, numbers) => expect(readPhones(field).map(({ text }) => text)).toEqual(numbers));
  test('an area code tells the city, and the city’s code stands in for one that is missing', () => {
    expect(readPhones('0797-8123456')[0]).toMatchObject({ kind: 'land', areaCode: '0797', city: '360700' });
    expect(readPhones('010-88123456')[0]).toMatchObject({ city: null });
    expect(readPhones('8123456', { areaCode: '0797' }).map(({ text }) => text)).toEqual(['0797-8123456']);
  });
  test('never throws, bounded', () => {
    fc.assert(
      fc.property(rubbish, (text) => readPhones(text).length <= 10),
      { numRuns: 500 },
    );
    expect(readPhones('0791-88123456,'.repeat(100_000))).toEqual([]);
  });
});

describe('units', () => {
  test.each([
    ['1,234.5万元', '1234.5', 'wan-yuan'],
    ['人民币 500 万元', '500', 'wan-yuan'],
    ['约1.2亿元人民币', '1.2', 'yi-yuan'],
    ['￥12000元', '12000', 'yuan'],
    ['3亿5000万元', '35000', 'wan-yuan'],
    ['５００ 千瓦时', '500', 'kilowatt-hour'],
    ['12.5万kWh', '12.5', 'wan-kilowatt-hour'],
    ['300KWH', '300', 'kilowatt-hour'],
    ['20亩', '20', 'mu'],
    ['1.5万吨', '1.5', 'wan-tonne'],
    ['1200㎡', '1200', 'square-metre'],
    ['860人', '860', 'one'],
    ['-12.5%', '-12.5', 'percent'],
    ['(12)万元', '-12', 'wan-yuan'],
  ])('%s is %s %s', (text, value, unit) => expect(readMeasure(text)).toMatchObject({ value, unit }));
  test.each(['', '万元', '500', '500万万元', '1.2.3元', '约500', '5000元3000元', '9'.repeat(200)])(
    '%s is no measure',
    (text) => expect(readMeasure(text)).toBeNull(),
  );
  test.each([
    ['1.2', '亿元', '万元', '12000', true],
    ['0.1', 'yuan', 'wan-yuan', '0.00001', true],
    ['35000000', '元', '万元', '3500', true],
    ['123456789.123456789', '万千瓦时', '千瓦时', '1234567891234.56789', true],
    ['1', '亩', '平方米', '666.666666666666667', false],
    ['3', '公顷', '亩', '45', true],
    ['1', 'mu', 'hectare', '0.066666666666667', false],
    ['-5', '‰', '%', '-0.5', true],
  ])('%s %s in %s is %s', (value, from, to, result, exact) =>
    expect(convert(value, from, to)).toEqual({ value: result, exact }),
  );
  test('what measures something else does not convert', () => {
    expect(convert('1', '吨', '元')).toBeNull();
    expect(convert('x', '元', '万元')).toBeNull();
    expect(convert('1', '元', '两')).toBeNull();
  });
  test('there and back is the same number for every pair of units that divide', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }),
        fc.constantFrom('万元', '亿元', '千元'),
        (whole, unit) => {
          const there = convert(String(whole), '元', unit);
          expect(there?.exact).toBe(true);
          expect(convert(there?.value ?? '', unit, '元')?.value).toBe(String(whole));
        },
      ),
    );
  });
  test('a cell with a unit counts in it, one without in the column’s', () => {
    expect(readQuantity('1.2亿元', 10)).toBe(12_000);
    expect(readQuantity('1200', 10)).toBe(120);
    expect(readQuantity('5吨', 1)).toBeNull();
  });
  test('never throws, bounded', () => {
    fc.assert(
      fc.property(rubbish, (text) => {
        expect(Number(readMeasure(text)?.value ?? '0')).not.toBeNaN();
      }),
      { numRuns: 1_000 },
    );
    expect(readMeasure('1,000'.repeat(200_000))).toBeNull();
    expect(unitOf('('.repeat(MEGABYTE))).toBeNull();
  });
});
