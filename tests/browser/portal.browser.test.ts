import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  axeFindings,
  browserPath,
  DESKTOP,
  type Faults,
  follow,
  type Locale,
  openBrowser,
  openVisitor,
  PHONE,
  type Size,
  settled,
  signIn,
  testUrl,
  WALL,
  watch,
} from './browser.ts';

const PICTURES = join(import.meta.dirname, 'screenshots');
const PAGE_MS_MAX = 180_000;
/** Far above the goal of two seconds, which is for a quiet machine: a test may run on a busy one. */
const USABLE_MS_MAX = 10_000;

/**
 * Which visitors look at every page; axe reads the same page the same way at any width but a phone's, and contrast is the same in
 * every language. The tabs of a page are left out where the frame around them is all that differs. One visitor opens
 * every page by its address, the others go from page to page as people do, without loading the portal anew.
 */
type Tour = {
  locale: Locale;
  size: Size;
  accessible: boolean;
  contrast: boolean;
  tabs: boolean;
  loads: boolean;
};
const TOURS: readonly Tour[] = [
  { locale: 'zh-CN', size: DESKTOP, accessible: true, contrast: true, tabs: true, loads: false },
  { locale: 'zh-CN', size: WALL, accessible: false, contrast: false, tabs: false, loads: true },
  { locale: 'zh-CN', size: PHONE, accessible: true, contrast: true, tabs: true, loads: false },
  { locale: 'en', size: DESKTOP, accessible: true, contrast: false, tabs: true, loads: false },
  { locale: 'en', size: PHONE, accessible: false, contrast: false, tabs: true, loads: false },
];
/** Windows of one visitor side by side: while one waits for its answers the other draws. */
const LANES = 3;
/** Pictures of every page are for people: they are taken when somebody asks for them. */
const TAKES_PICTURES = process.env.RONGHE_PICTURES === '1';

/** Every page by its address; `$enterprise`, `$source`, `$run` and `$pair` are filled with what the demo holds. */
const PAGES = {
  home: '/',
  province: '/province',
  'province-city': '/province?city=360600&measure=revenue',
  indicators: '/fuse/indicators',
  'indicators-city': '/fuse/indicators?region=360600&by=county&compare=region:360681,region:360602',
  'indicators-enterprises': '/fuse/indicators?code=ELECTRICITY&by=enterprise&order=change',
  enterprises: '/fuse/enterprises',
  'enterprises-none': '/fuse/enterprises?search=zzzzzz',
  enterprise: '/fuse/enterprises/$enterprise',
  'enterprise-relations': '/fuse/enterprises/$enterprise?tab=relations',
  'enterprise-indicators': '/fuse/enterprises/$enterprise?tab=indicators',
  'enterprise-equipment': '/fuse/enterprises/$enterprise?tab=equipment',
  'enterprise-things': '/fuse/enterprises/$enterprise?tab=things',
  'enterprise-quality': '/fuse/enterprises/$enterprise?tab=quality',
  'enterprise-rows': '/fuse/enterprises/$enterprise?tab=rows',
  parks: '/fuse/parks',
  review: '/fuse/review',
  'review-done': '/fuse/review?tab=done',
  'review-pair': '/fuse/review/$pair',
  explain: '/fuse/explain',
  model: '/fuse/model',
  lookup: '/fuse/search-before-create',
  sources: '/fuse/sources',
  'source-new': '/fuse/sources/new',
  source: '/fuse/sources/$source',
  'source-runs': '/fuse/sources/$source?tab=runs',
  'source-profile': '/fuse/sources/$source?tab=profile',
  'source-mapping': '/fuse/sources/$source?tab=mapping',
  'source-quality': '/fuse/sources/$source?tab=quality',
  'source-drift': '/fuse/sources/$source?tab=drift',
  'source-connection': '/fuse/sources/$source?tab=connection',
  mapping: '/fuse/sources/$source/mapping',
  runs: '/fuse/runs',
  run: '/fuse/runs/$run',
  'run-rows': '/fuse/runs/$run?tab=rows',
  'run-problems': '/fuse/runs/$run?tab=problems',
  'run-findings': '/fuse/runs/$run?tab=findings',
  'run-audit': '/fuse/runs/$run?tab=audit',
  'run-drift': '/fuse/runs/$run?tab=drift',
  'run-profile': '/fuse/runs/$run?tab=profile',
  quality: '/fuse/quality',
  'quality-rules': '/fuse/quality/rules',
  'quality-issues': '/fuse/quality/issues',
  reference: '/fuse/reference?set=units',
  'reference-history': '/fuse/reference?set=sizes&tab=history',
  datasets: '/share/datasets',
  'datasets-none': '/share/datasets?search=zzzzzz',
  dataset: '/share/datasets/enterprises',
  'dataset-query': '/share/datasets/enterprises?tab=query',
  'dataset-contract': '/share/datasets/enterprises?tab=contract',
  'dataset-connect': '/share/datasets/observations?tab=connect&guide=python',
  policies: '/share/policies',
  alerts: '/alerts?state=all',
  'alert-rules': '/alerts/rules',
  'alert-channels': '/alerts/channels',
  requests: '/share/requests',
  'requests-mine': '/share/requests?side=mine',
  usage: '/share/usage',
  'usage-keys': '/share/usage?side=owner&days=7&by=key',
  'api-explorer': '/share/api?operation=POST%20%2Fapi%2Fshare%2Fdatasets%2Fenterprises%2Fquery',
  collectors: '/collect/collectors',
  collector: '/collect/collectors/yuzhang-copper',
  'collector-configuration': '/collect/collectors/yuzhang-copper?tab=configuration',
  'collector-versions': '/collect/collectors/yuzhang-copper?tab=versions',
  points: '/collect/points',
  intake: '/ingest/intake?hours=1',
  rejects: '/ingest/rejects',
  jobs: '/platform/jobs',
  organisations: '/platform/organisations',
  users: '/platform/users',
  keys: '/platform/keys',
  audit: '/platform/audit',
  status: '/platform/status',
  'not-found': '/nowhere',
} as const;

const path = browserPath();
if (path === null && process.env.CI) throw new Error('CI is set and there is no browser: set CHROMIUM_PATH');
const missing =
  path === null ? ' (NOT RUN: no browser on this machine; install Chromium or set CHROMIUM_PATH)' : '';

describe.skipIf(path === null)(`the portal in a browser${missing}`, () => {
  let browser: Browser;
  const known = { enterprise: '', source: '', run: '', pair: '' };
  const addressOf = (address: string) =>
    testUrl() +
    address
      .replace('$enterprise', known.enterprise)
      .replace('$source', known.source)
      .replace('$run', known.run)
      .replace('$pair', known.pair);

  beforeAll(async () => {
    mkdirSync(PICTURES, { recursive: true });
    browser = await openBrowser();
    const { context } = await openVisitor(browser, { locale: 'zh-CN', size: DESKTOP });
    await signIn(context);
    const first = async (list: string): Promise<string> => {
      const answer = await context.request.get(`${testUrl()}${list}`);
      const { items } = (await answer.json()) as { items: { id: string }[] };
      return items[0]?.id ?? '';
    };
    known.enterprise = await first('/api/fuse/enterprises?search=豫章');
    known.source = await first('/api/fuse/sources');
    known.run = await first('/api/fuse/runs');
    // Without doubtful pairs the page says that all are reviewed.
    known.pair = (await first('/api/fuse/review')) || 'done';
    await context.close();
  });
  afterAll(() => browser?.close());

  for (const { locale, size, accessible, contrast, tabs, loads } of TOURS) {
    it(`shows every page in ${locale} at ${size.width}x${size.height} without an error`, {
      timeout: PAGE_MS_MAX * 2,
    }, async () => {
      const { context, page: first, faults } = await openVisitor(browser, { locale, size });
      await signIn(context);
      const left = Object.entries(PAGES).filter(([, address]) => tabs || !address.includes('tab='));
      const asked = left.length;
      const found: string[] = [];
      const external = [faults.external];
      let seen = 0;
      const lane = async (page: Page, faults: Faults) => {
        external.push(faults.external);
        for (let isFirst = true; ; isFirst = false) {
          const [name, address] = left.shift() ?? [];
          if (name === undefined || address === undefined) return;
          if (loads || isFirst) await page.goto(addressOf(address));
          else await follow(page, addressOf(address));
          await settled(page);
          if (TAKES_PICTURES)
            await page.screenshot({ path: join(PICTURES, `${name}-${locale}-${size.name}.png`) });
          if (accessible)
            found.push(...(await axeFindings(page, { contrast })).map((finding) => `${name}: ${finding}`));
          const { wider, at } = await page.evaluate(() => ({
            wider: document.documentElement.scrollWidth - window.innerWidth,
            at: location.href,
          }));
          if (wider > 1) found.push(`${name}: is ${wider} pixels wider than the window`);
          if (new URL(at).pathname !== new URL(addressOf(address)).pathname)
            found.push(`${name}: went to ${at}`);
          found.push(...faults.console.splice(0).map((fault) => `${name}: ${fault}`));
          seen += 1;
        }
      };
      const others = Array.from({ length: LANES - 1 }, async () => {
        const page = await context.newPage();
        await lane(page, watch(page));
      });
      await Promise.all([lane(first, faults), ...others]);
      await context.close();
      expect(found).toEqual([]);
      expect(external.flat()).toEqual([]);
      expect(seen).toBe(asked);
    });
  }

  it('sees what is planted into a page: a button without a name, pale text, an error, a wide element', async () => {
    const { context, page, faults } = await openVisitor(browser, { locale: 'en', size: PHONE });
    await signIn(context);
    await page.goto(addressOf(PAGES.keys));
    await settled(page);
    await follow(page, addressOf(PAGES.users));
    await settled(page);
    expect(faults.console).toEqual([]);
    await page.evaluate(() => {
      const planted = document.createElement('div');
      planted.innerHTML = '<button></button><p style="color:#ccc;background:#fff">pale</p>';
      const wide = document.createElement('div');
      wide.style.cssText = 'width:900px;height:1px';
      document.querySelector('main')?.append(planted);
      document.body.append(wide);
      console.error('planted');
    });
    const rules = (findings: readonly string[]) => findings.map((finding) => finding.split(':')[0]);
    expect(rules(await axeFindings(page))).toEqual(expect.arrayContaining(['button-name', 'color-contrast']));
    const names = rules(await axeFindings(page, { contrast: false }));
    expect(names).toContain('button-name');
    expect(names).not.toContain('color-contrast');
    expect(faults.console.join()).toContain('planted');
    expect(
      await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
    ).toBeGreaterThan(1);
    await context.close();
  });

  it('shows the main pages in the dark with enough contrast', { timeout: PAGE_MS_MAX }, async () => {
    const { context, page, faults } = await openVisitor(browser, {
      locale: 'zh-CN',
      size: DESKTOP,
      theme: 'dark',
    });
    await signIn(context);
    const found: string[] = [];
    for (const name of [
      'home',
      'enterprises',
      'enterprise',
      'enterprise-relations',
      'enterprise-indicators',
      'parks',
      'review',
      'review-pair',
      'model',
      'source-new',
      'source',
      'source-quality',
      'mapping',
      'run-audit',
      'quality',
      'quality-issues',
      'dataset',
      'dataset-query',
      'dataset-connect',
      'policies',
      'usage',
      'api-explorer',
      'points',
      'audit',
    ] as const) {
      if (name === 'home') await page.goto(addressOf(PAGES[name]));
      else await follow(page, addressOf(PAGES[name]));
      await settled(page);
      if (TAKES_PICTURES) await page.screenshot({ path: join(PICTURES, `${name}-dark.png`) });
      found.push(...(await axeFindings(page)).map((finding) => `${name}: ${finding}`));
    }
    await context.close();
    expect(found).toEqual([]);
    expect(faults).toEqual({ console: [], external: [] });
  });

  it('is usable soon after a first visit', async () => {
    const tookMs: number[] = [];
    for (let visit = 0; visit < 3; visit++) {
      const { context, page } = await openVisitor(browser, { locale: 'zh-CN', size: DESKTOP });
      const from = Date.now();
      await page.goto(`${testUrl()}/sign-in`);
      await page.getByRole('button', { name: '登录' }).waitFor();
      tookMs.push(Date.now() - from);
      await context.close();
    }
    expect(Math.min(...tookMs)).toBeLessThan(USABLE_MS_MAX);
  });

  it('signs in by keyboard, goes where one wanted to go, and says plainly when the password is wrong', async () => {
    const { context, page } = await openVisitor(browser, { locale: 'zh-CN', size: DESKTOP });
    await page.goto(`${testUrl()}/fuse/sources`);
    await page.getByLabel('用户名').fill('admin');
    await page.keyboard.press('Tab');
    await page.keyboard.type('not the password');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: '登录没有成功' }).waitFor();
    await page.getByLabel('密码', { exact: true }).fill(process.env.RONGHE_TEST_PASSWORD ?? '');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: '数据源' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/fuse/sources');
    await context.close();
  });

  it('lets the keyboard skip to the content, search everything and open an enterprise', async () => {
    const { context, page } = await openVisitor(browser, { locale: 'zh-CN', size: DESKTOP });
    await signIn(context);
    await page.goto(testUrl());
    await settled(page);
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('跳到正文');
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: '输入页面、数据集、列名、企业名称或信用代码' }).fill('豫章');
    const option = page.getByRole('option').filter({ hasText: '铜业' }).first();
    await option.waitFor();
    await pressUntilSelected(page);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/fuse\/enterprises\/[0-9a-f-]{36}/);
    await context.close();
  });

  it('explains a value by keyboard: source, raw value and rule', async () => {
    const { context, page } = await openVisitor(browser, { locale: 'zh-CN', size: DESKTOP });
    await signIn(context);
    await page.goto(addressOf(PAGES.enterprise));
    const value = page.getByRole('button', { name: /查看“统一社会信用代码”的出处/ });
    await value.focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('来源原值').waitFor();
    for (const text of ['来源字段', '来源行', '采用规则', '其他来源的值']) {
      expect(await dialog.getByText(text).count()).toBeGreaterThan(0);
    }
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await context.close();
  });

  it('keeps filters in the address and finds enterprises by part of a Chinese name', async () => {
    const { context, page } = await openVisitor(browser, { locale: 'zh-CN', size: DESKTOP });
    await signIn(context);
    await page.goto(addressOf(PAGES.enterprises));
    await page.getByRole('textbox', { name: '搜索企业名称' }).fill('豫章');
    await page.waitForURL(/search=%E8%B1%AB%E7%AB%A0/);
    await page.reload();
    await settled(page);
    const rows = await page.getByRole('table', { name: '企业库' }).getByRole('rowheader').allTextContents();
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.every((name) => name.includes('豫章'))).toBe(true);
    await context.close();
  });

  it('shows live values of a plant and a chart that reads as a table', { timeout: 60_000 }, async () => {
    const { context, page } = await openVisitor(browser, { locale: 'zh-CN', size: DESKTOP });
    await signIn(context);
    await page.goto(addressOf(PAGES['enterprise-equipment']));
    await page.locator('.live-value').first().waitFor();
    const seen = () => page.locator('.live-value').allTextContents();
    const before = (await seen()).join();
    await expect.poll(async () => (await seen()).join(), { timeout: 20_000 }).not.toBe(before);
    await page.locator('table.data').getByRole('button').first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: '以表格查看' }).click();
    await dialog.getByRole('table').waitFor();
    await dialog.getByRole('button', { name: '以图表查看' }).click();
    await page.screenshot({ path: join(PICTURES, 'trend-zh-CN-1440.png') });
    await context.close();
  });

  it('reads the history of a point by keyboard, up to a month, and takes it away as CSV', async () => {
    const { context, page, faults } = await openVisitor(browser, { locale: 'zh-CN', size: DESKTOP });
    await signIn(context);
    const list = await context.request.get(`${testUrl()}/api/collect/points?search=motor-current&limit=1`);
    const { items } = (await list.json()) as { items: { id: number; key: string }[] };
    await page.goto(`${testUrl()}/collect/points?search=motor-current&point=${items[0]?.id}`);
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('img', { name: /范围 10 分钟/ }).waitFor();
    await dialog.getByRole('radio', { name: '10 分钟' }).focus();
    for (const name of ['1 小时', '24 小时', '7 天', '30 天']) {
      await page.keyboard.press('ArrowRight');
      await dialog.getByRole('img', { name: new RegExp(`范围 ${name}`) }).waitFor();
    }
    const axe = await axeFindings(page);
    await page.screenshot({ path: join(PICTURES, 'history-zh-CN-1440.png') });
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      dialog.getByRole('button', { name: '导出 CSV' }).press('Enter'),
    ]);
    expect(download.suggestedFilename()).toBe(`${items[0]?.key}-30d.csv`);
    const [header = '', ...rows] = readFileSync(await download.path(), 'utf8')
      .trim()
      .split('\r\n');
    expect(header).toMatch(/^时间,均值 .*,良好样本,坏值或存疑$/);
    const good = rows.map((row) => Number(row.split(',')[4]));
    expect(good.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
    await page.keyboard.press('Escape');
    await page.waitForURL((url) => !url.searchParams.has('point'));
    await context.close();
    expect(axe).toEqual([]);
    expect(faults).toEqual({ console: [], external: [] });
  });

  it('shows how to connect with the address at which it is opened, and copies an example', async () => {
    const { context, page } = await openVisitor(browser, { locale: 'en', size: DESKTOP });
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await signIn(context);
    await page.goto(`${testUrl()}/ingest/intake`);
    await page.getByRole('tab', { name: 'Overview' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.getByRole('tab', { name: 'InfluxDB 2' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.getByRole('button', { name: 'Copy the example prometheus.yml' }).press('Enter');
    await page.getByText('Copied').waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toContain(`- url: ${testUrl()}/api/v1/write`);
    expect(new URL(page.url()).searchParams.get('door')).toBe('prometheus');
    const axe = await axeFindings(page);
    await page.setViewportSize({ width: PHONE.width, height: PHONE.height });
    const wider = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    await expect.poll(wider).toBeLessThanOrEqual(1);
    await page.screenshot({ path: join(PICTURES, 'connect-en-390.png') });
    await context.close();
    expect(axe).toEqual([]);
  });

  it('offers a phone the menu in a drawer', async () => {
    const { context, page } = await openVisitor(browser, { locale: 'zh-CN', size: PHONE });
    await signIn(context);
    await page.goto(testUrl());
    await page.getByRole('button', { name: '打开导航菜单' }).click();
    const drawer = page.getByRole('dialog');
    await drawer.getByRole('link', { name: '企业库' }).click();
    await page.getByRole('heading', { level: 1, name: '企业库' }).waitFor();
    await context.close();
  });

  it('switches the language of page and document, and remembers it', async () => {
    const { context, page } = await openVisitor(browser, { locale: 'zh-CN', size: DESKTOP });
    await page.goto(`${testUrl()}/sign-in`);
    await page.getByRole('button', { name: /Switch language/ }).click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('en');
    expect(await page.evaluate(() => localStorage.getItem('ronghe.preferences'))).toContain('"locale":"en"');
    await context.close();
  });
});

/** Goes down the list until an enterprise is chosen; pages that match stand above it. */
async function pressUntilSelected(page: Page): Promise<void> {
  for (let step = 0; step < 20; step++) {
    const chosen = await page.getByRole('option', { selected: true }).textContent();
    if (chosen?.includes('豫章')) return;
    await page.keyboard.press('ArrowDown');
  }
  throw new Error('no option could be chosen by keyboard');
}
