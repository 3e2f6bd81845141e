import type { MappingPreview } from '@ronghe/contracts';
import type { Browser, BrowserContext } from 'playwright-core';
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

/** What the rules make of an amount written so. */
async function revenueOf(context: BrowserContext, amount: string): Promise<string | null | undefined> {
  const field = (from: string, to: string, transform: string) => ({
    from,
    to,
    transform,
    unit: null,
    values: {},
  });
  const answer = await context.request.post(`${testUrl()}/api/fuse/mappings/preview`, {
    headers: { 'x-ronghe-csrf': '1' },
    data: {
      ...{ rowKey: ['id'], periodField: null, tests: [] },
      mappings: [field('n', 'name', 'name'), field('a', 'revenue', 'number')],
      from: { kind: 'rows', rows: [{ id: '1', n: '江西望湖第一精密制造有限公司', a: amount }] },
    },
  });
  const preview = (await answer.json()) as MappingPreview;
  return preview.rows[0]?.values.find(({ to }) => to === 'revenue')?.value;
}

describe.skipIf(path === null)(`reference data in a browser${missing}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());

  it('a change is a new version that rules read at once, shows its difference, and is taken back', {
    timeout: 60_000,
  }, async () => {
    const { context, page, faults } = await openVisitor(browser, { locale: 'zh-CN', size: DESKTOP });
    await signIn(context);
    const button = (name: string) => page.getByRole('button', { name, exact: true });
    expect(await revenueOf(context, '5万块')).toBeUndefined();

    await page.goto(`${testUrl()}/fuse/reference?set=units`);
    await page.getByRole('textbox', { name: '代码或名称' }).fill('wan-yuan');
    const table = page.getByRole('table', { name: '列表' });
    await expect.poll(() => table.getByRole('rowheader').count()).toBe(1);
    await button('修改').click();
    await page.getByLabel('写法').fill('万块');
    await page.keyboard.press('Enter');
    await page.getByLabel('依据').fill('望湖产业园统计口径');
    await button('保存为新版本').click();
    await page.getByText(/已保存为第 \d+ 版，规则已采用/).waitFor();
    expect(await revenueOf(context, '5万块')).toBe('5');

    await page.getByRole('tab', { name: '历史版本' }).click();
    await page.getByText('望湖产业园统计口径').waitFor();
    await button('查看差异').first().click();
    const differences = page.getByRole('dialog').getByRole('table');
    await differences.getByText(/万块/).waitFor();
    expect(await differences.getByRole('rowheader').allTextContents()).toEqual(['wan-yuan']);
    await settled(page);
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await button('退回此版本').first().click();
    await page.getByRole('tooltip').getByRole('button').last().click();
    await page.getByText(/已退回，成为第 \d+ 版/).waitFor();
    expect(await revenueOf(context, '5万块')).toBeUndefined();
    await context.close();
    expect(faults).toEqual({ console: [], external: [] });
  });
});
