import type { ConnectorTemplate } from '@ronghe/contracts';
import { ASK_EN, ASK_ZH, bilingual, column, exampleTest, field } from './template.ts';

const columns = [
  column('统一社会信用代码', ['统一社会信用代码', 'Unified social credit code'], {
    kind: 'code',
    required: true,
    example: '91360681MAX0000151',
  }),
  column('注册号', ['2015 年以前的注册号', 'Registration number of before 2015'], {
    kind: 'old-code',
    example: '360681210000012',
  }),
  column('市场主体名称', ['市场主体名称', 'Registered name'], {
    kind: 'name',
    required: true,
    example: '江西示例澄昱铜业有限公司',
  }),
  column('曾用名', ['曾用名', 'Former name'], { kind: 'name', example: '江西示例旧名铜材有限公司' }),
  column('企业类型', ['企业类型', 'Type of enterprise'], {
    kind: 'list',
    example: '有限责任公司(自然人投资或控股)',
  }),
  column('法定代表人', ['法定代表人', 'Legal representative'], {
    kind: 'person',
    required: true,
    example: '张示例',
    sensitive: true,
  }),
  column('注册资本(万元)', ['注册资本（万元）', 'Registered capital (10,000 CNY)'], {
    kind: 'money',
    unit: '万元',
    example: '5000',
  }),
  column('成立日期', ['成立日期', 'Date of establishment'], {
    kind: 'date',
    required: true,
    example: '2016-05-18',
  }),
  column('住所', ['住所', 'Domicile'], { kind: 'address', example: '江西省鹰潭市贵溪市示例大道1号' }),
  column('行政区划', ['登记住所的区划', 'Division of the domicile'], { kind: 'division', example: '360681' }),
  column('行业代码', ['行业代码', 'Industry code'], { kind: 'industry', example: 'C3211' }),
  column('登记机关', ['登记机关', 'Registering office'], { kind: 'text', example: '示例市市场监督管理局' }),
  column('登记状态', ['登记状态', 'State of the registration'], { kind: 'list', example: '存续' }),
  column('联系电话', ['联系电话', 'Phone'], { kind: 'phone', example: '0701-3000001' }),
];

/** The register of enterprises: who exists, under which name and code. */
export const MARKET_REGISTER: ConnectorTemplate = {
  key: 'market-register',
  name: bilingual('市场主体登记信息', 'Register of enterprises'),
  summary: bilingual(
    '市场监管部门的登记信息：名称、代码、法定代表人、住所、状态',
    'What the market regulator registers: names, codes, representatives, domiciles, states',
  ),
  giver: bilingual('市场监督管理部门', 'The market regulator'),
  connection: { kind: 'folder', folder: 'market-register', options: {} },
  mode: 'full',
  schedule: '0 3 * * 1',
  target: 'enterprise',
  priority: 90,
  rowKey: ['统一社会信用代码|注册号'],
  periodField: null,
  mappings: [
    field('统一社会信用代码|注册号', 'code', 'code'),
    field('市场主体名称', 'name', 'name'),
    field('曾用名', 'formerName', 'name'),
    field('法定代表人', 'legalPerson'),
    field('注册资本(万元)', 'registeredCapital', 'number', { unit: 'wan-yuan' }),
    field('成立日期', 'established', 'date'),
    field('住所', 'address'),
    field('行政区划', 'division', 'division'),
    field('行业代码', 'industry', 'industry'),
    field('联系电话', 'phone', 'phone'),
    field('企业类型', 'column:企业类型'),
    field('登记机关', 'column:登记机关'),
    field('登记状态', 'column:登记状态'),
  ],
  tests: [
    exampleTest('示例行', columns, {
      expected: {
        code: '91360681MAX0000151',
        industry: '3211',
        registeredCapital: '5000',
        'column:登记状态': '存续',
      },
    }),
    exampleTest('没有统一代码时用注册号', columns, {
      row: { 统一社会信用代码: '', '注册资本(万元)': '1.2亿元' },
      expected: { code: '360681210000012', registeredCapital: '12000' },
    }),
  ],
  columns,
  rules: [
    'name-required',
    'code-required',
    'code-format',
    'code-check-digit',
    'industry-unknown',
    'date-invalid',
  ],
  guide: bilingual(
    `# 接入市场主体登记信息

1. 通过同级数据共享平台申请“市场主体登记信息”，说明用于企业库的名称、代码和状态核对。
2. 最常见的交付是全量或月度 CSV/Excel：放入 \`inbox/market-register\`，也可改为数据库视图或接口。
3. 优先级建议最高（90）：名称、代码、法定代表人以登记为准。

登记信息中的注册资本有“万元”与“万美元”之分，币种不同的行请先由提供方换算或单独交付。法定代表人姓名属于个人信息，按用途限定使用。

依据：《企业信息公示暂行条例》规定登记、备案信息向社会公示；部门之间取得数据按《政务数据共享条例》办理。

${ASK_ZH}`,
    `# Connect the register of enterprises

1. Apply for the register data at the sharing platform of your level; say that names, codes and states of the enterprise database are checked with them.
2. Mostly it comes as CSV or Excel, whole or monthly: put it into \`inbox/market-register\`; a database view or an interface works as well.
3. Give it the highest priority (90): the register decides about names, codes and representatives.

Registered capital is in 10,000 yuan or 10,000 US dollars: have rows of another currency converted or delivered apart. The name of
a representative is personal data: use it for the agreed purpose only.

Basis: the Interim Regulation on Enterprise Information Disclosure makes registered facts public; offices share by the
Regulation on Sharing Government Data.

${ASK_EN}`,
  ),
};
