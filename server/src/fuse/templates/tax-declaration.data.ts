import type { ConnectorTemplate } from '@ronghe/contracts';
import { ASK_EN, ASK_ZH, bilingual, column, exampleTest, field } from './template.ts';

const yuan = { kind: 'money', unit: '元' } as const;
const columns = [
  column('纳税人识别号', ['纳税人识别号，即统一代码', 'Taxpayer number, the code of today'], {
    kind: 'code',
    required: true,
    example: '91360681MAX0000151',
  }),
  column('纳税人名称', ['纳税人名称', 'Name of the taxpayer'], {
    kind: 'name',
    required: true,
    example: '江西示例澄昱铜业有限公司',
  }),
  column('主管税务机关', ['主管税务机关', 'Tax office'], {
    kind: 'text',
    example: '国家税务总局示例市税务局',
  }),
  column('所属行业', ['国民经济行业', 'Industry'], { kind: 'industry', example: '铜冶炼' }),
  column('税款所属期', ['税款所属月份', 'Month of the tax'], {
    kind: 'period',
    required: true,
    example: '202603',
  }),
  column('营业收入累计(元)', ['营业收入，本年累计', 'Operating revenue, cumulative'], {
    ...yuan,
    required: true,
    example: '148200000.00',
  }),
  column('利润总额累计(元)', ['利润总额，本年累计', 'Total profit, cumulative'], {
    ...yuan,
    example: '3120000.50',
  }),
  column('研发费用累计(元)', ['研发费用，本年累计', 'R&D expense, cumulative'], {
    ...yuan,
    example: '4500000',
  }),
  column('应纳税额(元)', ['应纳税额，当月', 'Tax due of the month'], { ...yuan, example: '512000.35' }),
  column('从业人数', ['从业人数', 'Employees'], { kind: 'integer', example: '260' }),
];

/** Monthly sums of tax declarations. */
export const TAX_DECLARATION: ConnectorTemplate = {
  key: 'tax-declaration',
  name: bilingual('纳税申报汇总', 'Sums of tax declarations'),
  summary: bilingual(
    '按月的申报汇总：收入、利润、研发费用累计数，金额为元',
    'Monthly sums of declarations: revenue, profit and R&D cumulative, in yuan',
  ),
  giver: bilingual('税务部门', 'The tax office'),
  connection: { kind: 'folder', folder: 'tax-declaration', options: {} },
  mode: 'full',
  schedule: '0 4 20 * *',
  target: 'enterprise',
  priority: 70,
  rowKey: ['纳税人识别号', '税款所属期'],
  periodField: '税款所属期',
  mappings: [
    field('纳税人识别号', 'code', 'code'),
    field('纳税人名称', 'name', 'name'),
    field('所属行业', 'industry', 'industry'),
    field('从业人数', 'employees', 'number'),
    field('营业收入累计(元)', 'indicator:REVENUE', 'number', { unit: 'yuan' }),
    field('利润总额累计(元)', 'indicator:PROFIT', 'number', { unit: 'yuan' }),
    field('研发费用累计(元)', 'indicator:RD_EXPENSE', 'number', { unit: 'yuan' }),
    field('主管税务机关', 'column:主管税务机关'),
    field('应纳税额(元)', 'column:应纳税额(元)', 'number'),
  ],
  tests: [
    exampleTest('示例行：元换算为万元', columns, {
      expected: {
        code: '91360681MAX0000151',
        'indicator:REVENUE': '14820',
        'indicator:PROFIT': '312.00005',
        'column:应纳税额(元)': '512000.35',
      },
    }),
    exampleTest('个别单元格带单位', columns, {
      row: { '营业收入累计(元)': '1.482亿元', 所属行业: '3211' },
      expected: { 'indicator:REVENUE': '14820', industry: '3211' },
    }),
  ],
  columns,
  rules: ['code-required', 'code-check-digit', 'months-missing', 'number-invalid', 'rows-dropped'],
  guide: bilingual(
    `# 接入纳税申报汇总

1. 与税务部门签订共享协议，只取汇总数，不取申报表明细。
2. 征期结束后（通常每月 15 日后）交付上月所属期的 CSV/Excel，放入 \`inbox/tax-declaration\`。
3. 金额单位为元，收入、利润、研发费用取“本年累计”，与统计口径一致；应纳税额为当月数，按原列保留。

小规模纳税人按季申报，季度中间的月份没有行，不要当作缺报。

依据：《税收征收管理法》第八条要求为纳税人的情况保密，本来源的明细只供授权人员查看，对外只用汇总。

${ASK_ZH}`,
    `# Connect sums of tax declarations

1. Agree with the tax office on sums only, no forms.
2. After the filing period (mostly after the 15th) the month before comes as CSV or Excel: put it into \`inbox/tax-declaration\`.
3. Amounts are in yuan; revenue, profit and R&D are cumulative as in statistics. Tax due is of the month and kept as a column.

Small taxpayers file by the quarter: months within it have no row and are not missing.

Basis: article 8 of the Law on the Administration of Tax Collection keeps what is known of taxpayers confidential; rows of this source are
for authorised people, only sums go further.

${ASK_EN}`,
  ),
};
