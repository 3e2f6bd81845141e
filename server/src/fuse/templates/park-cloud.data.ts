import type { ConnectorTemplate } from '@ronghe/contracts';
import { ASK_EN, ASK_ZH, bilingual, column, exampleTest, field } from './template.ts';

const columns = [
  column('id', ['平台记录号', 'Number of the record'], { kind: 'text', required: true, example: 'YQ001001' }),
  column('qymc', ['企业名称', 'Enterprise name'], {
    kind: 'name',
    required: true,
    example: '江西示例澄昱铜业有限公司',
  }),
  column('qyjc', ['企业简称', 'Short name'], { kind: 'text', example: '澄昱铜业' }),
  column('cym', ['曾用名', 'Former name'], { kind: 'name', example: '江西示例旧名铜材有限公司' }),
  column('tyshxydm', ['统一社会信用代码', 'Unified social credit code'], {
    kind: 'code',
    required: true,
    example: '91360681MAX0000151',
  }),
  column('szyq', ['所属园区', 'Park'], { kind: 'list', example: '示例经济技术开发区' }),
  column('xzqhdm', ['行政区划代码', 'Division code'], { kind: 'division', example: '360681' }),
  column('dz', ['地址', 'Address'], { kind: 'address', example: '江西省鹰潭市贵溪市示例大道1号' }),
  column('hydm', ['行业代码', 'Industry code'], { kind: 'industry', example: '3211' }),
  column('fddbr', ['法定代表人', 'Legal representative'], {
    kind: 'person',
    example: '张示例',
    sensitive: true,
  }),
  column('lxdh', ['联系电话', 'Phone'], { kind: 'phone', example: '0701-3000001' }),
  column('zcrq', ['注册日期', 'Date of registration'], { kind: 'date', example: '2016-05-18' }),
  column('zczb_wan', ['注册资本（万元）', 'Registered capital (10,000 CNY)'], {
    kind: 'money',
    unit: '万元',
    example: '5000',
  }),
  column('cyrs', ['从业人数', 'Employees'], { kind: 'integer', example: '260' }),
  column('nyysr_wan', ['年营业收入（万元）', 'Annual revenue (10,000 CNY)'], {
    kind: 'money',
    unit: '万元',
    example: '43200.5',
  }),
];

/** The provincial platform of parks: an HTTP interface in pages, JSON, a token by name and password. */
export const PARK_CLOUD: ConnectorTemplate = {
  key: 'park-cloud',
  name: bilingual('江西省工业园区智慧云平台', 'Jiangxi smart cloud of industrial parks'),
  summary: bilingual(
    '园区企业台账：名称、代码、园区、行业、规模，按页读取的 JSON 接口',
    'Enterprises of parks: names, codes, parks, industries, sizes; a JSON interface in pages',
  ),
  giver: bilingual('省工业园区主管部门', 'The provincial office for industrial parks'),
  connection: {
    kind: 'http-json',
    url: '',
    tokenPath: '/api/token',
    listPath: '/api/v1/enterprises',
    username: '',
    password: '',
    reading: { paging: 'page', pageSize: 200, itemsField: 'data.list', totalField: 'data.total' },
  },
  mode: 'full',
  schedule: '30 2 * * *',
  target: 'enterprise',
  priority: 60,
  rowKey: ['id'],
  periodField: null,
  mappings: [
    field('qymc', 'name', 'name'),
    field('qyjc', 'shortName'),
    field('cym', 'formerName', 'name'),
    field('tyshxydm', 'code', 'code'),
    field('szyq', 'park'),
    field('xzqhdm', 'division', 'division'),
    field('dz', 'address'),
    field('hydm', 'industry', 'industry'),
    field('fddbr', 'legalPerson'),
    field('lxdh', 'phone', 'phone'),
    field('zcrq', 'established', 'date'),
    field('zczb_wan', 'registeredCapital', 'number', { unit: 'wan-yuan' }),
    field('cyrs', 'employees', 'number'),
    field('nyysr_wan', 'revenue', 'number', { unit: 'wan-yuan' }),
  ],
  tests: [
    exampleTest('示例行', columns, {
      expected: {
        name: '江西示例澄昱铜业有限公司',
        code: '91360681MAX0000151',
        division: '360681',
        phone: '0701-3000001',
        revenue: '43200.5',
      },
    }),
    exampleTest('写法不一', columns, {
      row: {
        zczb_wan: '5000万元',
        zcrq: '2016年5月18日',
        tyshxydm: '91360681max0000151',
        lxdh: '',
        cyrs: '1,260',
      },
      expected: {
        registeredCapital: '5000',
        established: '2016-05-18',
        code: '91360681MAX0000151',
        phone: null,
        employees: '1260',
      },
    }),
  ],
  columns,
  rules: ['name-required', 'code-required', 'code-check-digit', 'division-unknown', 'rows-dropped'],
  guide: bilingual(
    `# 接入江西省工业园区智慧云平台

1. 向平台管理方申请只读接口账号，并取得接口地址（仅填到域名和端口）。
2. 由管理员把该主机加入 \`fuseSourceHosts\`，否则平台拒绝访问。
3. 填写地址、用户名和密码，点“查看数据”：应看到 \`id\`、\`qymc\`、\`tyshxydm\` 等列。
4. 接口返回 \`{code, msg, data: {total, pageNo, pageSize, list}}\`；字段不同时在“分页、令牌与返回格式”中修改路径。

每次读取全量：未返回的企业视为已离开园区，不会删除，只是不再由本来源说明。

${ASK_ZH}`,
    `# Connect the Jiangxi smart cloud of industrial parks

1. Ask its operator for a read-only account and the address of the interface (host and port only).
2. An administrator adds the host to \`fuseSourceHosts\`; other hosts are refused.
3. Fill in address, name and password and take a first look: columns such as \`id\`, \`qymc\`, \`tyshxydm\` appear.
4. Answers are \`{code, msg, data: {total, pageNo, pageSize, list}}\`; change the paths under “Pages, tokens and the shape of answers” where they differ.

Each run reads everything. An enterprise that is no longer returned is not deleted; this source just speaks for it no more.

${ASK_EN}`,
  ),
};
