import { readFileSync } from 'node:fs';
import type { Policy, PolicyTrialAnswer } from '@ronghe/contracts';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  axeFindings,
  browserPath,
  DESKTOP,
  openBrowser,
  openVisitor,
  settled,
  signIn,
  testUrl,
} from './browser.ts';

const path = browserPath();
const missing =
  path === null ? ' (NOT RUN: no browser on this machine; install Chromium or set CHROMIUM_PATH)' : '';
const POLICY = '给鹰潭：规上企业';

/** Chooses in a list by what is typed, as the keyboard does. */
async function choose(page: Page, label: string, typed: string): Promise<void> {
  const box = page.getByRole('dialog').getByRole('combobox', { name: label, exact: true });
  await box.click();
  await box.pressSequentially(typed);
  await page.keyboard.press('Enter');
}

describe.skipIf(path === null)(`shared data in a browser${missing}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());

  it('a dataset is found, understood, asked, taken away, granted after a look as somebody, and its use is told', {
    timeout: 180_000,
  }, async () => {
    const { context, page, faults } = await openVisitor(browser, { locale: 'zh-CN', size: DESKTOP });
    await signIn(context);
    const found: string[] = [];
    const look = async (where: string) =>
      found.push(...(await axeFindings(page)).map((finding) => `${where}: ${finding}`));
    const table = (name: string) => page.getByRole('table', { name, exact: true });

    // found by its name in SQL, in the list
    await page.goto(`${testUrl()}/share/datasets`);
    await page.getByRole('textbox', { name: '搜索名称、表名或说明' }).fill('share.enterprises');
    await expect.poll(() => table('数据集').getByRole('rowheader').count()).toBe(1);
    await page.getByRole('link', { name: '企业库', exact: true }).last().click();

    // what it means and why one sees it
    await page.getByText('可见 江西省 及其下级组织的行').waitFor();
    await table('列').getByRole('rowheader', { name: '企业名称' }).waitFor();

    // rows by a condition, then groups with a chart
    await page.getByRole('tab', { name: '浏览' }).click();
    await page.getByRole('button', { name: '添加条件' }).click();
    await page.getByRole('combobox', { name: '条件 1 列' }).click();
    await page.keyboard.type('name');
    await page.getByRole('option', { name: '企业名称 name', exact: true }).waitFor({ state: 'attached' });
    await page.getByTitle('企业名称 name', { exact: true }).last().click();
    await page.getByRole('combobox', { name: '条件 1 比较' }).click();
    await page.getByTitle('包含', { exact: true }).click();
    await page.getByRole('textbox', { name: '条件 1 值' }).fill('豫章');
    await page.getByRole('button', { name: '查询', exact: true }).click();
    await table('结果').waitFor();
    const names = await table('结果').getByRole('row').allTextContents();
    expect(names.length).toBeGreaterThan(1);
    expect(names.slice(1).every((row) => row.includes('豫章'))).toBe(true);
    await look('rows');

    // the same columns and conditions as a file, made by a job
    await page.getByRole('button', { name: '导出…' }).click();
    await page.getByRole('button', { name: '开始导出' }).click();
    const save = page.getByRole('button', { name: '下载 enterprises.csv' });
    await save.waitFor({ timeout: 60_000 });
    const [download] = await Promise.all([page.waitForEvent('download'), save.click()]);
    const lines = readFileSync(await download.path(), 'utf8')
      .trim()
      .split('\r\n');
    expect(lines.length).toBe(names.length);
    await page.keyboard.press('Escape');

    await page.getByText('分组汇总').click();
    await page.getByRole('combobox', { name: '分组列' }).click();
    await page.keyboard.type('city');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: '移除条件 1' }).click();
    await page.getByRole('button', { name: '查询', exact: true }).click();
    await page.getByRole('img', { name: /按所在城市的行数/ }).waitFor();
    expect(await table('结果').getByRole('rowheader').count()).toBe(11);
    await look('groups');

    // a grant, seen as the officer of the city before it is saved
    await page.goto(`${testUrl()}/share/policies`);
    await page.getByRole('button', { name: '新建策略' }).first().click();
    await page.getByRole('textbox', { name: '名称' }).fill(POLICY);
    await choose(page, '对象', 'jx.yingtan');
    await choose(page, '数据集', 'enterprises');
    await page.getByRole('button', { name: '下一步' }).click();
    await page.getByRole('button', { name: '下一步' }).click();
    const columns = page.getByRole('dialog').getByRole('combobox', { name: '可见的列' });
    await columns.click();
    for (const name of ['企业名称 name', '年营业收入（万元） revenue']) {
      await page.keyboard.type(name);
      await page.keyboard.press('Enter');
    }
    await columns.blur();
    await choose(page, '脱敏的列', 'revenue');
    await page.getByRole('spinbutton', { name: 'revenue 的脱敏方式 档宽' }).fill('1000');
    await page.getByRole('button', { name: '下一步' }).click();
    await page.getByRole('button', { name: '下一步' }).click();
    await choose(page, '身份', 'yingtan');
    await page.getByRole('heading', { name: '保存后的依据' }).waitFor();
    await page.getByText(`授权「${POLICY}」`).waitFor();
    await look('see as');
    await page.getByRole('button', { name: '保存策略' }).click();
    await page.getByText('策略已保存，立即生效').waitFor();
    await table('共享策略').getByRole('rowheader', { name: POLICY }).waitFor();
    await settled(page);
    await look('policies');

    // what was seen before is what holds now
    const list = await context.request.get(
      `${testUrl()}/api/share/policies?dataset=enterprises&state=active`,
    );
    const { items } = (await list.json()) as { items: Policy[] };
    const saved = items.find(({ name }) => name === POLICY);
    expect(saved?.masks).toEqual({ revenue: { kind: 'band', step: 1000 } });
    const users = await context.request.get(`${testUrl()}/api/auth/users`);
    const people = ((await users.json()) as { items: { id: string; username: string }[] }).items;
    const officer = people.find(({ username }) => username === 'yingtan')?.id;
    const tried = await context.request.post(`${testUrl()}/api/share/policies/try`, {
      headers: { 'x-ronghe-csrf': '1' },
      data: { dataset: 'enterprises', as: { kind: 'user', id: officer } },
    });
    const trial = (await tried.json()) as PolicyTrialAnswer;
    expect(trial.rowsOf).toContain('jx');
    expect(trial.policies.map(({ id }) => id)).toEqual([saved?.id]);

    // revoked again, with its versions
    await page.getByRole('button', { name: `撤销 ${POLICY}` }).click();
    await page.getByRole('dialog').getByRole('textbox', { name: '理由' }).fill('试用结束');
    await page.getByRole('dialog').getByRole('button', { name: '撤销', exact: true }).click();
    await page.getByText('策略已撤销').waitFor();
    await page.getByRole('button', { name: `${POLICY} 第 2 版` }).click();
    await page.getByRole('heading', { name: '第 1 版' }).waitFor();
    await page.keyboard.press('Escape');

    // and the use of all this is told
    await page.goto(`${testUrl()}/share/usage?by=dataset`);
    await table('按数据集')
      .getByRole('rowheader', { name: /企业库/ })
      .waitFor();
    await settled(page);
    await look('usage');
    await context.close();
    expect(found).toEqual([]);
    expect(faults).toEqual({ console: [], external: [] });
  });

  it('an operation of the API is tried as oneself; what writes asks first', async () => {
    const { context, page, faults } = await openVisitor(browser, { locale: 'en', size: DESKTOP });
    await signIn(context);
    await page.goto(`${testUrl()}/share/api`);
    await page.getByRole('textbox', { name: 'Search path, summary or permission' }).fill('datasets query');
    await page.getByRole('button', { name: /POST \/api\/share\/datasets\/enterprises\/query/ }).click();
    await page.getByRole('textbox', { name: 'Body (JSON)' }).fill('{"select":["name"],"limit":1}');
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByText('200', { exact: true }).waitFor();
    await page.getByText('"rowsRead"').waitFor();
    const findings = await axeFindings(page);
    await page.getByRole('textbox', { name: 'Search path, summary or permission' }).fill('revoke policy');
    await page.getByRole('button', { name: /POST \/api\/share\/policies\/\{id\}\/revoke/ }).click();
    await page.getByRole('textbox', { name: /^id/ }).fill('00000000-0000-4000-8000-000000000000');
    let asked = 0;
    page.on('request', (request) => {
      if (request.url().endsWith('/revoke')) asked += 1;
    });
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('It may change or delete real data').waitFor();
    expect(asked).toBe(0);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'hidden' });
    expect(asked).toBe(0);
    await context.close();
    expect(findings).toEqual([]);
    expect(faults).toEqual({ console: [], external: [] });
  });
});
