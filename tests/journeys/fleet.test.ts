import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Collector, LatestValue, Page as PageOf, Point } from '@ronghe/contracts';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  axeFindings,
  browserPath,
  DESKTOP,
  openBrowser,
  openVisitor,
  settled,
  signIn,
} from '../browser/browser.ts';
import { end, type Process, ROOT, startProcess } from '../durability/processes.ts';
import { type Caller, signIn as signInApi } from './portal-api.ts';

const path = browserPath();
if (path === null && process.env.CI) throw new Error('CI is set and there is no browser: set CHROMIUM_PATH');
const missing = path === null ? ' (NOT RUN: no browser on this machine)' : '';
const NAME = 'journey-gateway';
/** Tags as Kepware exports them. */
const POINT_LIST = join(ROOT, 'server/src/collect/imports/testcases/kepware-tags/input.csv');
const JOURNEY_MS_MAX = 240_000;
const WAIT_MS_MAX = 60_000;

/** Asks until the answer fits. */
async function until<Answer>(ask: () => Promise<Answer>, fits: (answer: Answer) => boolean): Promise<Answer> {
  return expect
    .poll(ask, { timeout: WAIT_MS_MAX, interval: 500 })
    .toSatisfy(fits as (answer: unknown) => boolean)
    .then(ask);
}

describe.skipIf(path === null)(`a plant engineer and a new collector${missing}`, () => {
  const { url, password } = inject('demo');
  const folder = mkdtempSync(join(tmpdir(), 'ronghe-fleet-'));
  let browser: Browser;
  let admin: Caller;
  let collector: Process | undefined;

  beforeAll(async () => {
    browser = await openBrowser();
    admin = await signInApi(url, 'admin', password);
  });
  afterAll(async () => {
    if (collector) await end(collector, 'SIGTERM');
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const reported = () => admin.get<Collector>(`/api/collect/collectors/${NAME}`);
  /** Address of the Modbus device that the demo simulates. */
  const device = async (): Promise<string> => {
    const { items } = await admin.get<{ items: Collector[] }>('/api/collect/collectors');
    const connections = items.flatMap(({ report }) => report?.connections ?? []);
    const found = connections.find(({ protocol, state }) => protocol === 'modbus' && state === 'connected');
    if (!found) throw new Error('the demo has no Modbus device');
    return found.endpoint;
  };

  it('enrols it, configures a connection, sees values arrive, and brings an older version back', {
    timeout: JOURNEY_MS_MAX,
  }, async () => {
    const { context, page, faults } = await openVisitor(browser, { locale: 'zh-CN', size: DESKTOP });
    await signIn(context);

    // A one-time code, and the command that uses it.
    await page.goto(`${url}/collect/collectors`);
    await settled(page);
    await page.getByRole('button', { name: '登记采集器' }).click();
    const form = page.getByRole('dialog');
    await form.getByLabel('名称').fill('旅程网关');
    await form.getByLabel('标识').fill(NAME);
    await form.getByRole('button', { name: '登记采集器' }).click();
    const command = (await page.getByTestId('command').textContent()) ?? '';
    const [, server, code] = /--server (\S+) --code (\S+)$/.exec(command) ?? [];
    expect(command.startsWith('ronghe edge --config collector.yaml --server ')).toBe(true);
    collector = await startProcess({
      file: 'edge/dist/main.js',
      args: ['--config', join(folder, 'collector.yaml'), '--server', String(server), '--code', String(code)],
      ready: /^edge ready/,
    });
    await page.getByText('采集器已接入并在线').waitFor({ timeout: WAIT_MS_MAX });
    await page.getByRole('button', { name: '去配置连接' }).click();

    // A connection to a real device, its registers found by looking.
    await page.getByRole('button', { name: '添加连接' }).click();
    await page.getByRole('button', { name: /^Modbus/ }).click();
    await page.getByLabel('连接名称').fill('plant');
    await page.getByLabel('设备地址').fill(await device());
    await page.getByRole('tab', { name: /^点位/ }).click();
    await page.getByRole('button', { name: '浏览设备' }).click();
    await addFirstRegisters(page);
    await page.getByRole('button', { name: '试读' }).click();
    await page.getByRole('columnheader', { name: '试读值' }).waitFor({ timeout: WAIT_MS_MAX });

    // Trying it tells the same in its own place.
    await page.getByRole('tab', { name: '试连' }).click();
    await page.getByRole('button', { name: '试连' }).click();
    await page.getByText('已连上').waitFor({ timeout: WAIT_MS_MAX });
    expect(await axeFindings(page)).toEqual([]);

    // The draft outlives the page.
    page.once('dialog', (dialog) => void dialog.accept());
    await page.reload();
    await settled(page);
    await save(page, '首次配置');
    await until(reported, (at) => at.report?.configuration?.version === 1);
    const points = await until(
      () => admin.get<PageOf<Point>>(`/api/collect/points?collector=${NAME}`),
      ({ items }) => items.length === 2,
    );
    const ids = points.items.map(({ id }) => id).join(',');
    const latest = await until(
      () => admin.get<{ items: LatestValue[] }>(`/api/ingest/latest?points=${ids}`),
      ({ items }) => items.length === 2,
    );
    expect(latest.items.every(({ quality }) => quality === 'good')).toBe(true);

    // Another version without one of the points, then the first one again.
    await page.getByRole('button', { name: 'plant', exact: true }).click();
    await page.getByRole('tab', { name: /^点位/ }).click();
    await page
      .getByRole('button', { name: /^删除 / })
      .first()
      .click();
    await save(page, '去掉一个点位');
    await until(reported, (at) => at.report?.configuration?.version === 2);
    await page.getByRole('tab', { name: '版本' }).click();
    await page
      .getByRole('row', { name: /首次配置/ })
      .getByRole('button', { name: '恢复' })
      .click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('点位 新增 1').waitFor();
    await dialog.getByRole('button', { name: '恢复版本 1' }).click();
    await until(reported, (at) => at.report?.configuration?.version === 3);
    await page.getByText('恢复自版本 1').waitFor();
    await page.getByRole('tab', { name: '状态' }).click();
    await page.getByText('正在按版本 3 采集').waitFor({ timeout: WAIT_MS_MAX });
    expect(await axeFindings(page)).toEqual([]);
    expect(faults).toEqual({ console: [], external: [] });
    await context.close();
  });

  it('takes a list of points over into the draft, and gives a template for one', {
    timeout: JOURNEY_MS_MAX,
  }, async () => {
    const { context, page, faults } = await openVisitor(browser, { locale: 'zh-CN', size: DESKTOP });
    await signIn(context);
    await page.goto(`${url}/collect/collectors/${NAME}?tab=configuration`);
    await settled(page);
    await page.getByRole('button', { name: '导入点表' }).click();
    const drawer = page.getByRole('dialog');
    const [template] = await Promise.all([
      page.waitForEvent('download'),
      drawer.getByRole('button', { name: /下载模板/ }).click(),
    ]);
    expect(template.suggestedFilename()).toMatch(/\.xlsx$/);
    await drawer.locator('input[type="file"]').setInputFiles(POINT_LIST);
    await drawer.getByText('Kepware', { exact: true }).waitFor({ timeout: WAIT_MS_MAX });
    expect(await axeFindings(page)).toEqual([]);
    await drawer.getByRole('button', { name: '放入草稿' }).click();
    await page.getByText('未保存的修改').waitFor();
    expect(await page.getByRole('row').count()).toBeGreaterThan(2);
    await page.getByRole('button', { name: '放弃', exact: true }).click();
    await page.getByRole('tooltip').getByRole('button', { name: '放弃' }).click();
    await page.getByText('未保存的修改').waitFor({ state: 'detached' });
    expect(faults).toEqual({ console: [], external: [] });
    await context.close();
  });

  it('shows who may only look how it is, and no way to change it', { timeout: JOURNEY_MS_MAX }, async () => {
    await admin.post('/api/auth/users', {
      username: 'fleet-reader',
      title: '只看的人',
      password: 'journey-password-2',
      organisation: (await reported()).organisation,
      roles: ['officer'],
    });
    const { context, page } = await openVisitor(browser, { locale: 'zh-CN', size: DESKTOP });
    const login = await context.request.post(`${url}/api/auth/login`, {
      data: { username: 'fleet-reader', password: 'journey-password-2' },
    });
    expect(login.ok()).toBe(true);
    await page.goto(`${url}/collect/collectors/${NAME}?tab=configuration`);
    await page.getByText('您只能查看').waitFor();
    expect(await page.getByRole('button', { name: /添加连接|导入点表|新的接入码/ }).count()).toBe(0);
    await page.getByRole('button', { name: 'plant', exact: true }).click();
    expect(await page.getByLabel('设备地址').getAttribute('readonly')).not.toBeNull();
    await context.close();
  });
});

/** Opens level after level until there are points, and takes the first two. */
async function addFirstRegisters(page: Page): Promise<void> {
  const drawer = page.getByRole('dialog');
  const points = drawer.locator('.browse-point input');
  const folders = drawer.locator('.browse-folder[aria-expanded="false"]');
  await folders.first().waitFor({ timeout: WAIT_MS_MAX });
  for (let level = 0; level < 4 && (await points.count()) === 0; level += 1) {
    // What was opened last lies below what is open already.
    const open = drawer.locator('.browse-folder[aria-expanded="true"]');
    const below =
      (await open.count()) === 0
        ? folders
        : drawer.locator('.browse .browse .browse-folder[aria-expanded="false"]');
    await below.first().click();
    await drawer.locator('.skeleton').waitFor({ state: 'detached', timeout: WAIT_MS_MAX });
  }
  await points.nth(0).check();
  await points.nth(1).check();
  await drawer.getByRole('button', { name: '加入 2 个点位' }).click();
}

/** Compares, writes why, and saves. */
async function save(page: Page, note: string): Promise<void> {
  await page.getByRole('button', { name: '比较并保存' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('采集器检查通过').waitFor({ timeout: WAIT_MS_MAX });
  await dialog.getByLabel('备注').fill(note);
  await dialog.getByRole('button', { name: '保存' }).click();
  await dialog.waitFor({ state: 'detached' });
}
