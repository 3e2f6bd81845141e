import type { ConnectorTemplate } from '@ronghe/contracts';
import { ASK_EN, ASK_ZH, bilingual, column, exampleTest, field } from './template.ts';

const money = { kind: 'money', unit: '千元' } as const;
const columns = [
  column('填报编号', ['填报编号', 'Number of the reporter'], {
    kind: 'text',
    required: true,
    example: 'JX00001',
  }),
  column('单位名称', ['单位名称', 'Enterprise name'], {
    kind: 'name',
    required: true,
    example: '江西示例澄昱铜业有限公司',
  }),
  column('信用代码', ['统一社会信用代码，个别为旧税号', 'Code; some old taxpayer numbers'], {
    kind: 'code',
    required: true,
    example: '91360681MAX0000151',
  }),
  column('行政区划代码', ['行政区划代码', 'Division code'], { kind: 'division', example: '360681' }),
  column('行业代码', ['行业代码', 'Industry code'], { kind: 'industry', example: '3211' }),
  column('报告期', ['报告期，2 月含 1 月', 'Month; February holds January too'], {
    kind: 'period',
    required: true,
    example: '2026-03',
  }),
  column('期间口径', ['期间口径说明', 'What the amounts cover'], {
    kind: 'text',
    example: '1-3月累计，用电量为当月',
  }),
  column('工业总产值(千元)', ['工业总产值，本年累计', 'Gross industrial output, cumulative'], {
    ...money,
    example: '152300',
  }),
  column('营业收入(千元)', ['营业收入，本年累计', 'Operating revenue, cumulative'], {
    ...money,
    required: true,
    example: '148200',
  }),
  column('利润总额(千元)', ['利润总额，本年累计', 'Total profit, cumulative'], {
    ...money,
    example: '-1250',
  }),
  column('用电量(万千瓦时)', ['用电量，当月', 'Electricity of the month'], {
    kind: 'decimal',
    unit: '万千瓦时',
    example: '86.4',
  }),
  column('平均用工人数', ['平均用工人数', 'Average employees'], { kind: 'integer', example: '255' }),
];

/** The provincial platform that watches how industry runs: a folder with one workbook a month. */
export const OPERATION_MONITOR: ConnectorTemplate = {
  key: 'operation-monitor',
  name: bilingual('江西省工业运行监测管理平台', 'Jiangxi platform of industrial operation'),
  summary: bilingual(
    '月度运行数据：每月一个 Excel，金额为千元累计，用电量为当月',
    'Monthly operation: one workbook a month, amounts cumulative in thousand yuan, electricity of the month',
  ),
  giver: bilingual('省工业运行主管部门', 'The provincial office for industrial operation'),
  connection: { kind: 'folder', folder: 'operation-monitor', options: {} },
  mode: 'full',
  schedule: '0 6 * * *',
  target: 'enterprise',
  priority: 40,
  rowKey: ['填报编号', '报告期'],
  periodField: '报告期',
  mappings: [
    field('单位名称', 'name', 'name'),
    field('信用代码', 'code', 'code'),
    field('行政区划代码', 'division', 'division'),
    field('行业代码', 'industry', 'industry'),
    field('平均用工人数', 'employees', 'number'),
    field('工业总产值(千元)', 'indicator:GROSS_OUTPUT', 'number', { unit: 'thousand-yuan' }),
    field('营业收入(千元)', 'indicator:REVENUE', 'number', { unit: 'thousand-yuan' }),
    field('利润总额(千元)', 'indicator:PROFIT', 'number', { unit: 'thousand-yuan' }),
    field('用电量(万千瓦时)', 'indicator:ELECTRICITY', 'number', { unit: 'wan-kilowatt-hour' }),
    field('平均用工人数', 'indicator:EMPLOYEES_AVG', 'number'),
  ],
  tests: [
    exampleTest('示例行：千元换算为万元', columns, {
      expected: {
        'indicator:REVENUE': '14820',
        'indicator:PROFIT': '-125',
        'indicator:ELECTRICITY': '86.4',
        employees: '255',
      },
    }),
    exampleTest('带千分位的数与未报', columns, {
      row: { '营业收入(千元)': '148,200.0', '工业总产值(千元)': '未报' },
      expected: { 'indicator:REVENUE': '14820', 'indicator:GROSS_OUTPUT': null },
    }),
  ],
  columns,
  rules: ['name-required', 'code-required', 'months-missing', 'number-invalid', 'rows-dropped'],
  guide: bilingual(
    `# 接入江西省工业运行监测管理平台

1. 在平台数据目录的 \`inbox/operation-monitor\` 下放入月度 Excel，每月一个文件，历史文件保留。
2. 表头占第一行，列名与模板一致；多余的列按原列保留。
3. 首次运行前先“查看数据”，核对金额单位（千元）和用电量口径（当月）。

文件夹内全部文件合起来是一次完整交付：删去某月的文件，该月的行会被视为撤回。1 月免报，2 月的行是 1-2 月合计。

${ASK_ZH}`,
    `# Connect the Jiangxi platform of industrial operation

1. Put the monthly workbooks into \`inbox/operation-monitor\` of the data folder, one file a month; leave the older ones there.
2. The header is the first row with the names of the template; further columns are kept as they are.
3. Take a first look before the first run and check the units: amounts in thousand yuan, electricity of the month.

All files of the folder together are one delivery: taking a month's file away takes its rows back. January is not reported,
the row of February holds both months.

${ASK_EN}`,
  ),
};
