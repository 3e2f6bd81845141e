import type { Bilingual, LinkRule, LinkSettings } from '@ronghe/contracts';

const NAME_AS_BRANCH = { is: 'same', on: 'name.branch' } as const;

/**
 * How records of enterprises are compared and which keys bring them together: names by their parts, numbers by what a slip leaves of them, people,
 * phones, places. Weights come from a model that was trained with these settings, or from people where a level names one.
 */
export const ENTERPRISE_SETTINGS = {
  columns: [
    { name: 'name', kind: 'company' },
    { name: 'former', kind: 'company' },
    { name: 'code', kind: 'code' },
    { name: 'person', kind: 'person', from: ['legal_person'] },
    { name: 'phone', kind: 'phone' },
    { name: 'address', kind: 'address' },
    { name: 'county', kind: 'category', from: ['county_code'] },
  ],
  comparisons: [
    {
      name: 'name',
      levels: [
        { all: [{ is: 'equal', on: 'name' }], frequency: true },
        // nobody's training data has enough former names: said by a person, well below an equal present name
        { all: [{ is: 'crossed', on: 'name', to: 'former' }], weight: 14 },
        {
          all: [{ is: 'equal', on: 'name.core' }, NAME_AS_BRANCH, { is: 'equal', on: 'name.region' }],
        },
        { all: [{ is: 'equal', on: 'name.core' }, NAME_AS_BRANCH] },
        { all: [{ is: 'equal', on: 'name.sound' }, NAME_AS_BRANCH] },
        { all: [{ is: 'characters', on: 'name.core', least: 0.6 }, NAME_AS_BRANCH] },
        { all: [{ is: 'equal', on: 'name.brand' }, NAME_AS_BRANCH] },
        { all: [{ is: 'equal', on: 'name.core' }] },
        { all: [{ is: 'characters', on: 'name.core', least: 0.4 }] },
      ],
    },
    {
      name: 'code',
      levels: [
        { all: [{ is: 'equal', on: 'code' }] },
        { all: [{ is: 'equal', on: 'code.tax' }] },
        { all: [{ is: 'edits', on: 'code', most: 1 }] },
        // no further slips: numbers of one day and county follow each other, two characters are often another enterprise
        { all: [{ is: 'equal', on: 'code.org' }] },
      ],
    },
    {
      name: 'person',
      levels: [
        { all: [{ is: 'equal', on: 'person' }], frequency: true },
        { all: [{ is: 'equal', on: 'person.sound' }] },
      ],
    },
    {
      name: 'phone',
      levels: [
        { all: [{ is: 'equal', on: 'phone' }], frequency: true },
        { all: [{ is: 'equal', on: 'phone.tail' }] },
      ],
    },
    {
      name: 'address',
      levels: [
        {
          all: [
            { is: 'equal', on: 'address.road' },
            { is: 'equal', on: 'address.number' },
          ],
        },
        { all: [{ is: 'equal', on: 'address.road' }] },
        { all: [{ is: 'equal', on: 'address.number' }] },
      ],
    },
    {
      name: 'county',
      levels: [
        { all: [{ is: 'equal', on: 'county' }] },
        { all: [{ is: 'crossed', on: 'county', to: 'address.region' }] },
        { all: [{ is: 'equal', on: 'address.region' }] },
      ],
    },
  ],
  blocking: [
    { on: ['code.org'], blockMax: 60 },
    { on: ['code.tail'], blockMax: 30 },
    { on: ['name'], blockMax: 60 },
    { on: ['name.core', 'address.region'], blockMax: 40 },
    { on: ['name.sound', 'address.region'], blockMax: 40 },
    { on: ['name.head', 'address.region'], blockMax: 40 },
    { on: ['name.sound', 'county'], blockMax: 40 },
    { on: ['phone'], blockMax: 20 },
    { on: ['person', 'name.head'], blockMax: 30 },
    { on: ['address.road', 'address.number', 'address.region'], blockMax: 30 },
    { on: ['person', 'address.region'], blockMax: 12 },
  ],
} satisfies LinkSettings & { blocking: LinkRule[] };

const PARTS: Readonly<Record<string, Bilingual>> = {
  name: { zh: '名称', en: 'name' },
  'name.core': { zh: '名称主干', en: 'name without place and form' },
  'name.sound': { zh: '名称读音', en: 'sound of the name' },
  'name.head': { zh: '名称开头', en: 'beginning of the name' },
  'name.brand': { zh: '字号', en: 'trade name' },
  code: { zh: '代码', en: 'code' },
  'code.org': { zh: '组织机构代码', en: 'organisation code' },
  'code.tail': { zh: '代码后半段', en: 'second half of the code' },
  person: { zh: '法定代表人', en: 'legal representative' },
  phone: { zh: '电话', en: 'phone' },
  county: { zh: '区县', en: 'county' },
  'address.road': { zh: '道路', en: 'road' },
  'address.number': { zh: '门牌号', en: 'house number' },
  'address.region': { zh: '区划', en: 'division' },
};

/** What people call a rule that brings records together. */
export function ruleTitle({ on }: Pick<LinkRule, 'on'>): Bilingual {
  const parts = on.map((feature) => PARTS[feature] ?? { zh: feature, en: feature });
  return { zh: parts.map(({ zh }) => zh).join(' + '), en: parts.map(({ en }) => en).join(' + ') };
}

/** What people call a comparison, and its levels from best to worst; the last one is reached by none of the others. */
export const COMPARISON_TITLES: Readonly<Record<string, { title: Bilingual; levels: readonly Bilingual[] }>> =
  {
    name: {
      title: { zh: '名称', en: 'Name' },
      levels: [
        { zh: '名称相同', en: 'same name' },
        { zh: '名称是对方的曾用名', en: 'one’s name is the other’s former name' },
        { zh: '主干和区划相同', en: 'same name without form, same place in it' },
        { zh: '主干相同', en: 'same name without place and form' },
        { zh: '读音相同', en: 'sounds the same' },
        { zh: '大部分字相同', en: 'most characters in common' },
        { zh: '字号相同', en: 'same trade name' },
        {
          zh: '主干相同，分支机构、序号或集团不同',
          en: 'same name, another branch or number, or a group and a company',
        },
        { zh: '部分字相同', en: 'some characters in common' },
        { zh: '不同', en: 'differs' },
      ],
    },
    code: {
      title: { zh: '代码', en: 'Code' },
      levels: [
        { zh: '代码相同', en: 'same code' },
        { zh: '纳税人识别号相同', en: 'same taxpayer number' },
        { zh: '差一个字符', en: 'one character differs' },
        { zh: '组织机构代码相同', en: 'same organisation code' },
        { zh: '不同', en: 'differs' },
      ],
    },
    person: {
      title: { zh: '法定代表人', en: 'Legal representative' },
      levels: [
        { zh: '相同', en: 'same' },
        { zh: '读音相同', en: 'sounds the same' },
        { zh: '不同', en: 'differs' },
      ],
    },
    phone: {
      title: { zh: '电话', en: 'Phone' },
      levels: [
        { zh: '相同', en: 'same' },
        { zh: '后七位相同', en: 'last seven digits the same' },
        { zh: '不同', en: 'differs' },
      ],
    },
    address: {
      title: { zh: '地址', en: 'Address' },
      levels: [
        { zh: '道路和门牌相同', en: 'same road and number' },
        { zh: '道路相同', en: 'same road' },
        { zh: '门牌相同', en: 'same number' },
        { zh: '不同', en: 'differs' },
      ],
    },
    county: {
      title: { zh: '所在区县', en: 'County' },
      levels: [
        { zh: '相同', en: 'same' },
        { zh: '与对方地址中的区划相同', en: 'same as in the other’s address' },
        { zh: '地址中的区划相同', en: 'same in both addresses' },
        { zh: '不同', en: 'differs' },
      ],
    },
  };
