import { cleanup, screen, waitFor, within } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import { type Answers, fakeApi, Refused, realBorder } from '../../../testing/fake-api.ts';
import {
  AT,
  DICTIONARIES,
  JOB_ID,
  me,
  PREVIEW,
  PROFILE,
  RUN_ID,
  SOURCE_ID,
  SUGGESTION,
  source,
  VERSIONS,
  version,
} from '../../../testing/intake-fixture.ts';
import { PATIENCE, press, write } from '../../../testing/press.ts';
import { show } from '../../../testing/render.tsx';
import { MappingPage } from './mapping.page.tsx';

afterEach(() => {
  cleanup();
  realBorder();
});

const PATH = `/api/fuse/sources/${SOURCE_ID}`;
async function open(answers: Answers = {}) {
  let newest = 3;
  const sent = fakeApi({
    [`POST ${PATH}/mappings`]: () => {
      newest = 4;
      return version(4);
    },
    [`POST ${PATH}/runs`]: { job: JOB_ID, run: RUN_ID },
    ...answers,
    [`GET ${PATH}`]: () => source({ mapping: newest }),
    [`GET ${PATH}/mappings`]: () => ({ items: newest === 3 ? VERSIONS : [version(4), ...VERSIONS] }),
    [`GET ${PATH}/profile`]: { items: [{ run: RUN_ID, at: AT, profile: PROFILE }] },
    'POST /api/fuse/mappings/suggest': SUGGESTION,
    'POST /api/fuse/mappings/preview': PREVIEW,
    'GET /api/fuse/reference/units/entries': { items: [], next: null, total: 0 },
  });
  const shown = await show(<MappingPage />, 'zh-CN', {
    me: me(),
    dictionaries: DICTIONARIES,
    address: `/fuse/sources/${SOURCE_ID}/mapping`,
    pattern: '/fuse/sources/$id/mapping',
  });
  await screen.findByText('采用建议：企业规模（74%）', {}, PATIENCE);
  return { sent, ...shown };
}
const posts = (sent: { method: string; path: string; body: unknown }[]) =>
  sent.filter(({ method, path }) => method === 'POST' && path.startsWith(PATH));

describe('the page of a mapping', { timeout: 60_000 }, () => {
  it('saves what was changed as the next version of the one that was edited, then runs it', async () => {
    const { sent, router } = await open();
    expect(screen.getByText('与版本 3 相同')).toBeTruthy();
    await press('采用建议：企业规模（74%）');
    expect(await screen.findByText('1 处未保存的修改')).toBeTruthy();
    write('修改说明', '加上规模');
    await press('保存并运行');
    await waitFor(() => expect(router.state.location.pathname).toBe(`/fuse/runs/${RUN_ID}`), PATIENCE);
    const [saved, started] = posts(sent);
    expect(saved?.body).toMatchObject({
      basedOn: 3,
      note: '加上规模',
      rowKey: ['统一社会信用代码'],
      tests: [],
    });
    expect((saved?.body as { mappings: unknown[] } | undefined)?.mappings).toHaveLength(5);
    expect(started?.path).toBe(`${PATH}/runs`);
  });

  it('keeps the work when another version came in between', async () => {
    await open({
      [`POST ${PATH}/mappings`]: new Refused(409, {
        code: 'MAPPING_OUTDATED',
        message: '字段映射已被他人修改',
      }),
    });
    await press('采用建议：企业规模（74%）');
    await press('保存版本');
    expect(await screen.findByText('字段映射已被他人修改')).toBeTruthy();
    expect(screen.getByText('1 处未保存的修改')).toBeTruthy();
  });

  it('shows what a version changed and brings one back', async () => {
    const { sent } = await open({ [`POST ${PATH}/mappings/2/restore`]: version(4, { restores: 2 }) });
    await press('版本');
    await press('版本 3 的变化');
    const compared = within(screen.getByLabelText('版本 3 的变化', { selector: 'section' }));
    expect(compared.getByText('版本 2 → 3')).toBeTruthy();
    expect(compared.getByText('年营业收入（万元）')).toBeTruthy();
    await press('恢复版本 2');
    await screen.findByText('以版本 2 的内容生成新版本？');
    await press(/^确 ?定$|^OK$/);
    await waitFor(() =>
      expect(posts(sent)).toMatchObject([
        { path: `${PATH}/mappings/2/restore`, body: { basedOn: 3, note: '' } },
      ]),
    );
  });
});
