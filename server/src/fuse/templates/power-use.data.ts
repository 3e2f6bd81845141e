import type { ConnectorTemplate } from '@ronghe/contracts';
import { ASK_EN, ASK_ZH, bilingual, column, exampleTest, field } from './template.ts';

const columns = [
  column('户号', ['用电户号', 'Number of the customer'], {
    kind: 'text',
    required: true,
    example: '3600000000001',
  }),
  column('户名', ['户名，常带车间或专变', 'Customer, often with a workshop behind the name'], {
    kind: 'name',
    required: true,
    example: '江西示例澄昱铜业有限公司',
  }),
  column('统一社会信用代码', ['统一社会信用代码，老用户可能为空', 'Code; may be empty for old customers'], {
    kind: 'code',
    example: '91360681MAX0000151',
  }),
  column('用电地址', ['用电地址', 'Address of supply'], {
    kind: 'address',
    example: '江西省鹰潭市贵溪市示例大道1号',
  }),
  column('行业分类', ['用电行业分类', 'Industry'], { kind: 'industry', example: '3211' }),
  column('电费年月', ['电费年月', 'Billing month'], { kind: 'period', required: true, example: '202603' }),
  column('结算电量(千瓦时)', ['结算电量，当月', 'Electricity billed, of the month'], {
    kind: 'integer',
    unit: '千瓦时',
    required: true,
    example: '864000',
  }),
  column('合同容量(千伏安)', ['合同容量', 'Capacity under contract'], {
    kind: 'integer',
    unit: '千伏安',
    example: '1250',
  }),
  column('电压等级', ['电压等级', 'Voltage'], { kind: 'list', example: '10kV' }),
];

/** Electricity of each customer of the grid, month by month. */
export const POWER_USE: ConnectorTemplate = {
  key: 'power-use',
  name: bilingual('用电客户月度电量', 'Monthly electricity of customers'),
  summary: bilingual(
    '供电企业的月度结算电量，一行一户一月，千瓦时',
    'What the grid bills: one row a customer and month, in kWh',
  ),
  giver: bilingual('供电企业', 'The grid company'),
  connection: { kind: 'folder', folder: 'power-use', options: {} },
  mode: 'full',
  schedule: '0 5 8 * *',
  target: 'enterprise',
  priority: 30,
  rowKey: ['户号', '电费年月'],
  periodField: '电费年月',
  mappings: [
    field('户名', 'name', 'name'),
    field('统一社会信用代码', 'code', 'code'),
    field('用电地址', 'address'),
    field('行业分类', 'industry', 'industry'),
    field('结算电量(千瓦时)', 'indicator:ELECTRICITY', 'number', { unit: 'kilowatt-hour' }),
    field('户号', 'column:户号'),
    field('合同容量(千伏安)', 'column:合同容量(千伏安)', 'number'),
    field('电压等级', 'column:电压等级'),
  ],
  tests: [
    exampleTest('示例行：千瓦时换算为万千瓦时', columns, {
      expected: { 'indicator:ELECTRICITY': '86.4', 'column:户号': '3600000000001' },
    }),
    exampleTest('没有信用代码的老用户', columns, {
      row: { 统一社会信用代码: '/', '结算电量(千瓦时)': '0' },
      expected: { code: null, 'indicator:ELECTRICITY': '0' },
    }),
  ],
  columns,
  rules: ['name-required', 'number-negative', 'months-missing', 'rows-dropped'],
  guide: bilingual(
    `# 接入用电客户月度电量

1. 与供电企业约定范围：一般为高压和工业用户；每月 5 日左右可取得上月结算电量。
2. 文件放入 \`inbox/power-use\`，一行一户一月；一家企业有多户时各自成行，平台合到同一企业。
3. 请供电企业补充统一社会信用代码：没有代码的户只能按名称和所在市匹配。
4. 电量单位为千瓦时，由映射换算为万千瓦时。光伏上网电量、转供电请单列。

户名常带“一车间”“2#专变”，名称标准会去掉这些尾注。

${ASK_ZH}`,
    `# Connect monthly electricity

1. Agree on the customers, mostly high voltage and industry; the bills of a month are ready about the 5th of the next.
2. Put files into \`inbox/power-use\`, one row a customer and month. An enterprise with several customers has several rows; the platform brings them to one.
3. Ask for the unified social credit code: without it only name and city can match.
4. Electricity is in kWh; the mapping makes 10,000 kWh of it. Have feed-in and resold power in columns of their own.

Names of customers often end in a workshop or a transformer; the standard for names takes that off.

${ASK_EN}`,
  ),
};
