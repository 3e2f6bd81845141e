import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Run } from '@ronghe/contracts';
import type { Browser } from 'playwright-core';
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
import { PLANTED, parkList } from './workbook.ts';

const PICTURES = join(import.meta.dirname, 'screenshots');
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const path = browserPath();
const missing =
  path === null ? ' (NOT RUN: no browser on this machine; install Chromium or set CHROMIUM_PATH)' : '';

describe.skipIf(path === null)(`bringing data in with a browser${missing}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    mkdirSync(PICTURES, { recursive: true });
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());

  it('a spreadsheet becomes a mapped, checked, searchable dataset', { timeout: 90_000 }, async () => {
    const { context, page, faults } = await openVisitor(browser, { locale: 'zh-CN', size: DESKTOP });
    await signIn(context);
    const found: string[] = [];
    const look = async (name: string) => {
      await settled(page);
      await page.screenshot({ path: join(PICTURES, `intake-${name}.png`) });
      found.push(...(await axeFindings(page)).map((finding) => `${name}: ${finding}`));
    };
    const { bytes, rows } = await parkList();
    const button = (name: string) => page.getByRole('button', { name, exact: true });

    await page.goto(`${testUrl()}/fuse/sources`);
    await page.getByRole('button', { name: /接入数据/ }).click();
    await page
      .getByLabel('选择文件', { exact: true })
      .and(page.locator('input'))
      .setInputFiles({ name: '望湖产业园名录.xlsx', mimeType: XLSX, buffer: bytes });
    await page.getByText(`${rows} 行，8 列`).waitFor();
    await look('look');
    // a page that was loaded anew goes on where it was
    page.once('dialog', (dialog) => void dialog.accept());
    await page.reload();
    await button('继续').click();
    await page.getByText(`${rows} 行，8 列`).waitFor();
    await button('下一步：字段映射').click();
    await page.getByText('已映射 8 / 8').waitFor();
    await page.getByText('统一社会信用代码|企业名称').first().waitFor();
    await look('mapping');
    await button('下一步：名称与责任单位').click();
    await look('name');
    await button('创建并运行').click();
    await page.getByText('接入完成').waitFor();
    await page.getByText(`读取 ${rows} = 落地 ${rows - 1} + 拒收 1`).waitFor();
    await page.getByText('代码校验位正确').waitFor();
    await page.getByText(/^合计/).waitFor();
    await look('result');

    await page.getByRole('link', { name: '打开数据集' }).click();
    await page.getByRole('textbox', { name: '搜索任何值' }).fill('第7精密');
    const table = page.getByRole('table', { name: '数据' });
    await expect.poll(() => table.getByRole('rowheader').count()).toBe(1);
    expect(await table.getByRole('row').nth(1).textContent()).toContain('2007-07-07');
    expect(await table.getByRole('row').nth(1).textContent()).toContain('2060');
    await look('dataset');

    const search = page.getByRole('textbox', { name: '搜索任何值' });
    await search.fill('');
    await expect.poll(() => table.getByRole('rowheader').count()).toBe(rows - 1);
    await table.getByRole('button', { name: '从业人数' }).click();
    await expect
      .poll(async () => (await table.getByRole('row').nth(1).textContent()) ?? '')
      .toContain('第1精密');
    await table.getByRole('button', { name: '从业人数' }).click();
    await expect
      .poll(async () => (await table.getByRole('row').nth(1).textContent()) ?? '')
      .toContain(`第${rows - 1}精密`);
    await page.getByRole('button', { name: /按列筛选$/ }).click();
    await page.getByLabel('列', { exact: true }).click();
    await page.getByTitle('从业人数', { exact: true }).click();
    await page.getByLabel('条件', { exact: true }).click();
    await page.getByTitle('不小于', { exact: true }).click();
    await page.getByLabel('值', { exact: true }).fill('60');
    await button('筛选').click();
    await expect.poll(() => table.getByRole('rowheader').count()).toBe(4);
    await look('filtered');
    await page.goto(`${testUrl()}/`);
    await settled(page);
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('望湖产业园');
    await page.getByRole('option', { name: /望湖产业园名录/ }).click();
    await page.getByRole('heading', { name: '望湖产业园名录' }).waitFor();

    const source = new URL(page.url()).pathname.split('/').at(-1);
    const answer = await context.request.get(`${testUrl()}/api/fuse/sources/${source}/quality`);
    const { newest } = (await answer.json()) as {
      newest: { run: string; results: { key: string; failed: number }[] };
    };
    const failed = (key: string) => newest.results.find((result) => result.key === key)?.failed;
    expect(failed('code-check-digit')).toBe(PLANTED.wrongCodes.length);
    expect(failed('code-required')).toBe(PLANTED.noCode.length);
    expect(failed('number-invalid')).toBe(PLANTED.wordsForNumber.length);
    const run = (await (await context.request.get(`${testUrl()}/api/fuse/runs/${newest.run}`)).json()) as Run;
    expect(run).toMatchObject({ state: 'succeeded', enterprisesCreated: rows - 1 });
    expect(run.job).toMatch(/^[0-9a-f-]{36}$/);
    await context.close();
    expect(found).toEqual([]);
    expect(faults).toEqual({ console: [], external: [] });
  });
});
