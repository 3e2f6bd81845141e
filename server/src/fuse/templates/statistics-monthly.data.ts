import type { ConnectorTemplate } from '@ronghe/contracts';
import { ASK_EN, ASK_ZH, bilingual, column, exampleTest, field, SIZE_VALUES } from './template.ts';

const money = (name: string, texts: readonly [string, string], example: string, required = false) =>
  column(`${name}(千元)`, texts, { kind: 'money', unit: '千元', example, required });

const columns = [
  column('统一社会信用代码', ['统一社会信用代码', 'Unified social credit code'], {
    kind: 'code',
    required: true,
    example: '91360681MAX0000151',
  }),
  column('单位详细名称', ['单位详细名称', 'Full name'], {
    kind: 'name',
    required: true,
    example: '江西示例澄昱铜业有限公司',
  }),
  column('区划代码', ['12 位区划代码', 'Division code, 12 digits'], {
    kind: 'division',
    example: '360681100000',
  }),
  column('行业代码', ['行业小类代码', 'Class of the industry'], {
    kind: 'industry',
    required: true,
    example: '3211',
  }),
  column('单位规模', ['单位规模', 'Size class'], { kind: 'list', example: '中型' }),
  column('报告期', ['报告期，2 月含 1 月', 'Month; February holds January too'], {
    kind: 'period',
    required: true,
    example: '2026-03',
  }),
  money('工业总产值_本年累计', ['工业总产值', 'Gross industrial output'], '152300', true),
  money('工业销售产值_本年累计', ['工业销售产值', 'Industrial sales output'], '150100'),
  money('出口交货值_本年累计', ['出口交货值', 'Export delivery value'], '12800'),
  money('营业收入_本年累计', ['营业收入', 'Operating revenue'], '148200', true),
  money('营业成本_本年累计', ['营业成本', 'Operating cost'], '131500'),
  money('利润总额_本年累计', ['利润总额', 'Total profit'], '-1250'),
  money('研发费用_本年累计', ['研发费用', 'R&D expense'], '4500'),
  money('资产总计_期末', ['资产总计', 'Total assets'], '520000'),
  money('负债合计_期末', ['负债合计', 'Total liabilities'], '301000'),
  column('平均用工人数(人)', ['平均用工人数', 'Average employees'], {
    kind: 'integer',
    unit: '人',
    example: '255',
  }),
  column('产能利用率(%)', ['产能利用率，季度', 'Capacity utilisation, of the quarter'], {
    kind: 'decimal',
    unit: '%',
    example: '78.5',
  }),
];
const thousand = { unit: 'thousand-yuan' } as const;

/** The monthly report of industry above the scale threshold. */
export const STATISTICS_MONTHLY: ConnectorTemplate = {
  key: 'statistics-monthly',
  name: bilingual('规模以上工业月报', 'Monthly report of industry above scale'),
  summary: bilingual(
    '规上工业企业的产销与财务月报，金额为千元累计',
    'Production and finance of industry above scale, monthly, cumulative in thousand yuan',
  ),
  giver: bilingual('统计部门', 'The statistics office'),
  connection: { kind: 'folder', folder: 'statistics-monthly', options: {} },
  mode: 'full',
  schedule: '0 4 28 * *',
  target: 'enterprise',
  priority: 80,
  rowKey: ['统一社会信用代码', '报告期'],
  periodField: '报告期',
  mappings: [
    field('统一社会信用代码', 'code', 'code'),
    field('单位详细名称', 'name', 'name'),
    field('区划代码', 'division', 'division'),
    field('行业代码', 'industry', 'industry'),
    field('单位规模', 'size', 'text', { values: SIZE_VALUES }),
    field('工业总产值_本年累计(千元)', 'indicator:GROSS_OUTPUT', 'number', thousand),
    field('工业销售产值_本年累计(千元)', 'indicator:SALES_OUTPUT', 'number', thousand),
    field('出口交货值_本年累计(千元)', 'indicator:EXPORT_DELIVERY', 'number', thousand),
    field('营业收入_本年累计(千元)', 'indicator:REVENUE', 'number', thousand),
    field('营业成本_本年累计(千元)', 'indicator:COST', 'number', thousand),
    field('利润总额_本年累计(千元)', 'indicator:PROFIT', 'number', thousand),
    field('研发费用_本年累计(千元)', 'indicator:RD_EXPENSE', 'number', thousand),
    field('资产总计_期末(千元)', 'indicator:ASSETS', 'number', thousand),
    field('负债合计_期末(千元)', 'indicator:LIABILITIES', 'number', thousand),
    field('平均用工人数(人)', 'indicator:EMPLOYEES_AVG', 'number'),
    field('产能利用率(%)', 'indicator:CAPACITY_UTIL', 'number', { unit: 'percent' }),
  ],
  tests: [
    exampleTest('示例行：千元换算为万元', columns, {
      expected: {
        division: '360681',
        size: 'medium',
        'indicator:GROSS_OUTPUT': '15230',
        'indicator:PROFIT': '-125',
        'indicator:ASSETS': '52000',
        'indicator:CAPACITY_UTIL': '78.5',
      },
    }),
    exampleTest('旧区划代码与空指标', columns, {
      row: { 区划代码: '360622', '研发费用_本年累计(千元)': '—', 单位规模: '大' },
      expected: { division: '360603', 'indicator:RD_EXPENSE': null, size: 'large' },
    }),
  ],
  columns,
  rules: [
    'name-required',
    'code-required',
    'industry-required',
    'months-missing',
    'number-invalid',
    'rows-dropped',
  ],
  guide: bilingual(
    `# 接入规模以上工业月报

1. 先与统计部门确认能否取得单家企业数据：通常只能取得汇总数，或由企业授权后取得。
2. 取得后放入 \`inbox/statistics-monthly\`，每月一个文件，历史文件保留。
3. 金额为千元，产值、收入、成本、利润、研发费用为本年累计；资产、负债为期末数；产能利用率为季度数。
4. 同比不要用两年公布数相除：规上名单每年变化，应以“可比口径”的基数为准。

依据：《统计法》规定，能够识别单个统计调查对象身份的资料不得对外提供，不得用于统计以外的目的。未经授权请勿接入企业级明细。

${ASK_ZH}`,
    `# Connect the monthly report of industry above scale

1. First ask the statistics office whether data of single enterprises may be had at all: mostly only sums may, or the enterprise must agree.
2. Put the files into \`inbox/statistics-monthly\`, one a month; leave older ones there.
3. Amounts are in thousand yuan: output, revenue, cost, profit and R&D cumulative, assets and liabilities at the end, capacity utilisation of the quarter.
4. Do not divide two published years: the list of enterprises changes each year, so take the comparable base.

Basis: by the Statistics Law, what identifies a single respondent is not handed on and serves statistics only. Do not connect
rows of enterprises without authority.

${ASK_EN}`,
  ),
};
