import type { AlertPage, Page as PageOf, Point } from '@ronghe/contracts';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { axeFindings, browserPath, DESKTOP, openBrowser, openVisitor, signIn, testUrl } from './browser.ts';

const path = browserPath();
const missing =
  path === null ? ' (NOT RUN: no browser on this machine; install Chromium or set CHROMIUM_PATH)' : '';
const RULE = '试验：读数高于零下一万';

describe.skipIf(path === null)(`alerts in a browser${missing}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());

  it('a rule is tried and saved, fires on a machine of the demo, is explained and acknowledged', {
    timeout: 180_000,
  }, async () => {
    const { context, page, faults } = await openVisitor(browser, { locale: 'zh-CN', size: DESKTOP });
    await signIn(context);
    const found: string[] = [];
    const look = async (where: string) =>
      found.push(...(await axeFindings(page)).map((finding) => `${where}: ${finding}`));
    const points = await context.request.get(`${testUrl()}/api/collect/points?limit=200`);
    const { items } = (await points.json()) as PageOf<Point>;
    const point = items.find(({ type }) => type === 'number');

    await page.goto(`${testUrl()}/alerts/rules`);
    await page.getByRole('button', { name: '新建规则' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: '名称' }).fill(RULE);
    await dialog.getByRole('combobox', { name: '点位', exact: true }).click();
    await page.keyboard.type(point?.key ?? '');
    await page
      .getByTitle(new RegExp(point?.key.replace(/[.*+?^${}()|[\]\\]/g, '\\$&') ?? ''))
      .last()
      .click();
    await page.keyboard.press('Escape');
    await dialog.getByRole('spinbutton', { name: '限值' }).fill('-10000');
    await dialog.getByRole('button', { name: '试算' }).click();
    await dialog.getByText(/1 个点位、.*会触发 1 次/).waitFor();
    await look('rule');
    await dialog.getByRole('button', { name: '保存', exact: true }).click();
    await page.getByText('规则已保存，几秒内生效').waitFor();
    await look('rules');

    // the machine goes on reporting, so it fires by itself
    await page.goto(`${testUrl()}/alerts`);
    await page
      .getByRole('button', { name: new RegExp(`查看 ${RULE}`) })
      .first()
      .click({ timeout: 60_000 });
    const drawer = page.getByRole('dialog');
    await drawer.getByText('高于 -10,000', { exact: false }).first().waitFor();
    await drawer.getByRole('img', { name: /在预警前后的读数/ }).waitFor();
    await look('explanation');
    await drawer.getByRole('button', { name: '确认', exact: true }).click();
    await page.getByRole('textbox', { name: '说明' }).fill('已知，试验规则');
    await page.getByRole('dialog').last().getByRole('button', { name: '确认', exact: true }).click();
    await page.getByText('已确认 1 条').waitFor();
    await drawer.getByText(/：已知，试验规则/).waitFor();

    // removed, its alert is over
    await page.goto(`${testUrl()}/alerts/rules`);
    await page.getByRole('button', { name: `删除 ${RULE}` }).click();
    await page.getByRole('dialog').getByRole('button', { name: '删除', exact: true }).click();
    await page.getByText('规则已删除').waitFor();
    const alerts = await context.request.get(
      `${testUrl()}/api/apply/alerts?search=${encodeURIComponent(RULE)}`,
    );
    const [alert] = ((await alerts.json()) as AlertPage).items;
    expect(alert).toMatchObject({ state: 'ended', note: '已知，试验规则' });
    await context.close();
    expect(found).toEqual([]);
    expect(faults).toEqual({ console: [], external: [] });
  });
});
