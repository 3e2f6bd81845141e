import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { initialsOf, looseSoundOf, shapeOf, soundOf, toSimplified } from './characters.ts';
import { parseName } from './company-names.ts';
import { nameKeyOf } from './names.ts';
import { sharedNote, sharedPresent, sharedRows } from './shared-data.fixture.ts';

/** 行政区划|字号|行业|组织形式 */
const partsOf = (name: string) => {
  const { division, trade, industry, form } = parseName(name);
  return [division, trade, industry, form].map((part) => part ?? '').join('|');
};

describe('parts of a name', () => {
  test.each([
    ['江西豫章铜业有限责任公司', '江西|豫章|铜业|有限责任公司'],
    ['江西省南昌市豫章铜业股份有限公司', '江西省南昌市|豫章|铜业|股份有限公司'],
    ['豫章铜业（江西）股份有限公司', '江西|豫章|铜业|股份有限公司'],
    ['豫章铜业（赣）有限公司', '赣|豫章|铜业|有限公司'],
    ['晶科能源（上饶）有限公司', '上饶|晶科|能源|有限公司'],
    ['江西铜业股份有限公司', '江西||铜业|股份有限公司'],
    ['江西永新科技有限公司', '江西|永新|科技|有限公司'],
    ['永新汇华智能装备集团有限公司', '永新|汇华|智能装备|有限公司'],
    ['江西赣锋锂业集团股份有限公司', '江西|赣锋|锂业|股份有限公司'],
    ['赣州星宇（集团）有限公司', '赣州|星宇||有限公司'],
    ['中国宝安集团股份有限公司', '中国|宝安||股份有限公司'],
    ['上饶县华兴砖瓦厂', '上饶县|华兴|砖瓦|厂'],
    ['九江飞华源化工厂', '九江|飞华源|化工|厂'],
    ['南昌县小蓝华兴加工厂', '南昌县|小蓝华兴||加工厂'],
    ['婺源县清华农民专业合作社', '婺源县|清华||农民专业合作社'],
    ['赣州厚德投资合伙企业（有限合伙）', '赣州|厚德|投资|合伙企业'],
    ['江西華宇陶瓷有限責任公司', '江西|华宇|陶瓷|有限责任公司'],
    ['Ｊiangxi Copper Co.,Ltd', '|JIANGXI COPPER||CO.,LTD'],
    ['龙金船舶重工（江西集团有限公司', '江西|龙金|船舶重工|有限公司'],
    ['苏州金鸿顺汽车部件股份有限公司', '苏州|金鸿顺|汽车部件|股份有限公司'],
    ['江苏省昆山市华天电子有限公司', '江苏省昆山市|华天|电子|有限公司'],
    ['贵溪 赣博有色金属', '贵溪|赣博|有色金属|'],
    ['江铜集团', '|江铜||集团'],
    ['', '|||'],
    ['（）', '|||'],
    ['公司', '|公司||'],
  ])('%s is %s', (name, parts) => expect(partsOf(name)).toBe(parts));

  test.each([
    ['江西铜业股份有限公司贵溪第二分厂', '江西铜业股份有限公司', '贵溪第二分厂', 'plant', 2],
    ['江西铜业集团公司贵溪冶炼厂', '江西铜业集团公司', '贵溪冶炼厂', 'plant', null],
    ['中国石油化工股份有限公司江西九江分公司', '中国石油化工股份有限公司', '江西九江分公司', 'branch', null],
    ['南昌银行股份有限公司青山湖支行', '南昌银行股份有限公司', '青山湖支行', 'branch', null],
    ['南昌钢铁厂第一分厂', '南昌钢铁厂', '第一分厂', 'plant', 1],
    ['赣州华兴建材有限责任公司驻南昌办事处', '赣州华兴建材有限公司', '驻南昌办事处', 'office', null],
    ['江西宇宏食品有限公司（鄱阳分公司）', '江西宇宏食品有限公司', '鄱阳分公司', 'branch', null],
    ['豫章铜业（江西）有限公司第二分厂', '江西豫章铜业有限公司', '第二分厂', 'plant', 2],
    ['江西豫章铜业有限公司（原南昌冶炼厂）3号分厂', '江西豫章铜业有限公司', '3号分厂', 'plant', 3],
    ['江西宇宏食品有限公司', null, null, null, null],
  ])('%s belongs to %s', (name, parent, branch, branchKind, branchNumber) =>
    expect(parseName(name)).toMatchObject({ parent, branch, branchKind, branchNumber }),
  );

  test.each([
    ['江西豫章铜业有限公司（原南昌冶炼厂）', ['南昌冶炼厂'], []],
    ['江西豫章铜业有限公司(曾用名：南昌冶炼厂、洪都铜厂)', ['南昌冶炼厂', '洪都铜厂'], []],
    ['江西昌河航空工业有限公司曾用名：昌河飞机工业公司', ['昌河飞机工业公司'], []],
    ['江西豫章铜业有限公司（筹）', [], ['筹']],
    ['江西豫章铜业有限公司（规上）2#专变', [], ['规上', '2#专变']],
    ['江西豫章铜业有限公司宿舍', [], ['宿舍']],
  ])('%s was %j, with the remarks %j', (name, former, remarks) => {
    const parsed = parseName(name);
    expect(parsed.former).toEqual(former);
    expect([...parsed.remarks].sort()).toEqual([...remarks].sort());
  });

  test('what the industry says, and which divisions a short name may mean', () => {
    expect(parseName('江西赣锋锂电科技有限公司').industryCode).toBe('384');
    expect(parseName('南昌洪都航空工业集团有限公司').industryCode).toBe('374');
    expect(parseName('庐山隆瑞光伏科技有限公司').divisionCandidates).toEqual(['360483', '360402']);
    expect(parseName('上饶县华兴砖瓦厂').divisionCode).toBe('361104');
  });
  test('a part that cannot be told lowers the confidence', () => {
    const order = ['江西豫章铜业有限公司', '江西豫章有限公司', '豫章铜业', '豫章', '豫'];
    const confidences = order.map((name) => parseName(name).confidence);
    expect(confidences).toEqual([...confidences].sort((a, b) => b - a));
  });
});

describe('comparing', () => {
  test.each([
    ['江西豫章铜业有限责任公司', '江西省豫章铜业有限公司（原南昌冶炼厂）'],
    ['豫章銅業（江西）股份有限公司', '江西豫章铜业股份有限责任公司'],
    ['赣江电子（集团）有限公司', '赣江电子集团有限公司'],
    ['南昌市豫章铜业有限公司贵溪分公司', '南昌豫章铜业有限责任公司贵溪分公司'],
    ['ＡＢＣ精密机械有限公司', 'abc 精密机械有限公司'],
  ])('%s and %s have one normal form', (a, b) => expect(parseName(a).normal).toBe(parseName(b).normal));
  test.each([
    ['江西豫章铜业有限公司', '南昌豫章铜业有限公司'],
    ['豫章铜业有限公司', '豫章铜业股份有限公司'],
    ['豫章铜业有限公司', '豫章铜业有限公司贵溪分公司'],
    ['豫章铜业有限公司第一分厂', '豫章铜业有限公司第二分厂'],
  ])('%s and %s stay apart', (a, b) => expect(parseName(a).normal).not.toBe(parseName(b).normal));
  test('keys for sounds, initials and shapes', () => {
    expect(soundOf('鑫宏')).toBe(soundOf('新鸿'));
    expect(initialsOf('豫章铜业')).toBe('yzty');
    expect(looseSoundOf('宁生')).toBe(looseSoundOf('林森'));
    expect(shapeOf('未央')).toBe(shapeOf('末央'));
    expect(toSimplified('江西銅業葯廠')).toBe('江西铜业药厂');
    expect(parseName('南昌市鑫宏铜业有限公司').keys).toMatchObject({
      withoutDivision: '鑫宏铜业有限公司',
      core: '鑫宏铜业',
      sound: 'xin hong',
      initials: 'xh',
    });
  });
  test('matching sees through traditional characters', () =>
    expect(nameKeyOf('江西華宇陶瓷有限責任公司')).toEqual(nameKeyOf('江西华宇陶瓷有限公司')));

  const pieces = fc.constantFrom(
    ...'江西|南昌市|（|）|(|)|集团|控股|豫章|铜业|华兴|科技|有限公司|股份有限公司|厂|第二分厂|分公司|贵溪|办事处|原|曾用名：|筹|宿舍|2#专变| |Ａ|b|·|有限合伙|赣|中国|永新|庐山|銅業|化工'.split(
      '|',
    ),
  );
  const names = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.array(pieces, { maxLength: 12 }).map((list) => list.join('')),
  );
  test('remarks hung on one behind the other are all taken off', () => {
    const { normal, remarks } = parseName('江西豫章铜业有限公司2#专变厂区宿舍');
    expect(normal).toBe('江西豫章铜业有限公司');
    expect(remarks).toEqual(['宿舍', '厂区', '2#专变']);
  });
  test('any text parses, and its normal form parses to itself', () => {
    fc.assert(
      fc.property(names, (text) => {
        const { normal, confidence } = parseName(text);
        expect(confidence).toBeGreaterThanOrEqual(0);
        expect(confidence).toBeLessThanOrEqual(1);
        expect(parseName(parseName(normal).normal).normal).toBe(parseName(normal).normal);
      }),
      // A fixed seed: piling up pieces at random for long (1 in 100,000) stacks cities and provinces that no name stacks.
      { numRuns: 2_000, seed: 1_667_471_652 },
    );
  });
  test.each(['有限公司', '(', '江西', '集团厂', '铜业科技', '分公司', '曾用名：', '\u{20000}'])(
    'a megabyte of %s is cut',
    (piece) => {
      expect(parseName(piece.repeat(1_000_000 / piece.length)).name.length).toBeLessThanOrEqual(200);
    },
  );
});

test.runIf(sharedPresent)(`names of listed companies parse sensibly${sharedNote}`, () => {
  const rows = sharedRows('cn/listed_short_full_names.csv').filter(({ 公司中文名称: name = '' }) =>
    /\p{sc=Han}/u.test(name),
  );
  let sensible = 0;
  for (const { 证券简称: short = '', 公司中文名称: name = '' } of rows) {
    const { division, trade, industry, form } = parseName(name);
    const shown = short.normalize('NFKC').toUpperCase();
    const pairs = [...(trade ?? '')]
      .slice(1)
      .map((character, index) => `${[...(trade ?? '')][index]}${character}`);
    const named =
      trade !== null && trade.length <= 6 && pairs.some((pair) => shown.includes(pair.toUpperCase()));
    if (form !== null && (named || (trade === null && division !== null && industry !== null))) sensible += 1;
  }
  expect(rows.length).toBeGreaterThan(3_500);
  expect(sensible / rows.length).toBeGreaterThan(0.93);
});

test.runIf(sharedPresent)(`names of the synthetic set parse sensibly${sharedNote}`, () => {
  const rows = sharedRows('synth/jx_enterprises_synth_20k.csv');
  const normals = new Map<string, string>();
  let [sensible, same, compared] = [0, 0, 0];
  for (const { source, entity_id: id = '', name = '' } of rows) {
    const parsed = parseName(name);
    const length = parsed.trade?.length ?? 0;
    if (length >= 2 && length <= 4 && (parsed.industry !== null || parsed.form !== null)) sensible += 1;
    if (source === 'market') normals.set(id, parsed.normal);
  }
  for (const { source, entity_id: id = '', name = '' } of rows) {
    if (source !== 'tax' || !normals.has(id)) continue;
    compared += 1;
    if (parseName(name).normal === normals.get(id)) same += 1;
  }
  expect(sensible / rows.length).toBeGreaterThan(0.97);
  expect(same / compared).toBeGreaterThan(0.8);
});
