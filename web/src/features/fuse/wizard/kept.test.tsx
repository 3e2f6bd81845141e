import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import { type Answers, fakeApi, fakeUpload, pageOf, Refused, realBorder } from '../../../testing/fake-api.ts';
import { AT, DICTIONARIES, LOOK, me, PREVIEW, UPLOAD_ID } from '../../../testing/intake-fixture.ts';
import { press, write } from '../../../testing/press.ts';
import { show } from '../../../testing/render.tsx';
import { readKept } from './kept.ts';
import { NewSourcePage } from './new-source.page.tsx';

afterEach(() => {
  cleanup();
  realBorder();
  sessionStorage.clear();
});

async function open(answers: Answers = {}) {
  cleanup();
  const sent = fakeApi({
    'GET /api/fuse/templates': { items: [] },
    'GET /api/auth/organisations': { items: [] },
    'GET /api/fuse/reference/units/entries': pageOf([]),
    'POST /api/fuse/sources/look': LOOK,
    'POST /api/fuse/mappings/preview': PREVIEW,
    ...answers,
  });
  await show(<NewSourcePage />, 'zh-CN', { me: me(), dictionaries: DICTIONARIES });
  return sent;
}
const looks = (sent: Awaited<ReturnType<typeof open>>) =>
  sent.filter(({ path }) => path === '/api/fuse/sources/look').map(({ body }) => body);
const upload = { id: UPLOAD_ID, name: '规上企业名单.xlsx', bytes: 10, sha256: 'x', uploadedAt: AT };

async function nameTyped() {
  fakeUpload({ body: upload });
  await open();
  fireEvent.change(screen.getByLabelText('选择文件', { selector: 'input' }), {
    target: { files: [new File(['x'], '规上企业名单.xlsx')] },
  });
  await press('下一步：字段映射');
  await press('下一步：名称与责任单位');
  write('名称', '我起的名字');
}

async function databaseTyped() {
  await open({ 'POST /api/fuse/sources/look': new Refused(400, { code: 'SOURCE_UNREACHABLE' }) });
  await press(/^数据库/);
  write('主机', '10.0.0.8');
  write('密码', 'geheim');
}

describe('an unfinished source', { timeout: 60_000 }, () => {
  it('is offered after a reload and goes on where it was, with what was entered', async () => {
    await nameTyped();
    const sent = await open();
    expect(screen.getByText('有一次没完成的接入')).toBeTruthy();
    await press('继续');
    expect(await screen.findByDisplayValue('我起的名字')).toBeTruthy();
    expect(looks(sent)).toEqual([{ connection: { kind: 'upload', upload: UPLOAD_ID, options: {} } }]);
  });

  it('begins anew where the file no longer has the columns of the mapping', async () => {
    await nameTyped();
    await open({ 'POST /api/fuse/sources/look': { ...LOOK, columns: ['别的列'] } });
    await press('继续');
    expect(await screen.findByText('读取方式')).toBeTruthy();
    expect(screen.queryByDisplayValue('我起的名字')).toBeNull();
  });

  it('is not offered again once it was dropped', async () => {
    await nameTyped();
    await open();
    await press('放弃');
    expect(screen.queryByText('有一次没完成的接入')).toBeNull();
    await open();
    expect(screen.queryByText('有一次没完成的接入')).toBeNull();
  });

  it('keeps what was typed of a connection, without the password and without rows', async () => {
    await databaseTyped();
    const texts = JSON.stringify(Object.entries(sessionStorage));
    expect(texts).toContain('10.0.0.8');
    expect(texts).not.toContain('geheim');
    await nameTyped();
    expect(JSON.stringify(Object.entries(sessionStorage))).not.toContain('91360');
    await databaseTyped();
    await open();
    expect(screen.getByText(/密码和数据行没有保存/)).toBeTruthy();
    await press('继续');
    expect(((await screen.findByLabelText('主机')) as HTMLInputElement).value).toBe('10.0.0.8');
    expect((screen.getByLabelText('密码') as HTMLInputElement).value).toBe('');
  });

  it('belongs to one person and one day', async () => {
    await nameTyped();
    const { id } = me();
    await waitFor(() => expect(readKept(id, Date.now())?.step).toBe('name'));
    expect(readKept('somebody else', Date.now())).toBeNull();
    expect(readKept(id, Date.now() + 24 * 3_600_000)).toBeNull();
  });

  it('asks before it is left', async () => {
    fakeApi({ 'GET /api/fuse/templates': { items: [] } });
    const { router } = await show(<NewSourcePage />, 'zh-CN', { me: me(), dictionaries: DICTIONARIES });
    await press(/^数据库/);
    write('主机', '10.0.0.8');
    await waitFor(() => expect(readKept(me().id, Date.now())).not.toBeNull());
    void router.navigate({ to: '/fuse/runs/x' as never });
    expect(await screen.findByText('离开接入？')).toBeTruthy();
    expect(router.state.location.pathname).toBe('/');
  });
});
