// `node scripts/pictures.mjs URL PASSWORD`: takes the pictures of the READMEs from a running small province.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { ROOT } from './stamp.mjs';

const [url, password] = process.argv.slice(2);
const FOLDER = join(ROOT, 'docs/pictures');
const path = [process.env.CHROMIUM_PATH, '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (file) => file && existsSync(file),
);
if (!url || !password || !path) {
  console.error('usage: node scripts/pictures.mjs URL PASSWORD   (needs Chromium)');
  process.exit(2);
}

const browser = await chromium.launch({
  executablePath: path,
  args: ['--headless', '--no-sandbox', '--disable-gpu'],
});
const context = await browser.newContext({
  viewport: { width: 1440, height: 900 },
  reducedMotion: 'reduce',
  locale: 'zh-CN',
});
await context.request.post(`${url}/api/auth/login`, { data: { username: 'admin', password } });
const found = await (await context.request.get(`${url}/api/fuse/enterprises?search=豫章`)).json();
const enterprise = `${url}/fuse/enterprises/${found.items[0].id}`;
mkdirSync(FOLDER, { recursive: true });
const page = await context.newPage();
const take = (name) => page.screenshot({ path: join(FOLDER, `${name}.png`) });

await page.goto(`${url}/province?measure=revenue`);
await page.locator('canvas').first().waitFor();
// The live figures are a curve over time; a minute of it tells more than its first point.
await page.waitForTimeout(60_000);
await take('province');

await page.goto(enterprise);
await page.getByRole('button', { name: /查看“从业人数”的出处/ }).click();
await page.getByRole('dialog').getByText('来源原值').waitFor();
await page.waitForTimeout(500);
await take('enterprise');

await page.goto(`${enterprise}?tab=equipment`);
await page.locator('.live-value').first().waitFor();
await page
  .locator('table.data')
  .getByRole('button', { name: /炉膛温度/ })
  .click();
await page.getByRole('dialog').locator('canvas').waitFor();
await page.waitForTimeout(4000);
await take('equipment');
await browser.close();
