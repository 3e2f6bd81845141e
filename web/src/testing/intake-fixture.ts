import type {
  ColumnProfile,
  ColumnSuggestion,
  ConnectorTemplate,
  FieldMapping,
  FuseDictionaries,
  MappedRow,
  MappingPreview,
  MappingSuggestion,
  MappingVersion,
  Me,
  Run,
  RunRow,
  Source,
  SourceLook,
  TableProfile,
} from '@ronghe/contracts';
import { ENTERPRISE_ATTRIBUTES, INDICATORS, PERMISSION_NAMES, TRANSFORMS } from '@ronghe/contracts';

/** What the platform would answer about one small intake; enterprises and people are made up. */
export const AT = '2026-11-29T18:00:00.000Z';
export const idOf = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
export const SOURCE_ID = idOf(1);
export const RUN_ID = idOf(2);
export const JOB_ID = idOf(3);
export const UPLOAD_ID = idOf(4);

export const me = (without: readonly string[] = []): Me => ({
  kind: 'user',
  id: idOf(9),
  name: 'engineer',
  title: '李工',
  organisation: 'jx.nanchang',
  organisationName: '南昌市工业和信息化局',
  organisationKind: 'city',
  roles: ['data-engineer'],
  permissions: PERMISSION_NAMES.filter((name) => !without.includes(name)),
  locale: 'zh-CN',
});

const terms = (names: Record<string, { zh: string; en: string }>) =>
  Object.entries(names).map(([key, { zh, en }]) => ({ key, name: { zh, en } }));
export const DICTIONARIES: FuseDictionaries = {
  cities: [],
  divisions: [],
  industries: [],
  keyIndustries: [],
  sizes: [],
  attributes: terms(ENTERPRISE_ATTRIBUTES),
  parts: [],
  transforms: terms(TRANSFORMS),
  survivorshipRules: [],
  matchingRules: [],
  findingRules: [{ key: 'code-check-digit', name: { zh: '信用代码校验码', en: 'Check digit of the code' } }],
  indicators: Object.entries(INDICATORS).map(([code, { zh, en, unit, cumulative }]) => ({
    code,
    name: { zh, en },
    unit,
    cumulative,
  })),
};

export const column = (name: string, more: Partial<ColumnProfile> = {}): ColumnProfile => ({
  name,
  kind: 'text',
  kindShare: 1,
  unit: null,
  rows: 1_200,
  filled: 1_200,
  distinct: 800,
  distinctExact: true,
  unique: false,
  shortest: 2,
  longest: 20,
  least: null,
  most: null,
  mean: null,
  deviation: null,
  quartiles: [],
  patterns: [{ pattern: '中', count: 1_200 }],
  common: [],
  samples: ['甲', '乙', '丙'],
  sensitive: false,
  problems: [],
  ...more,
});

export const COLUMNS: ColumnProfile[] = [
  column('企业名称', {
    kind: 'name',
    samples: ['豫章铜业有限公司', '赣江电子股份有限公司'],
    distinct: 1_196,
  }),
  column('统一社会信用代码', {
    kind: 'code',
    unique: true,
    distinct: 1_200,
    samples: ['91360100MA35L2EX0W', '91360100158263740G'],
    patterns: [{ pattern: '9A9', count: 1_190 }],
  }),
  column('所属区县', {
    kind: 'division',
    distinct: 9,
    samples: ['青山湖区', '南昌县'],
    common: [
      { value: '南昌县', count: 420 },
      { value: '青山湖区', count: 260 },
      { value: '新建区', count: 90 },
    ],
  }),
  column('主营业务收入（千元）', {
    kind: 'money',
    kindShare: 0.97,
    unit: '千元',
    filled: 1_104,
    least: '0',
    most: '9820000',
    mean: 182_340.5,
    deviation: 99_120.2,
    quartiles: [20_000, 81_000, 240_000],
    samples: ['182340', '9000'],
    problems: [
      { text: { zh: '数字带文字', en: 'Numbers with text' }, count: 33, example: '约9000', place: 118 },
    ],
  }),
  column('联系人', { kind: 'person', sensitive: true, samples: ['李*', '王**'], filled: 380 }),
  column('规模', {
    kind: 'list',
    distinct: 4,
    samples: ['1', '2', '3'],
    common: [
      { value: '3', count: 800 },
      { value: '2', count: 300 },
      { value: '1', count: 100 },
    ],
  }),
  column('备注', { filled: 12, samples: ['停产检修'] }),
];
export const PROFILE: TableProfile = {
  rows: 1_200,
  columns: COLUMNS,
  keys: [['统一社会信用代码'], ['企业名称', '所属区县']],
  problems: [
    {
      rule: 'cells-too-many',
      file: '企业.xlsx',
      place: 57,
      column: null,
      text: '赣江电子,91360100,,,,,多余',
    },
    {
      rule: 'formula-without-result',
      file: '企业.xlsx',
      place: 88,
      column: '主营业务收入（千元）',
      text: '=B2*10',
    },
  ],
  problemCount: 2,
};

export const suggest = (
  column: string,
  to: string | null,
  more: Partial<ColumnSuggestion> = {},
): ColumnSuggestion => ({
  column,
  kind: 'text',
  to,
  transform: 'text',
  unit: null,
  confidence: 0.95,
  reasons: [{ zh: '列名与标准项目一致', en: 'The name of the column is that of the attribute' }],
  others: [],
  ...more,
});
export const SUGGESTION: MappingSuggestion = {
  columns: [
    suggest('企业名称', 'name', { transform: 'name', confidence: 0.99 }),
    suggest('统一社会信用代码', 'code', { transform: 'code', confidence: 0.99 }),
    suggest('所属区县', 'division', { transform: 'division', confidence: 0.92 }),
    suggest('主营业务收入（千元）', 'revenue', {
      transform: 'thousand-to-wan',
      confidence: 0.86,
      reasons: [{ zh: '列名含“收入”，单位为千元', en: 'The name holds “revenue” in thousands' }],
      others: [{ to: 'indicator:REVENUE', confidence: 0.61 }],
    }),
    suggest('联系人', 'legalPerson', { confidence: 0.41 }),
    suggest('规模', 'size', { confidence: 0.74 }),
    suggest('备注', null, { confidence: 0, reasons: [] }),
  ],
  rowKey: ['统一社会信用代码'],
  periodField: null,
  template: null,
  target: 'enterprise',
};

export const ROWS: Record<string, unknown>[] = [
  {
    企业名称: '豫章铜业有限公司',
    统一社会信用代码: '91360100MA35L2EX0W',
    所属区县: '青山湖区',
    '主营业务收入（千元）': '182340',
    联系人: '李*',
    规模: '1',
    备注: '',
  },
  {
    企业名称: '赣江电子股份有限公司',
    统一社会信用代码: '91360100158263740G',
    所属区县: '南昌县',
    '主营业务收入（千元）': '约9000',
    联系人: '',
    规模: '2',
    备注: '停产检修',
  },
];
export const LOOK: SourceLook = {
  columns: COLUMNS.map(({ name }) => name),
  rows: ROWS,
  options: { format: 'xlsx', sheet: '企业', headerRow: 2 },
  sheets: ['企业', '填报说明'],
  profile: PROFILE,
  suggestion: SUGGESTION,
};

const mapping = (from: string, to: string, transform = 'text'): FieldMapping => ({
  from,
  to,
  transform,
  unit: null,
  values: {},
});
export const MAPPINGS: FieldMapping[] = [
  mapping('企业名称', 'name', 'name'),
  mapping('统一社会信用代码', 'code', 'code'),
  mapping('所属区县', 'division', 'division'),
  mapping('主营业务收入（千元）', 'revenue', 'thousand-to-wan'),
];
export const MAPPED: MappedRow[] = [
  {
    rowKey: '91360100MA35L2EX0W',
    period: null,
    row: ROWS[0] ?? {},
    values: [
      { to: 'name', value: '豫章铜业有限公司', raw: '豫章铜业有限公司', field: '企业名称', valid: true },
      {
        to: 'code',
        value: '91360100MA35L2EX0W',
        raw: '91360100MA35L2EX0W',
        field: '统一社会信用代码',
        valid: true,
      },
      { to: 'division', value: '360111', raw: '青山湖区', field: '所属区县', valid: true },
      { to: 'revenue', value: '18234', raw: '182340', field: '主营业务收入（千元）', valid: true },
    ],
    findings: [],
    rejected: false,
  },
  {
    rowKey: '91360100158263740G',
    period: null,
    row: ROWS[1] ?? {},
    values: [
      {
        to: 'name',
        value: '赣江电子股份有限公司',
        raw: '赣江电子股份有限公司',
        field: '企业名称',
        valid: true,
      },
      {
        to: 'code',
        value: '91360100158263740G',
        raw: '91360100158263740G',
        field: '统一社会信用代码',
        valid: false,
      },
    ],
    findings: [
      {
        rule: 'number-unreadable',
        field: '主营业务收入（千元）',
        value: '约9000',
        severity: 'warn',
        message: { zh: '不是数值', en: 'Not a number' },
      },
      {
        rule: 'code-check-digit',
        field: '统一社会信用代码',
        value: '91360100158263740G',
        severity: 'block',
        message: { zh: '校验码不符', en: 'Wrong check digit' },
      },
    ],
    rejected: true,
  },
];
export const PREVIEW: MappingPreview = { rows: MAPPED, tests: [], faults: [] };

export const run = (more: Partial<Run> = {}): Run => ({
  id: RUN_ID,
  source: SOURCE_ID,
  sourceName: '规上企业名单',
  state: 'succeeded',
  stage: 'done',
  mode: 'full',
  mapping: 3,
  startedAt: AT,
  finishedAt: '2026-11-29T18:00:41.000Z',
  requestedBy: 'engineer',
  rowsIn: 1_200,
  rowsLanded: 1_180,
  rowsRejected: 20,
  rowsNew: 40,
  rowsChanged: 110,
  rowsUnchanged: 1_030,
  rowsGone: 5,
  enterprisesCreated: 38,
  enterprisesChanged: 96,
  valuesChanged: 204,
  bytes: 482_113,
  problems: 2,
  drift: [],
  heldFor: [],
  decision: null,
  error: null,
  job: JOB_ID,
  from: 'source',
  withdraws: null,
  rowsUntold: 0,
  removedAt: null,
  ...more,
});
export const HELD: Run = run({
  state: 'held',
  stage: 'audit',
  drift: [
    { kind: 'column-renamed', column: '所属区县', before: '所属区县', after: '区县', breaks: true },
    { kind: 'fill-dropped', column: '联系人', before: '92%', after: '31%', breaks: false },
  ],
  heldFor: [{ zh: '行数只有上次的 48%', en: 'Only 48% of the rows of the run before' }],
});

export const source = (more: Partial<Source> = {}): Source => ({
  id: SOURCE_ID,
  rowsOlder: 0,
  key: 'nanchang-list',
  name: '规上企业名单',
  owner: '南昌市工信局 · 李工',
  organisation: 'jx.nanchang',
  kind: 'upload',
  address: '企业.xlsx',
  connection: { kind: 'upload', upload: UPLOAD_ID, options: { sheet: '企业', headerRow: 2 } },
  target: 'enterprise',
  mode: 'full',
  watermarkField: null,
  priority: 50,
  runDays: null,
  runsKept: null,
  duplicateFree: false,
  schedule: null,
  nextRunAt: null,
  mapping: 3,
  rowKey: ['统一社会信用代码'],
  periodField: null,
  mappings: MAPPINGS,
  records: 1_180,
  lastRun: run(),
  createdAt: AT,
  ...more,
});

export const version = (number: number, more: Partial<MappingVersion> = {}): MappingVersion => ({
  version: number,
  note: `第 ${number} 版`,
  restores: null,
  madeBy: 'engineer',
  madeAt: AT,
  rowKey: ['统一社会信用代码'],
  periodField: null,
  mappings: MAPPINGS,
  tests: [],
  ...more,
});
export const VERSIONS: MappingVersion[] = [
  version(3),
  version(2, { mappings: MAPPINGS.slice(0, 3), note: '去掉收入' }),
  version(1, { mappings: MAPPINGS.slice(0, 2) }),
];

export const ROWS_OF_RUN: RunRow[] = [
  {
    rowKey: '91360100MA35L2EX0W',
    change: 'changed',
    file: '企业.xlsx',
    place: 3,
    row: ROWS[0] ?? {},
    before: { ...ROWS[0], '主营业务收入（千元）': '171200', 规模: '2' },
    findings: [],
  },
  {
    rowKey: '91360100158263740G',
    change: 'rejected',
    file: '企业.xlsx',
    place: 4,
    row: ROWS[1] ?? {},
    before: null,
    findings: MAPPED[1]?.findings ?? [],
  },
];

export const TEMPLATE: ConnectorTemplate = {
  key: 'monthly-output',
  name: { zh: '规上工业企业月报', en: 'Monthly report of industry' },
  summary: { zh: '每月产值、收入、用电，一企一行。', en: 'Output, revenue and electricity, a row for each.' },
  giver: { zh: '统计局', en: 'Bureau of statistics' },
  connection: { kind: 'upload', upload: '', options: {} },
  mode: 'full',
  schedule: null,
  target: 'enterprise',
  priority: 60,
  rowKey: ['统一社会信用代码'],
  periodField: null,
  mappings: MAPPINGS,
  tests: [],
  columns: [],
  rules: [],
  guide: { zh: '下载填报表，填好后上传。', en: 'Download the workbook, fill it in, upload it.' },
};
