import type { ConnectorTemplate } from '@ronghe/contracts';
import { ASK_EN, ASK_ZH, bilingual, column, exampleTest, field } from './template.ts';

const columns = [
  column('海关注册编码', ['海关注册编码，10 位', 'Customs number, 10 characters'], {
    kind: 'text',
    required: true,
    example: '3606900001',
  }),
  column('境内收发货人', ['境内收发货人', 'Consignor or consignee'], {
    kind: 'name',
    required: true,
    example: '江西示例澄昱铜业有限公司',
  }),
  column('统一社会信用代码', ['统一社会信用代码', 'Unified social credit code'], {
    kind: 'code',
    required: true,
    example: '91360681MAX0000151',
  }),
  column('统计年月', ['统计年月', 'Month'], { kind: 'period', required: true, example: '202603' }),
  column('进出口标志', ['进口或出口', 'Import or export'], { kind: 'list', required: true, example: '出口' }),
  column('商品编码', ['商品编码，前 4 位', 'Goods, first 4 digits of the code'], {
    kind: 'text',
    example: '7408',
  }),
  column('商品名称', ['商品名称', 'Goods'], { kind: 'text', example: '铜丝' }),
  column('贸易国', ['贸易国（地区）', 'Country of trade'], { kind: 'text', example: '示例国' }),
  column('人民币值(万元)', ['人民币值，当月', 'Value of the month'], {
    kind: 'money',
    unit: '万元',
    required: true,
    example: '1280.6',
  }),
  column('法定数量', ['法定数量', 'Quantity'], { kind: 'decimal', example: '205.3' }),
  column('计量单位', ['计量单位', 'Unit of the quantity'], { kind: 'list', example: '吨' }),
];

/** Sums of declared imports and exports by enterprise, month, goods and country. */
export const CUSTOMS_TRADE: ConnectorTemplate = {
  key: 'customs-trade',
  name: bilingual('进出口申报汇总', 'Sums of imports and exports'),
  summary: bilingual(
    '按企业、月份、商品和国别汇总的进出口值，进出口值按原列保留',
    'Imports and exports by enterprise, month, goods and country; values are kept as columns',
  ),
  giver: bilingual('海关或商务部门', 'Customs or the office of commerce'),
  connection: { kind: 'folder', folder: 'customs-trade', options: {} },
  mode: 'full',
  schedule: '0 4 22 * *',
  target: 'enterprise',
  priority: 35,
  rowKey: ['海关注册编码', '统计年月', '进出口标志', '商品编码', '贸易国'],
  periodField: '统计年月',
  mappings: [
    field('境内收发货人', 'name', 'name'),
    field('统一社会信用代码', 'code', 'code'),
    field('海关注册编码', 'column:海关注册编码'),
    field('进出口标志', 'column:进出口标志', 'text', {
      values: { E: '出口', I: '进口', '0': '出口', '1': '进口' },
    }),
    field('商品编码', 'column:商品编码'),
    field('商品名称', 'column:商品名称'),
    field('贸易国', 'column:贸易国'),
    field('人民币值(万元)', 'column:人民币值(万元)', 'number'),
    field('法定数量', 'column:法定数量', 'number'),
    field('计量单位', 'column:计量单位'),
  ],
  tests: [
    exampleTest('示例行', columns, {
      expected: {
        code: '91360681MAX0000151',
        'column:人民币值(万元)': '1280.6',
        'column:进出口标志': '出口',
      },
    }),
    exampleTest('标志为字母', columns, {
      row: { 进出口标志: 'I' },
      expected: { 'column:进出口标志': '进口' },
    }),
  ],
  columns,
  rules: ['code-required', 'code-check-digit', 'number-invalid'],
  guide: bilingual(
    `# 接入进出口申报汇总

1. 向海关或商务部门申请按企业、月份汇总的进出口值；逐票报关单不在范围内。
2. 文件放入 \`inbox/customs-trade\`。一行是一家企业一个月对一国的一种商品，五列共同确定一行。
3. 进出口值是海关口径，与统计的“出口交货值”不同，所以按原列保留，不写入该指标。
4. 与海关约定币种：模板为人民币万元；美元值请另列。

${ASK_ZH}`,
    `# Connect sums of imports and exports

1. Apply for values by enterprise and month at customs or the office of commerce; single declarations are not part of it.
2. Put files into \`inbox/customs-trade\`. A row is one enterprise, month, direction, goods and country: five columns name it.
3. Values are those of customs and differ from the export delivery value of statistics, so they stay columns and become no indicator.
4. Agree on the currency: the template has 10,000 yuan; have dollars in a column of their own.

${ASK_EN}`,
  ),
};
