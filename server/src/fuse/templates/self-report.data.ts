import type { ConnectorTemplate } from '@ronghe/contracts';
import { ASK_EN, ASK_ZH, bilingual, column, exampleTest, field, SIZE_VALUES } from './template.ts';

const columns = [
  column('企业名称', ['营业执照上的全称', 'Full name as on the licence'], {
    kind: 'name',
    required: true,
    example: '江西示例澄昱铜业有限公司',
  }),
  column('统一社会信用代码', ['18 位统一社会信用代码', 'Unified social credit code'], {
    kind: 'code',
    required: true,
    example: '91360681MAX0000151',
  }),
  column('企业简称', ['企业简称', 'Short name'], { kind: 'text', example: '澄昱铜业' }),
  column('所在县区', ['所在县（市、区）', 'County'], { kind: 'division', required: true, example: '贵溪市' }),
  column('所在园区', ['所在园区，没有则空', 'Park, empty for none'], {
    kind: 'text',
    example: '示例经济技术开发区',
  }),
  column('生产经营地址', ['生产经营地址', 'Place of business'], {
    kind: 'address',
    example: '江西省鹰潭市贵溪市示例大道1号',
  }),
  column('主要行业', ['行业代码或名称', 'Industry, code or name'], { kind: 'industry', example: '铜冶炼' }),
  column('法定代表人', ['法定代表人', 'Legal representative'], {
    kind: 'person',
    example: '张示例',
    sensitive: true,
  }),
  column('企业电话', ['对外联系电话，固定电话优先', 'Phone, a land line if there is one'], {
    kind: 'phone',
    example: '0701-3000001',
  }),
  column('成立日期', ['成立日期', 'Date of establishment'], { kind: 'date', example: '2016-05-18' }),
  column('注册资本(万元)', ['注册资本（万元）', 'Registered capital (10,000 CNY)'], {
    kind: 'money',
    unit: '万元',
    example: '5000',
  }),
  column('从业人数(人)', ['期末从业人数', 'Employees at the end'], {
    kind: 'integer',
    unit: '人',
    required: true,
    example: '260',
  }),
  column('上年营业收入(万元)', ['上一完整年度的营业收入', 'Revenue of the last full year'], {
    kind: 'money',
    unit: '万元',
    required: true,
    example: '43200.5',
  }),
  column('企业规模', ['大型、中型、小型、微型', 'Size class'], { kind: 'list', example: '小型' }),
  column('主要产品', ['主要产品', 'Main products'], { kind: 'text', example: '阴极铜、铜杆' }),
];

/** What enterprises tell of themselves in the workbook that this template hands out. */
export const SELF_REPORT: ConnectorTemplate = {
  key: 'self-report',
  name: bilingual('企业自行填报', 'Told by the enterprises themselves'),
  summary: bilingual(
    '下载填报表发给企业，收回后上传，一行一家企业',
    'Download the workbook, send it to enterprises, upload what comes back: one row an enterprise',
  ),
  giver: bilingual('企业', 'Enterprises'),
  connection: { kind: 'upload', upload: '', options: {} },
  mode: 'full',
  schedule: null,
  target: 'enterprise',
  priority: 20,
  rowKey: ['统一社会信用代码|企业名称'],
  periodField: null,
  mappings: [
    field('企业名称', 'name', 'name'),
    field('统一社会信用代码', 'code', 'code'),
    field('企业简称', 'shortName'),
    field('所在县区', 'division', 'division'),
    field('所在园区', 'park'),
    field('生产经营地址', 'address'),
    field('主要行业', 'industry', 'industry'),
    field('法定代表人', 'legalPerson'),
    field('企业电话', 'phone', 'phone'),
    field('成立日期', 'established', 'date'),
    field('注册资本(万元)', 'registeredCapital', 'number', { unit: 'wan-yuan' }),
    field('从业人数(人)', 'employees', 'number'),
    field('上年营业收入(万元)', 'revenue', 'number', { unit: 'wan-yuan' }),
    field('企业规模', 'size', 'text', { values: SIZE_VALUES }),
    field('主要产品', 'column:主要产品'),
  ],
  tests: [
    exampleTest('示例行', columns, {
      expected: { division: '360681', industry: '3211', revenue: '43200.5', size: 'small' },
    }),
    exampleTest('企业常见的写法', columns, {
      row: {
        '上年营业收入(万元)': '约4.32亿元',
        成立日期: '2016.5.18',
        企业电话: '0701 3000001',
        '从业人数(人)': '260人',
      },
      expected: { revenue: '43200', established: '2016-05-18', phone: '0701-3000001', employees: '260' },
    }),
  ],
  columns,
  rules: ['name-required', 'code-required', 'code-check-digit', 'division-required', 'employees-range'],
  guide: bilingual(
    `# 收集企业自行填报的数据

1. 下载填报表（.xlsx），第一行是表头，第二行是示例，“说明”页解释每一列。
2. 收回后合并为一个文件上传，示例行请删除；多余的列按原列保留。
3. 优先级最低（20）：与登记、统计、税务不一致时以后者为准，差异会列出，供核对。

个人信息只收必要的：法定代表人姓名与对外电话，不收身份证号。

${ASK_ZH}`,
    `# Collect what enterprises tell of themselves

1. Download the workbook: the first row is the header, the second an example, the sheet “Columns” explains each column.
2. Bring the answers into one file and upload it; delete the example. Further columns are kept as they are.
3. It has the lowest priority (20): where register, statistics or tax say otherwise, they win and the difference is shown.

Collect no more personal data than needed: the name of the representative and a phone for the public, no identity numbers.

${ASK_EN}`,
  ),
};
