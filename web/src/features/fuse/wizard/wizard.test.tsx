import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type Answers,
  fakeApi,
  fakeUpload,
  pageOf,
  Refused,
  realBorder,
  type Sent,
} from '../../../testing/fake-api.ts';
import {
  AT,
  DICTIONARIES,
  JOB_ID,
  LOOK,
  me,
  PREVIEW,
  ROWS_OF_RUN,
  RUN_ID,
  run,
  SOURCE_ID,
  SUGGESTION,
  source,
  TEMPLATE,
  UPLOAD_ID,
} from '../../../testing/intake-fixture.ts';
import { press, write } from '../../../testing/press.ts';
import { show } from '../../../testing/render.tsx';
import { NewSourcePage } from './new-source.page.tsx';
import { beginDraft, keyOf, rowsOfText } from './wizard-state.ts';

afterEach(() => {
  cleanup();
  realBorder();
});

async function open(answers: Answers = {}) {
  const sent = fakeApi({
    'GET /api/fuse/templates': { items: [TEMPLATE] },
    'GET /api/auth/organisations': { items: [] },
    'GET /api/fuse/reference/units/entries': pageOf([]),
    'POST /api/fuse/sources/look': LOOK,
    'POST /api/fuse/mappings/preview': PREVIEW,
    'POST /api/fuse/mappings/suggest': SUGGESTION,
    'POST /api/fuse/sources': source(),
    'POST /api/fuse/sources/*/runs': { job: JOB_ID, run: RUN_ID },
    'GET /api/fuse/runs/*': run(),
    'GET /api/fuse/runs/*/rows': pageOf(ROWS_OF_RUN.filter(({ change }) => change === 'rejected')),
    'GET /api/fuse/runs/*/problems': pageOf(LOOK.profile.problems),
    ...answers,
  });
  await show(<NewSourcePage />, 'zh-CN', { me: me(), dictionaries: DICTIONARIES });
  return sent;
}
const bodies = (sent: Awaited<ReturnType<typeof open>>, path: string) =>
  sent.filter((request) => request.method === 'POST' && request.path === path).map(({ body }) => body);
const upload = { id: UPLOAD_ID, name: '规上企业名单.xlsx', bytes: 10, sha256: 'x', uploadedAt: AT };
const file = (name: string) => new File(['x'], name);
const choose = (...files: File[]) =>
  fireEvent.change(screen.getByLabelText('选择文件', { selector: 'input' }), { target: { files } });

describe('bringing in a spreadsheet', { timeout: 60_000 }, () => {
  it('goes from a dropped file to a dataset in four presses', async () => {
    const handed = fakeUpload({ body: upload });
    const sent = await open();
    const zone = screen.getByText('把 Excel 或 CSV 文件拖到这里').parentElement as HTMLElement;
    fireEvent.drop(zone, { dataTransfer: { files: [file('规上企业名单.xlsx')] } });
    await press('下一步：字段映射');
    expect(handed[0]?.name).toBe('规上企业名单.xlsx');
    await press('下一步：名称与责任单位');
    expect(await screen.findByDisplayValue('规上企业名单')).toBeTruthy();
    expect(screen.getByDisplayValue('南昌市工业和信息化局 · 李工')).toBeTruthy();
    await press('创建并运行');
    expect(await screen.findByText('接入完成')).toBeTruthy();
    expect(screen.getByText('读取 1,200 = 落地 1,180 + 拒收 20')).toBeTruthy();
    expect(await screen.findByText(/统一社会信用代码: 校验码不符/)).toBeTruthy();
    expect(screen.getByText('打开数据集').getAttribute('href')).toBe(`/fuse/sources/${SOURCE_ID}`);
    expect(bodies(sent, '/api/fuse/sources')[0]).toMatchObject({
      name: '规上企业名单',
      organisation: 'jx.nanchang',
      connection: { kind: 'upload', upload: UPLOAD_ID, options: {} },
      rowKey: ['统一社会信用代码'],
      target: 'enterprise',
      schedule: null,
      mappings: [{ to: 'name' }, { to: 'code' }, { to: 'division' }, { to: 'revenue' }],
    });
  });

  it('shows how the file was read, tells problems with line and column, and reads anew when that is changed', async () => {
    fakeUpload({ body: upload });
    const sent = await open();
    choose(file('a.xlsx'));
    expect(await screen.findByText('1,200 行，7 列')).toBeTruthy();
    await press('读取问题 2');
    expect(screen.getByText('第 88 行').closest('tr')?.textContent).toContain('主营业务收入（千元）');
    const header = screen.getByLabelText('表头所在行（0 为没有）');
    fireEvent.change(header, { target: { value: '3' } });
    fireEvent.blur(header);
    await waitFor(() => expect(bodies(sent, '/api/fuse/sources/look')).toHaveLength(2));
    expect(bodies(sent, '/api/fuse/sources/look')[1]).toMatchObject({
      connection: { options: { sheet: '企业', headerRow: 3 } },
    });
  });

  it('says over the rows what is wrong with the text of a file and what to do, and leads to the places', async () => {
    fakeUpload({ body: upload });
    const broken = { rule: 'text-broken', file: 'a.csv', place: 7, column: '名称', text: '瀹㈡埛' };
    await open({
      'POST /api/fuse/sources/look': {
        ...LOOK,
        profile: { ...LOOK.profile, rows: 20_000, problems: [broken], problemCount: 625 },
      },
    });
    choose(file('a.csv'));
    expect(await screen.findByText('读取时有 625 处不对')).toBeTruthy();
    expect(screen.getByText(/无法还原，带着它的运行会被拦截/)).toBeTruthy();
    expect(screen.getByText('文件更长，先看开头这些行；运行时读取全部')).toBeTruthy();
    await press('查看位置和原文');
    expect(screen.getByText('第 7 行')).toBeTruthy();
  });

  it('puts what the server refuses beside its field', async () => {
    fakeUpload({ body: upload });
    await open({
      'POST /api/fuse/sources': new Refused(409, {
        code: 'SOURCE_EXISTS',
        details: [
          { path: 'key', message: '这个标识已被使用' },
          { path: 'mappings[1].transform', message: '不认识的转换' },
        ],
      }),
    });
    choose(file('a.xlsx'));
    await press('下一步：字段映射');
    await press('下一步：名称与责任单位');
    await press('创建并运行');
    const refused = await screen.findByText('这个标识已被使用');
    expect(refused.closest('.ant-form-item')?.textContent).toContain('标识');
    expect(screen.getByText('mappings[1].transform: 不认识的转换')).toBeTruthy();
  });

  it('says what to do with an old workbook, and what the server said of a file', async () => {
    fakeUpload({
      status: 413,
      body: { error: { code: 'FILE_TOO_LARGE', message: '文件过大', hint: '拆分后重试' } },
    });
    await open();
    choose(file('老表.xls'));
    expect(screen.getByText(/另存为 .xlsx/)).toBeTruthy();
    choose(file('a.csv'));
    expect(await screen.findByText('文件过大')).toBeTruthy();
    expect(screen.queryByText(/另存为 .xlsx/)).toBeNull();
  });
});

describe('bringing in what lies elsewhere', { timeout: 60_000 }, () => {
  it('asks how to reach a database and tells what is wrong at its field', async () => {
    const sent = await open({
      'POST /api/fuse/sources/look': new Refused(400, {
        code: 'SOURCE_UNREACHABLE',
        message: '无法读取来源',
        details: [{ path: 'connection.host', message: '主机没有应答' }],
      }),
    });
    await press(/^数据库/);
    for (const [label, text] of [
      ['主机', '10.0.0.8'],
      ['数据库名', 'tongji'],
      ['表或视图', 'power'],
      ['密码', 'geheim'],
    ] as const)
      write(label, text);
    await press('查看数据');
    const refused = await screen.findByText('主机没有应答');
    expect(refused.closest('.ant-form-item')?.textContent).toContain('主机');
    expect(bodies(sent, '/api/fuse/sources/look')[0]).toEqual({
      connection: {
        kind: 'database',
        engine: 'postgresql',
        host: '10.0.0.8',
        port: 5432,
        database: 'tongji',
        table: 'power',
        username: '',
        password: 'geheim',
      },
    });
  });

  it('lists what a database offers, shows the columns of one and takes it', async () => {
    const table = { schema: '统计', kind: 'table', rows: 500, comment: '月报', incremental: false };
    const sent = await open({
      'POST /api/fuse/sources/offer': ({ body }: Sent) =>
        (body as { connection: { table?: string } }).connection.table
          ? {
              more: false,
              items: [
                {
                  ...table,
                  name: 'power',
                  columns: [{ name: '产值', type: 'numeric', comment: '', key: false }],
                },
              ],
            }
          : {
              more: false,
              items: [
                { ...table, name: 'power', columns: null },
                { ...table, name: 'water', columns: null },
              ],
            },
    });
    await press(/^数据库/);
    await press('从数据库中选表…');
    expect(bodies(sent, '/api/fuse/sources/offer')).toEqual([]);
    write('主机', '10.0.0.8');
    write('数据库名', 'tongji');
    write('密码', 'geheim');
    await press('从数据库中选表…');
    expect(await screen.findByText('共 2 项')).toBeTruthy();
    write('搜索名称或说明', 'pow');
    expect(await screen.findByText('共 1 项')).toBeTruthy();
    await press('统计.power');
    expect(await screen.findByText('产值')).toBeTruthy();
    await press('选用');
    expect((screen.getByLabelText('表或视图') as HTMLInputElement).value).toBe('power');
    expect((screen.getByLabelText('模式') as HTMLInputElement).value).toBe('统计');
    const place = {
      kind: 'database',
      engine: 'postgresql',
      host: '10.0.0.8',
      port: 5432,
      database: 'tongji',
    };
    const asked = { ...place, username: '', password: 'geheim' };
    expect(bodies(sent, '/api/fuse/sources/offer')).toEqual([
      { connection: asked },
      { connection: { ...asked, schema: '统计', table: 'power' } },
    ]);
  });

  it('lists the streams of a program', async () => {
    await open({
      'POST /api/fuse/sources/offer': {
        more: false,
        items: [
          {
            name: 'orders',
            schema: null,
            kind: 'stream',
            rows: null,
            comment: '',
            incremental: true,
            columns: [],
          },
        ],
      },
    });
    await press(/^接入程序/);
    write('程序名', 'tap-erp');
    await press('从程序中选数据流…');
    await press('选用 orders');
    expect((screen.getByLabelText('数据流') as HTMLInputElement).value).toBe('orders');
  });

  it('connects a collection of MongoDB with the fields of a document', async () => {
    const sent = await open();
    await press(/^数据库/);
    fireEvent.click(screen.getByLabelText('MongoDB'));
    await screen.findByLabelText('集合');
    for (const [label, text] of [
      ['主机', '10.0.0.9'],
      ['数据库名', 'mes'],
      ['集合', 'batches'],
    ] as const)
      write(label, text);
    await press('查看数据');
    expect(await screen.findByText('至少要有一个字段')).toBeTruthy();
    write(
      '粘贴一条文档（JSON）',
      '{"_id": {"$oid": "6"}, "name": "甲", "output": 12, "at": {"$date": "2026-10-01T00:00:00Z"}}',
    );
    await press('按文档填写字段');
    await press('查看数据');
    await waitFor(() => expect(bodies(sent, '/api/fuse/sources/look')).toHaveLength(1));
    expect(bodies(sent, '/api/fuse/sources/look')[0]).toMatchObject({
      connection: {
        engine: 'mongodb',
        port: 27017,
        table: 'batches',
        fields: [
          { name: '_id', kind: 'text' },
          { name: 'name', kind: 'text' },
          { name: 'output', kind: 'number' },
          { name: 'at', kind: 'time' },
        ],
      },
    });
  });

  it('shows the guide of a template with headings and lists, and the columns to ask for', async () => {
    const guide = {
      zh: '# 接入名单\n\n1. 申请账号\n2. 填写地址\n\n## 需要与提供方确认\n\n- 数据范围；',
      en: '# Connect',
    };
    const columns = [
      {
        name: 'qymc',
        meaning: { zh: '企业名称', en: 'Name' },
        kind: 'name',
        required: true,
        unit: null,
        example: '示例铜业',
        sensitive: false,
      },
    ];
    await open({ 'GET /api/fuse/templates': { items: [{ ...TEMPLATE, guide, columns }] } });
    await press('使用模板“规上工业企业月报”');
    expect((await screen.findByText('接入名单')).tagName).toBe('H3');
    expect(screen.getByText('申请账号').parentElement?.tagName).toBe('OL');
    expect(screen.getByText('数据范围；').parentElement?.tagName).toBe('UL');
    fireEvent.click(screen.getByText('向提供方要的列（1）'));
    expect((await screen.findByText('示例铜业')).closest('tr')?.textContent).toContain('qymc必填');
  });

  it('proposes a mapping for pushed rows from a sample', async () => {
    const sent = await open();
    await press(/^推送/);
    write('示例行', '{"企业名称": "豫章铜业", "产值": 12}');
    await press('查看数据');
    await waitFor(() => expect(bodies(sent, '/api/fuse/mappings/suggest')).toHaveLength(1));
    expect(bodies(sent, '/api/fuse/mappings/suggest')[0]).toMatchObject({
      rows: 1,
      columns: [
        { name: '企业名称', kind: 'text' },
        { name: '产值', kind: 'decimal' },
      ],
    });
    expect(bodies(sent, '/api/fuse/sources/look')).toEqual([]);
  });
});

describe('what the wizard fills in', () => {
  it.each([
    ['Output 2026-10.xlsx', 'output-2026-10'],
    ['规上企业名单.xlsx', 'source-20261129180000'],
    ['2026.csv', 'source-20261129180000'],
    ['--A__b--.csv', 'a-b'],
  ])('a key for %s is %s', (name, key) => {
    expect(keyOf(name, Date.parse(AT))).toBe(key);
  });

  it('takes the mapping of a template for the columns that are there', () => {
    const template = {
      ...TEMPLATE,
      mappings: [...TEMPLATE.mappings.slice(0, 1), { ...TEMPLATE.mappings[1], from: '没有这列' }],
    };
    const draft = beginDraft(LOOK, template as typeof TEMPLATE);
    expect(draft.mappings.map(({ to }) => to)).toEqual(['name', 'code', 'division', 'revenue']);
    expect(draft.mappings.every(({ from }) => LOOK.columns.includes(from))).toBe(true);
  });

  it('reads a sample only when it is rows', () => {
    expect(rowsOfText('[{"a":1}]')).toEqual([{ a: 1 }]);
    for (const text of ['', '[]', '[1]', '"a"', '{a:1}']) expect(rowsOfText(text)).toBeNull();
  });
});
