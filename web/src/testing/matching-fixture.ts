import type {
  EnterpriseSearchResult,
  MatchExplanation,
  MatchFigures,
  MatchModel,
  MatchSide,
  MatchWaterfall,
  ReviewDetail,
  ReviewPair,
} from '@ronghe/contracts';
import { AT, idOf, SOURCE_ID } from './intake-fixture.ts';

/** What the platform would answer about the matching of two made-up copper works. */
export const OTHER_SOURCE_ID = idOf(51);
const bar = (
  comparison: string,
  [zh, en]: readonly [string, string],
  more: Partial<MatchWaterfall['bars'][number]>,
): MatchWaterfall['bars'][number] => ({
  ...{ comparison, title: { zh, en }, level: 1, label: { zh: '相同', en: 'Equal' } },
  ...{ left: '', right: '', m: 0.9, u: 0.01, weight: 0, frequency: 0, ...more },
});
export const WATERFALL: MatchWaterfall = {
  prior: -12.4,
  bars: [
    bar('name', ['名称', 'Name'], {
      ...{ level: 2, label: { zh: '字号和行业相同', en: 'Same brand and trade' }, m: 0.31, u: 0.0008 },
      ...{ left: '豫章铜业有限公司', right: '豫章铜业有限责任公司', weight: 8.6, frequency: 1.9 },
    }),
    bar('code', ['统一社会信用代码', 'Credit code'], {
      ...{ level: -1, label: { zh: '缺', en: 'Missing' }, m: null, u: null, left: '91360100MA35L2EX0W' },
    }),
    bar('person', ['法定代表人', 'Legal representative'], {
      ...{ level: 0, label: { zh: '不同', en: 'Differs' }, m: 0.12, u: 0.997 },
      ...{ left: '李建国', right: '王建国', weight: -3.1 },
    }),
    bar('phone', ['联系电话', 'Phone'], {
      ...{ left: '079186110001', right: '079186110001', m: 0.55, u: 0.0009, weight: 9.3, frequency: -2.2 },
    }),
  ],
  weight: 2.1,
  probability: 0.811,
};
const side = (key: string, source: string, sourceName: string, enterprise: number): MatchSide => ({
  ...{ source, entityKey: key, sourceName, rowKey: key, gone: false, enterprise: idOf(enterprise) },
  ...{ name: '豫章铜业有限公司', enterpriseName: '豫章铜业有限公司', values: [] },
});
const value = (attribute: MatchSide['values'][number]['attribute'], text: string, raw = text) => ({
  ...{ attribute, value: text, raw },
});
export const SIDE_A: MatchSide = {
  ...side('7781', SOURCE_ID, '规上企业名单', 7),
  values: [
    value('name', '豫章铜业有限公司', ' 豫章铜业有限公司（老厂）'),
    ...[value('code', '91360100MA35L2EX0W'), value('legalPerson', '李建国'), value('phone', '079186110001')],
    ...[value('address', '南昌市青山湖区罗家镇工业一路18号'), value('division', '360111')],
  ],
};
export const SIDE_B: MatchSide = {
  ...side('gd-20017', OTHER_SOURCE_ID, '供电用户', 8),
  ...{ name: '豫章铜业有限责任公司', enterpriseName: '豫章铜业有限责任公司' },
  values: [
    ...[value('name', '豫章铜业有限责任公司'), value('legalPerson', '王建国')],
    ...[value('phone', '079186110001', '0791-8611 0001'), value('address', '青山湖区罗家镇工业一路16号')],
    value('employees', '320'),
  ],
};
export const EXPLANATION: MatchExplanation = {
  ...{ a: SIDE_A, b: SIDE_B, waterfall: WATERFALL, match: 9, review: 0, verdict: 'review' },
  ...{ together: false, decision: null, model: 3 },
  keys: [
    { rule: { zh: '15 位税号', en: 'Tax number of 15 digits' }, state: 'untold', records: null },
    { rule: { zh: '字号和行业', en: 'Brand and trade' }, state: 'found', records: 4 },
    { rule: { zh: '电话后 8 位', en: 'Last 8 digits of the phone' }, state: 'common', records: 60 },
    { rule: { zh: '门牌', en: 'House number' }, state: 'differs', records: null },
  ],
  reasons: [
    {
      zh: '权重 2.1 在核对界限 0 与合并界限 9 之间',
      en: 'The weight 2.1 lies between asking (0) and merging (9)',
    },
    { zh: '法定代表人不同，减 3.1', en: 'The legal representatives differ: −3.1' },
  ],
};
const reviewSide = ({ source, entityKey, sourceName, name, enterprise, enterpriseName }: MatchSide) => ({
  ...{ source, entityKey, sourceName, name, enterprise, enterpriseName },
});
export const pair = (number: number, more: Partial<ReviewPair> = {}): ReviewPair => ({
  ...{ id: idOf(number), state: 'open', a: reviewSide(SIDE_A), b: reviewSide(SIDE_B), model: 3, at: AT },
  ...{ weight: 2.1, probability: 0.811, usefulness: 0.87, laterUntil: null },
  ...{ decision: null, decidedBy: null, decidedAt: null, ...more },
});
export const detail = (one: ReviewPair, next: string | null): ReviewDetail => ({
  pair: one,
  explanation: { ...EXPLANATION, a: { ...SIDE_A, ...one.a }, b: { ...SIDE_B, ...one.b } },
  next,
});

const level = (number: number, [zh, en]: readonly [string, string], m: number, u: number) => ({
  ...{ level: number, label: { zh, en }, m, u, weight: Math.log2(m / u) },
});
export const model = (version: number, more: Partial<MatchModel> = {}): MatchModel => ({
  ...{ version, active: version === 3, note: `第 ${version} 版`, madeBy: 'engineer', madeAt: AT },
  trainedOn: { records: 61_200, pairs: 184_300, links: 20_940, decisions: 212 },
  ...{ prior: -12.4, match: 9, review: 0 },
  comparisons: [
    {
      ...{ name: 'name', title: { zh: '名称', en: 'Name' } },
      levels: [
        level(3, ['全称相同', 'The whole name is equal'], 0.52, 0.00002),
        level(2, ['字号和行业相同', 'Same brand and trade'], 0.31, 0.0008),
        level(0, ['不同', 'Differs'], 0.06, 0.98),
      ],
    },
    {
      ...{ name: 'person', title: { zh: '法定代表人', en: 'Legal representative' } },
      levels: [level(1, ['相同', 'Equal'], 0.88, 0.003), level(0, ['不同', 'Differs'], 0.12, 0.997)],
    },
  ],
  rules: [{ title: { zh: '电话后 8 位', en: 'Last 8 digits of the phone' }, blockMax: 60 }],
  ...more,
});
export const MODELS = {
  items: [
    model(3, { note: '按 11 月的判断重新训练' }),
    model(2, { trainedOn: null }),
    model(0, { note: '', madeBy: '', madeAt: null, trainedOn: null }),
  ],
};
const wrong = (key: string, weight: number, decided: 'same' | 'different') => ({
  a: { source: SOURCE_ID, entityKey: key },
  ...{ b: { source: OTHER_SOURCE_ID, entityKey: `gd-${key}` }, weight, decided },
});
export const FIGURES: MatchFigures = {
  ...{ model: 3, records: 61_200, enterprises: 20_118, open: 342, answered: 212 },
  matchedBy: [
    { rule: 'code', title: { zh: '代码相同', en: 'Same code' }, records: 48_300 },
    { rule: 'weight', title: { zh: '权重达到合并界限', en: 'Weight reaches merging' }, records: 9_870 },
    { rule: 'person', title: { zh: '人工决定', en: 'Decided by people' }, records: 212 },
    { rule: 'alone', title: { zh: '单独一条', en: 'Alone' }, records: 2_818 },
  ],
  labelled: {
    ...{ pairs: 212, same: 131, different: 81, precision: 0.9962, recall: 0.9389, reviewRate: 0.217 },
    wrong: [wrong('7781', 12.5, 'different'), wrong('90:3', -2.4, 'same'), wrong('118', 3.2, 'same')],
  },
  rules: [
    {
      ...{ title: { zh: '电话后 8 位', en: 'Last 8 digits of the phone' }, keys: 40_122, records: 57_011 },
      ...{ pairs: 31_876, common: 14, pairsCommon: 2_911_034 },
    },
  ],
};
export const SEARCH_RESULT: EnterpriseSearchResult = {
  model: 3,
  items: [
    {
      ...{
        enterprise: idOf(7),
        name: '豫章铜业有限公司',
        code: '91360100MA35L2EX0W',
        divisionName: '青山湖区',
      },
      record: { source: SOURCE_ID, entityKey: '7781', sourceName: '规上企业名单', name: '豫章铜业有限公司' },
      ...{ verdict: 'same', weight: 14.2, probability: 0.99995 },
      waterfall: { ...WATERFALL, weight: 14.2, probability: 0.99995 },
    },
    {
      ...{ enterprise: idOf(8), name: '豫章铜业有限责任公司', code: null, divisionName: null },
      record: { source: OTHER_SOURCE_ID, entityKey: 'gd-20017', sourceName: '供电用户', name: '豫章铜业' },
      ...{ verdict: 'review', weight: 2.1, probability: 0.811, waterfall: WATERFALL },
    },
  ],
  keys: EXPLANATION.keys,
};
