import type { NewQualityRule, QualityDimension, RuleCheck, RuleSeverity } from '@ronghe/contracts';

type Shipped = Omit<NewQualityRule, 'source'>;
type Texts = { name: [string, string]; remedy: [string, string] };
type Weighing = {
  dimension: QualityDimension;
  severity?: RuleSeverity;
  tolerance?: number;
  weight?: number;
  active?: boolean;
};

const rule = (key: string, check: RuleCheck, texts: Texts, weighing: Weighing): Shipped => ({
  key,
  name: { zh: texts.name[0], en: texts.name[1] },
  remedy: { zh: texts.remedy[0], en: texts.remedy[1] },
  dimension: weighing.dimension,
  severity: weighing.severity ?? 'warn',
  tolerance: weighing.tolerance ?? 0,
  weight: weighing.weight ?? 1,
  check,
  active: weighing.active ?? true,
});

const finding = (key: string, texts: Texts, weighing: Weighing) =>
  rule(key, { kind: 'finding', rule: key }, texts, weighing);

const CUMULATIVE: readonly (readonly [string, string, string, string])[] = [
  ['revenue', 'REVENUE', '营业收入', 'Operating revenue'],
  ['cost', 'COST', '营业成本', 'Operating cost'],
  ['gross-output', 'GROSS_OUTPUT', '工业总产值', 'Gross industrial output'],
  ['sales-output', 'SALES_OUTPUT', '工业销售产值', 'Industrial sales output'],
  ['export-delivery', 'EXPORT_DELIVERY', '出口交货值', 'Export delivery value'],
  ['rd-expense', 'RD_EXPENSE', '研发费用', 'R&D expense'],
];
/** Amounts whose unit is mistaken most often. Profit passes through zero and is left out. */
const UNITS: typeof CUMULATIVE = [
  ...CUMULATIVE.slice(0, 4),
  ['electricity', 'ELECTRICITY', '工业用电量', 'Industrial electricity'],
  ['assets', 'ASSETS', '资产总计', 'Total assets'],
];

/**
 * Rules that come with the platform and hold for every source whose mapping has their fields. Dimensions after
 * GB/T 36344-2018; rules of statistics after the explanations of the National Bureau of Statistics (cumulative figures,
 * January and February as one period, electricity with a January of its own).
 */
export const SHIPPED_RULES: readonly Shipped[] = [
  // completeness
  rule(
    'name-required',
    { kind: 'required', fields: ['name'] },
    {
      name: ['企业名称必填', 'Name is filled'],
      remedy: ['补全企业登记名称', 'Fill in the registered name'],
    },
    { dimension: 'completeness', tolerance: 0.01, weight: 5 },
  ),
  rule(
    'code-required',
    { kind: 'required', fields: ['code'] },
    {
      name: ['统一社会信用代码必填', 'Unified social credit code is filled'],
      remedy: ['按营业执照补全 18 位代码', 'Fill in the 18 characters from the business licence'],
    },
    { dimension: 'completeness', tolerance: 0.05, weight: 5 },
  ),
  rule(
    'division-required',
    { kind: 'required', fields: ['division'] },
    {
      name: ['行政区划必填', 'Division is filled'],
      remedy: ['补全所在县（市、区）的区划代码', 'Fill in the code of the county'],
    },
    { dimension: 'completeness', tolerance: 0.05, weight: 2 },
  ),
  rule(
    'industry-required',
    { kind: 'required', fields: ['industry'] },
    {
      name: ['行业代码必填', 'Industry is filled'],
      remedy: ['按 GB/T 4754 补全行业代码', 'Fill in the code of GB/T 4754'],
    },
    { dimension: 'completeness', tolerance: 0.1, weight: 2 },
  ),
  rule(
    'months-missing',
    { kind: 'months-missing' },
    {
      name: ['报告期连续', 'No month is missing'],
      remedy: ['补报缺少的月份（1 月除外）', 'Report the months that are missing (January is none)'],
    },
    { dimension: 'completeness', tolerance: 0.02, weight: 2 },
  ),
  rule(
    'rows-dropped',
    { kind: 'rows', share: 0.5 },
    {
      name: ['行数没有骤降', 'Rows did not drop'],
      remedy: ['核对本次是否只导出了部分数据', 'See whether only a part was exported'],
    },
    { dimension: 'completeness', severity: 'hold', weight: 3 },
  ),
  rule(
    'rejected-share',
    { kind: 'rejected', share: 0.2 },
    {
      name: ['被拒收的行不多', 'Few rows are rejected'],
      remedy: ['查看被拒收的行及原因，修正后重新报送', 'Look at the rejected rows, correct and send again'],
    },
    { dimension: 'completeness', severity: 'hold', weight: 3 },
  ),
  // normativity
  rule(
    'text-whole',
    { kind: 'problem', rule: 'text-broken' },
    {
      name: ['文字没有损坏', 'No text is broken'],
      remedy: [
        '这些单元格的字节既不是 UTF-8 也不是 GB 18030，无法还原：请从原系统重新导出',
        'Bytes of these cells are neither UTF-8 nor GB 18030 and cannot be restored: export them anew',
      ],
    },
    { dimension: 'normativity', severity: 'hold', weight: 3 },
  ),
  finding(
    'code-format',
    {
      name: ['代码格式符合 GB 32100', 'The code has the form of GB 32100'],
      remedy: ['应为 18 位，不含 I、O、Z、S、V', 'It must have 18 characters without I, O, Z, S, V'],
    },
    { dimension: 'normativity', tolerance: 0.01, weight: 3 },
  ),
  finding(
    'number-invalid',
    {
      name: ['数值列中只有数值', 'Numbers are numbers'],
      remedy: ['去掉数值列中的文字与单位', 'Take words and units out of columns of numbers'],
    },
    { dimension: 'normativity', tolerance: 0.01, weight: 2 },
  ),
  rule(
    'unit-missing',
    { kind: 'unit-missing' },
    {
      name: ['同列数值都写明单位', 'Numbers of a column all carry a unit'],
      remedy: [
        '同列其他单元格写有单位（见“应为”），这些只有数字：补上单位，或在表头写明全列单位',
        'Other cells of the column carry a unit (see what is expected), these do not: add it, or name one in the header',
      ],
    },
    { dimension: 'normativity', weight: 2 },
  ),
  finding(
    'date-invalid',
    {
      name: ['日期格式正确', 'Dates are dates'],
      remedy: ['日期应为年月日，如 2010-03-05', 'A date is a day such as 2010-03-05'],
    },
    { dimension: 'normativity', tolerance: 0.02 },
  ),
  finding(
    'phone-invalid',
    {
      name: ['电话号码有效', 'Phones are phones'],
      remedy: ['应为手机号、带区号的固话或 400 号码', 'A mobile, a land line with area code or a 400 number'],
    },
    { dimension: 'normativity', severity: 'log', tolerance: 0.05 },
  ),
  // accuracy
  finding(
    'code-check-digit',
    {
      name: ['代码校验位正确', 'The code’s check characters are right'],
      remedy: [
        '对照营业执照核对代码，常见为抄写错误',
        'Compare with the business licence: usually a slip of the pen',
      ],
    },
    { dimension: 'accuracy', tolerance: 0.01, weight: 5 },
  ),
  finding(
    'division-unknown',
    {
      name: ['区划代码存在', 'The division exists'],
      remedy: ['使用江西省现行县级以上行政区划代码', 'Use a present division code of Jiangxi'],
    },
    { dimension: 'accuracy', tolerance: 0.01, weight: 2 },
  ),
  finding(
    'industry-unknown',
    {
      name: ['行业代码存在且属工业', 'The industry is one of B, C, D'],
      remedy: [
        '使用 GB/T 4754-2017 中 B、C、D 门类的代码',
        'Use a code of sections B, C or D of GB/T 4754-2017',
      ],
    },
    { dimension: 'accuracy', tolerance: 0.02, weight: 2 },
  ),
  finding(
    'number-negative',
    {
      name: ['不应为负的数值不为负', 'What cannot be negative is not'],
      remedy: ['核对符号与列的对应', 'Check the sign, and that columns are not mixed up'],
    },
    { dimension: 'accuracy', tolerance: 0.01 },
  ),
  rule(
    'employees-range',
    { kind: 'range', field: 'employees', least: 0, most: 300_000 },
    {
      name: ['从业人数在合理范围', 'Employees are in a likely range'],
      remedy: ['应为人数，不是金额或其他', 'It must be persons, not an amount of something else'],
    },
    { dimension: 'accuracy', tolerance: 0.001 },
  ),
  rule(
    'employees-average-range',
    { kind: 'range', field: 'indicator:EMPLOYEES_AVG', least: 0, most: 300_000 },
    {
      name: ['平均用工人数在合理范围', 'Average employees are in a likely range'],
      remedy: ['应为人数，不是金额或其他', 'It must be persons, not an amount of something else'],
    },
    { dimension: 'accuracy', tolerance: 0.001 },
  ),
  rule(
    'capacity-utilisation-range',
    { kind: 'range', field: 'indicator:CAPACITY_UTIL', least: 0, most: 150 },
    {
      name: ['产能利用率为 0 至 150%', 'Capacity utilisation is 0 to 150 %'],
      remedy: ['以百分数填报，如 75 表示 75%', 'Report per cent: 75 means 75 %'],
    },
    { dimension: 'accuracy', tolerance: 0.005, weight: 2 },
  ),
  ...UNITS.map(([key, code, zh, en]) =>
    rule(
      `${key}-unit`,
      { kind: 'jump', field: `indicator:${code}`, factors: [10, 1_000, 10_000] },
      {
        name: [`${zh}没有单位错误`, `${en} is in its unit`],
        remedy: [
          '约为平常的 10 倍、千倍或万倍（或其倒数），核对元、千元、万元',
          'About ten, a thousand or ten thousand times the usual, or that part of it: check the unit',
        ],
      },
      { dimension: 'accuracy', tolerance: 0.002, weight: 3 },
    ),
  ),
  rule(
    'revenue-outlier',
    { kind: 'outlier', field: 'indicator:REVENUE', deviations: 12 },
    {
      name: ['营业收入没有异常值', 'Operating revenue has no outlier'],
      remedy: [
        '与该企业其他月份相差很大，请核实',
        'Far from the other months of the enterprise: please verify',
      ],
    },
    { dimension: 'accuracy', severity: 'log', tolerance: 0.02 },
  ),
  rule(
    'electricity-outlier',
    { kind: 'outlier', field: 'indicator:ELECTRICITY', deviations: 12 },
    {
      name: ['工业用电量没有异常值', 'Industrial electricity has no outlier'],
      remedy: [
        '与该企业其他月份相差很大，请核实',
        'Far from the other months of the enterprise: please verify',
      ],
    },
    { dimension: 'accuracy', severity: 'log', tolerance: 0.02 },
  ),
  rule(
    'code-unique',
    { kind: 'unique', fields: ['code'] },
    {
      name: ['同一报告期代码不重复', 'A code comes once in a period'],
      remedy: ['合并重复的行，或核对代码是否填错', 'Join the rows, or see whether a code is wrong'],
    },
    { dimension: 'accuracy', severity: 'log', tolerance: 0.05 },
  ),
  // consistency
  rule(
    'code-division-city',
    { kind: 'code-division', code: 'code', division: 'division' },
    {
      name: ['代码与区划属同一设区市', 'Code and division are of one city'],
      remedy: [
        '核对区划；企业迁址或异地注册时可不改',
        'Check the division; right as it is when the enterprise moved or is registered elsewhere',
      ],
    },
    { dimension: 'consistency', tolerance: 0.1 },
  ),
  rule(
    'size-recomputed',
    { kind: 'size', size: 'size', employees: 'employees', revenue: 'revenue' },
    {
      name: ['企业规模与人数、收入相符', 'The size class fits persons and revenue'],
      remedy: [
        '按《统计上大中小微型企业划分办法（2017）》重新划型',
        'Classify again by the statistical method of 2017',
      ],
    },
    { dimension: 'consistency', tolerance: 0.02 },
  ),
  rule(
    'profit-within-revenue',
    {
      kind: 'compare',
      left: 'indicator:PROFIT',
      operator: '<=',
      right: 'indicator:REVENUE',
      factor: 1,
      tolerance: 0,
    },
    {
      name: ['利润总额不大于营业收入', 'Profit is within revenue'],
      remedy: [
        '核对两项的单位；有大额投资收益时属正常',
        'Check the units of both; a large return on investments may be the reason',
      ],
    },
    { dimension: 'consistency', tolerance: 0.01, weight: 2 },
  ),
  rule(
    'assets-cover-liabilities',
    {
      kind: 'compare',
      left: 'indicator:ASSETS',
      operator: '>=',
      right: 'indicator:LIABILITIES',
      factor: 1,
      tolerance: 0,
    },
    {
      name: ['资产总计不小于负债合计', 'Assets cover liabilities'],
      remedy: ['核对两项；资不抵债的企业属正常', 'Check both; an insolvent enterprise breaks it rightly'],
    },
    { dimension: 'consistency', tolerance: 0.1 },
  ),
  ...CUMULATIVE.map(([key, code, zh, en]) =>
    rule(
      `${key}-cumulative`,
      { kind: 'cumulative', field: `indicator:${code}` },
      {
        name: [`${zh}累计数年内不下降`, `${en} does not fall within a year`],
        remedy: [
          '应填 1 月至本月累计数；如系修订请说明',
          'Report the sum since January; tell when it is a revision',
        ],
      },
      { dimension: 'consistency', tolerance: 0.01, weight: 2 },
    ),
  ),
  rule(
    'electricity-output-diverging',
    { kind: 'diverging', field: 'indicator:ELECTRICITY', other: 'indicator:GROSS_OUTPUT', factor: 4 },
    {
      name: ['用电量与总产值同步变化', 'Electricity and output move together'],
      remedy: [
        '当月用电与产值环比相差 4 倍以上，核实停产、检修或漏报',
        'Their growth over the month before differs more than fourfold: verify standstill, repair or omission',
      ],
    },
    { dimension: 'consistency', severity: 'log', tolerance: 0.05 },
  ),
  // timeliness
  finding(
    'code-outdated',
    {
      name: ['使用现行 18 位代码', 'Codes are of today’s kind'],
      remedy: ['换用统一社会信用代码', 'Use the unified social credit code'],
    },
    { dimension: 'timeliness', severity: 'log', tolerance: 0.05 },
  ),
  finding(
    'division-outdated',
    {
      name: ['使用现行区划代码', 'Divisions are of today'],
      remedy: ['换用现行行政区划代码', 'Use the present code'],
    },
    { dimension: 'timeliness', severity: 'log', tolerance: 0.05 },
  ),
  rule(
    'late',
    { kind: 'late', days: 45 },
    {
      name: ['按月及时报送', 'The newest month came in time'],
      remedy: [
        '最新报告期结束已逾 45 天，请尽快报送',
        'The newest month ended over 45 days ago: please report',
      ],
    },
    { dimension: 'timeliness', weight: 2 },
  ),
  // accessibility
  rule(
    'reachable',
    { kind: 'reachable', runs: 20, share: 0.9 },
    {
      name: ['数据源可以读取', 'The source can be read'],
      remedy: ['检查接口、网络与凭据', 'Check the interface, the network and the credentials'],
    },
    { dimension: 'accessibility' },
  ),
];
