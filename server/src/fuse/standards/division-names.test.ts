import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDivisionsAt, resolveDivision } from './division-names.ts';
import { presentDivisions } from './divisions.ts';
import { findIndustries, keyEntryOf, sectionOf } from './industries.ts';
import { sharedNote, sharedPresent, sharedRows } from './shared-data.fixture.ts';

const codesOf = (text: string, year?: number) =>
  resolveDivision(text, year === undefined ? {} : { year }).map(({ code }) => code);
const wayOf = (text: string) =>
  resolveDivision(text)[0]
    ?.way.map(({ code, name, until }) => `${code}${name}${until ?? ''}`)
    .join(' → ');

describe('divisions of any year', () => {
  test('the whole country stands in the list', () => {
    const all = [...presentDivisions().values()];
    expect(all.filter(({ level }) => level === 'province')).toHaveLength(34);
    expect(all.filter(({ code, level }) => code.startsWith('36') && level === 'county')).toHaveLength(100);
    expect(all.length).toBeGreaterThan(3_000);
  });
  test.each([
    ['360122', '360122新建县2015 → 360112新建区'],
    ['湾里区', '360105湾里区2019 → 360112新建区'],
    ['360402', '360402濂溪区'],
    ['庐山区', '360402庐山区2016 → 360402濂溪区'],
    ['九江市星子县', '360427星子县2016 → 360483庐山市'],
    ['江西省上饶地区', '362300上饶地区2000 → 361100上饶市'],
    ['362330', '362330上饶地区2000 → 361100上饶市'],
    ['赣县', '360721赣县2016 → 360704赣县区'],
    ['南康市', '360782南康市2013 → 360703南康区'],
    ['广丰县', '361122广丰县2015 → 361103广丰区'],
    ['龙南县', '360727龙南县2020 → 360783龙南市'],
  ])('%s goes %s', (text, way) => expect(wayOf(text)).toBe(way));
  test.each([
    ['36', ['360000']],
    ['江西', ['360000']],
    ['3601', ['360100']],
    ['360111001', ['360111']],
    ['青山湖', ['360111']],
    ['南昌', ['360100', '360121']],
    ['吉安', ['360800', '360821']],
    ['吉安市', ['360800']],
    ['庐山', ['360483', '360402']],
    ['江西贵溪', ['360681']],
    ['朝阳区', ['110105', '220104']],
    ['北京市朝阳区', ['110105']],
    ['内蒙古', ['150000']],
    ['广西壮族自治区', ['450000']],
    ['黔东南', ['522600']],
    ['江苏省 昆山市', ['320583']],
    ['甘肃省张掖市肃南', ['620721']],
    ['369900', []],
    ['大江市', []],
    ['', []],
  ])('%s may be %j', (text, codes) => expect(codesOf(text)).toEqual(codes));
  test('a year tells two of one name apart', () => {
    expect(codesOf('庐山', 2010)).toEqual(['360402']);
    expect(codesOf('庐山', 2020)).toEqual(['360483']);
  });
  test('every present code and full name leads to itself', () => {
    for (const { code, label } of presentDivisions().values()) {
      expect(codesOf(code)[0]).toBe(code);
      expect(codesOf(label), label).toContain(code);
    }
  });
  test('names inside a text are read as far as they go', () => {
    expect(readDivisionsAt('江西省南昌市新建县长堎镇', 0)).toMatchObject({
      end: 9,
      hits: [{ present: '360112' }],
    });
    expect(readDivisionsAt('长堎镇', 0)).toEqual({ end: 0, hits: [] });
  });
  test('rubbish of a megabyte costs nothing and resolves to nothing', () => {
    expect(resolveDivision('江西省'.repeat(350_000))).toEqual([]);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        expect(resolveDivision(text).length).toBeLessThan(20);
      }),
    );
  });
});

test.runIf(sharedPresent)(`old codes and names lead where the list of changes says${sharedNote}`, () => {
  for (const { old_code: old = '', old_name: name = '', new_code: next = '' } of sharedRows(
    'reference/jiangxi_division_changes.csv',
  )) {
    const wanted = next.replace('xx', '00');
    expect(codesOf(name), name).toContain(wanted);
    expect(codesOf(old.replace('xx', '')), old).toContain(wanted);
  }
});

describe('industries', () => {
  test.each([
    ['C3911', ['3911']],
    ['计算机制造', ['391']],
    ['C', ['C']],
    ['4', ['40', '41', '42', '43', '44', '45', '46']],
    ['铜压延', ['3251']],
    ['稀土', ['3232', '0932', '323', '3254']],
    ['5111', []],
    ['x', []],
  ])('%s may be %j', (text, codes) => {
    const found = findIndustries(text).map(({ code }) => code);
    expect(found.filter((code) => codes.includes(code) || codes.length === 0)).toEqual(codes);
  });
  test('a match carries its way down from the section', () =>
    expect(findIndustries('3973')[0]).toMatchObject({
      exact: true,
      path: ['制造业', '计算机、通信和其他电子设备制造业', '电子器件制造', '集成电路制造'],
    }));
  test('sections', () => {
    expect(['0610', '39', '46', '4700', '99', 'C'].map(sectionOf)).toEqual(['B', 'C', 'D', 'E', null, null]);
  });
  test('core and extended members of key industries', () => {
    expect(keyEntryOf('3911')).toMatchObject({ industry: 'electronics', scope: 'core' });
    expect(keyEntryOf('3841')).toMatchObject({ industry: 'electronics', scope: 'extended' });
    expect(keyEntryOf('3811')).toMatchObject({ industry: 'equipment', scope: 'core' });
  });
  test('rubbish is nothing', () => {
    expect(findIndustries('行业'.repeat(500_000))).toEqual([]);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => findIndustries(text).length <= 20),
    );
  });
});
