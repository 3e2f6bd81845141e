import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import { type Answers, fakeApi, pageOf, realBorder } from '../../../testing/fake-api.ts';
import {
  AT,
  DICTIONARIES,
  HELD,
  MAPPED,
  me,
  PROFILE,
  RUN_ID,
  SOURCE_ID,
  source,
} from '../../../testing/intake-fixture.ts';
import { press, write } from '../../../testing/press.ts';
import { show } from '../../../testing/render.tsx';
import { connectionOf, valuesOf } from './connection-values.ts';
import { exampleOf } from './push-example.tsx';
import { SourcePage } from './source.page.tsx';

afterEach(() => {
  cleanup();
  realBorder();
});

const DATABASE = source({
  kind: 'database',
  address: 'postgresql://10.0.0.8:5432/tongji/power',
  connection: {
    kind: 'database',
    engine: 'postgresql',
    host: '10.0.0.8',
    port: 5432,
    database: 'tongji',
    table: 'power',
    username: 'reader',
  },
  schedule: '0 2 * * *',
});
const datasetOf = (items: readonly unknown[]) => ({
  ...pageOf(items),
  units: { 'indicator:REVENUE': { zh: '万元', en: '10,000 CNY' } },
  left: ['备注'],
});
async function open(search = '', { answers = {} as Answers, without = [] as string[] } = {}) {
  const sent = fakeApi({
    'GET /api/fuse/sources/*': source(),
    'GET /api/fuse/sources/*/rows': datasetOf(
      MAPPED.map(({ rowKey, values, row, findings }) => ({
        rowKey,
        period: null,
        run: RUN_ID,
        values: Object.fromEntries(values.map(({ to, value }) => [to, value])),
        row,
        findings,
      })),
    ),
    'GET /api/fuse/sources/*/rows/export': 'x',
    'GET /api/fuse/sources/*/profile': { items: [{ run: RUN_ID, at: AT, profile: PROFILE }] },
    'GET /api/fuse/runs': pageOf([HELD]),
    'GET /api/auth/organisations': { items: [] },
    'PATCH /api/fuse/sources/*': source(),
    ...answers,
  });
  const page = await show(<SourcePage />, 'zh-CN', {
    me: me(without),
    dictionaries: DICTIONARIES,
    address: `/fuse/sources/${SOURCE_ID}${search}`,
    pattern: '/fuse/sources/$id',
  });
  await screen.findByText('规上企业名单', { selector: 'h1' });
  return { sent, ...page };
}

describe('the page of a source', { timeout: 60_000 }, () => {
  it('searches rows through the address, marks what is wrong, and exports what is shown', async () => {
    const { sent, router } = await open('?findings=with');
    expect(await screen.findByText('豫章铜业有限公司')).toBeTruthy();
    expect(screen.getByTitle('校验码不符').textContent).toContain('91360100158263740G');
    write('搜索任何值', '豫章');
    await waitFor(() => expect(router.state.location.search).toEqual({ findings: 'with', search: '豫章' }));
    await press('导出 CSV');
    const asked = () => sent.filter(({ path }) => path.endsWith('/rows/export'));
    await waitFor(() => expect(asked()).toHaveLength(1));
    expect(asked()[0]?.query).toEqual({ findings: 'with', search: '豫章', format: 'csv' });
    await press('91360100158263740G');
    expect(await screen.findByText('来源原始行')).toBeTruthy();
  });

  it('filters by a column and sorts by its heading through the address, and exports the same', async () => {
    const { sent, router } = await open();
    await press('按列筛选');
    fireEvent.mouseDown(await screen.findByLabelText('列'));
    fireEvent.click(await screen.findByTitle('企业名称'));
    write('值', '铜业');
    await press('筛选');
    const filters = JSON.stringify([{ to: 'name', is: 'contains', value: '铜业' }]);
    await waitFor(() => expect(router.state.location.search).toEqual({ filters }));
    expect(await screen.findByText('企业名称 包含 铜业')).toBeTruthy();
    await press('企业名称');
    await waitFor(() => expect(router.state.location.search).toEqual({ filters, sort: 'name' }));
    const sorted = () => document.querySelector('th[aria-sort="ascending"]')?.textContent;
    await waitFor(() => expect(sorted()).toContain('企业名称'));
    await press('导出 Excel');
    const asked = () => sent.filter(({ path }) => path.endsWith('/rows/export'));
    await waitFor(() => expect(asked()).toHaveLength(1));
    expect(asked()[0]?.query).toEqual({ filters, sort: 'name', format: 'xlsx' });
    await press('去掉条件：企业名称 包含 铜业');
    await waitFor(() => expect(router.state.location.search).toEqual({ sort: 'name' }));
  });

  it('shows columns that the mapping leaves out when asked, sorts by them, and says the unit of numbers', async () => {
    const { router } = await open('?left=shown');
    await press('备注（未映射）');
    await waitFor(() => expect(router.state.location.search).toMatchObject({ sort: 'raw:备注' }));
    const heads = [...document.querySelectorAll('th')].map((head) => head.textContent);
    expect(heads.filter((head) => head?.includes('（万元）'))).toHaveLength(1);
    await press('按列筛选');
    fireEvent.mouseDown(await screen.findByLabelText('列'));
    expect(await screen.findByTitle('备注（未映射）')).toBeTruthy();
  });

  it('asks the database of a saved source for its tables, with the password nobody sees', async () => {
    const table = {
      name: 'power',
      schema: 'public',
      kind: 'table',
      rows: 7,
      comment: '',
      incremental: false,
    };
    const { sent } = await open('?tab=connection', {
      answers: {
        'GET /api/fuse/sources/*': DATABASE,
        'POST /api/fuse/sources/offer': { items: [{ ...table, columns: null }], more: false },
      },
    });
    await press('从数据库中选表…');
    expect(await screen.findByText('public.power')).toBeTruthy();
    expect(sent.find(({ path }) => path.endsWith('/offer'))?.body).toMatchObject({
      source: SOURCE_ID,
      connection: { host: '10.0.0.8', username: 'reader', password: '' },
    });
  });

  it('says how many rows have an older form, and renews them from what landed', async () => {
    const { sent } = await open('', {
      answers: {
        'GET /api/fuse/sources/*': source({ kind: 'push', rowsOlder: 1234 }),
        'POST /api/fuse/sources/*/runs': { run: RUN_ID },
      },
    });
    expect(await screen.findByText(/有 1,234 行仍按旧版字段映射处理/)).toBeTruthy();
    await press('按新版字段映射更新');
    const started = () => sent.filter(({ method }) => method === 'POST');
    await waitFor(() => expect(started()).toHaveLength(1));
    expect(started()[0]?.body).toEqual({ from: 'landed' });
  });

  it('offers to clear filters that leave nothing, and stays on its tab', async () => {
    const { router } = await open('?tab=data&search=zzz', {
      answers: { 'GET /api/fuse/sources/*/rows': datasetOf([]) },
    });
    await press('清除筛选');
    await waitFor(() => expect(router.state.location.search).toEqual({ tab: 'data' }));
  });

  it('tells each column’s kind, filling and common values, and closely what does not fit', async () => {
    await open('?tab=profile');
    const line = (await screen.findByText('主营业务收入（千元）')).closest('tr') as HTMLElement;
    for (const text of ['金额', '千元', '92%', '数字带文字 × 33']) expect(line.textContent).toContain(text);
    fireEvent.click(screen.getByText('主营业务收入（千元）'));
    expect(await screen.findByText('182,340.5 ± 99,120.2')).toBeTruthy();
    expect(screen.getByText('第 118 行')).toBeTruthy();
  });

  it('shows how columns moved, run by run, what breaks the mapping first', async () => {
    await open('?tab=drift');
    expect((await screen.findByText('疑似改名')).closest('tr')?.textContent).toContain('字段映射要用到它');
  });

  it('changes a connection without ever showing or losing its secret', async () => {
    const { sent } = await open('?tab=connection', { answers: { 'GET /api/fuse/sources/*': DATABASE } });
    const secret = await screen.findByLabelText<HTMLInputElement>('密码');
    expect(secret.value).toBe('');
    expect(screen.getByText('已加密保存；留空表示不变')).toBeTruthy();
    write('主机', '10.0.0.9');
    await press('保存');
    await waitFor(() => expect(sent.some(({ method }) => method === 'PATCH')).toBe(true));
    const body = sent.find(({ method }) => method === 'PATCH')?.body;
    expect(body).toMatchObject({
      schedule: '0 2 * * *',
      watermarkField: null,
      connection: { kind: 'database', host: '10.0.0.9', username: 'reader', password: '' },
    });
    expect(body).not.toHaveProperty('key');
  });

  it('hides what one may not do or see', async () => {
    await open('?tab=connection', { without: ['fuse:source:write', 'fuse:run:write', 'fuse:quality:read'] });
    expect(await screen.findByText('nanchang-list')).toBeTruthy();
    for (const text of ['保存', '删除数据源', '运行', '上传新文件'])
      expect(screen.queryByText(text, { selector: 'button span, h2' })).toBeNull();
    expect(screen.queryByText('质量', { selector: '[role=tab]' })).toBeNull();
  });
});

describe('how rows are pushed', () => {
  it.each([
    ['rows', '/rows', '{"idempotencyKey":"nanchang-list-0001","rows":[{"企业名称":"…"'],
    ['debezium', '/events', '{"payload":{"op":"c","before":null,"after":{"企业名称":"…"'],
  ])('as %s goes to %s', (format, path, body) => {
    const text = exampleOf(source({ kind: 'push', connection: { kind: 'push', format } }), 'https://r.test');
    expect(text).toContain(`https://r.test/api/fuse/sources/${SOURCE_ID}${path}'`);
    expect(text).toContain(body);
  });
});

describe('a connection from a form', () => {
  it('leaves away what is to be recognised or is usual', () => {
    expect(
      connectionOf('folder', { folder: 'a', options: { sheet: '', headerRow: 0, encoding: null } }),
    ).toEqual({
      kind: 'folder',
      folder: 'a',
      options: { headerRow: 0 },
    });
    const http = connectionOf('http-json', {
      url: 'http://a',
      listPath: '/l',
      reading: { paging: undefined, totalField: '' },
    });
    expect(http).not.toHaveProperty('reading');
    expect(http).toMatchObject({ tokenPath: '', username: '', password: '' });
  });

  it('holds settings of a program as text and sends them as an object', () => {
    const known = {
      kind: 'program',
      protocol: 'singer',
      program: 'tap-x',
      stream: 's',
      settings: { host: 'h' },
    };
    const values = valuesOf('program', known);
    expect(values.settings).toBe('{\n  "host": "h"\n}');
    expect(connectionOf('program', { ...values, secrets: '{"password":"p"}' })).toEqual({
      ...known,
      secrets: { password: 'p' },
    });
  });
});
