/// <reference lib="dom" />
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContext, chromium, type Page, type Request } from 'playwright-core';

/** Where a browser may be, the named one first. */
const BROWSER_PATHS = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Path of a browser on this machine, or null. */
export const browserPath = (): string | null =>
  BROWSER_PATHS.find((path): path is string => path !== undefined && existsSync(path)) ?? null;

export type Locale = 'zh-CN' | 'en';
export type Size = { name: string; width: number; height: number };
export const DESKTOP: Size = { name: '1440', width: 1440, height: 900 };
export const WALL: Size = { name: '1920', width: 1920, height: 1080 };
export const PHONE: Size = { name: '390', width: 390, height: 844 };

/** What a page did that it must not do. */
export type Faults = {
  /** errors and warnings on the console, and errors nobody caught */
  console: string[];
  /** requests to any other host */
  external: string[];
};

/** @throws when there is no browser; ask `browserPath` first */
export function openBrowser(): Promise<Browser> {
  const path = browserPath();
  if (path === null) throw new Error('no browser found: install Chromium or set CHROMIUM_PATH');
  return chromium.launch({ executablePath: path, args: FLAGS });
}

type ContextOptions = { locale: Locale; size: Size; theme?: 'light' | 'dark' };

/** A fresh visitor with a language, a window size and a theme; movements are off, so that pictures are of what stands still. */
export async function openVisitor(browser: Browser, { locale, size, theme = 'light' }: ContextOptions) {
  const context = await browser.newContext({
    viewport: { width: size.width, height: size.height },
    reducedMotion: 'reduce',
    colorScheme: theme,
    timezoneId: 'America/New_York',
  });
  await context.addInitScript(([key, value]) => localStorage.setItem(key, value), [
    'ronghe.preferences',
    JSON.stringify({ locale, theme }),
  ] as const);
  const page = await context.newPage();
  return { context, page, faults: watch(page) };
}

/** Collects what a page does wrong from now on. */
export function watch(page: Page): Faults {
  const faults: Faults = { console: [], external: [] };
  watchQuestions(page);
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      faults.console.push(`${message.type()}: ${message.text()} (${message.location().url})`);
    }
  });
  page.on('pageerror', (error) => faults.console.push(`uncaught: ${error.message}`));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.host !== testHost()) faults.external.push(request.url());
  });
  return faults;
}

/** Address of the running demo; the global set-up of the journeys starts it. */
export function testUrl(): string {
  const url = process.env.RONGHE_TEST_URL;
  if (!url) throw new Error('RONGHE_TEST_URL names no running demo');
  return url.replace(/\/$/, '');
}
const testHost = (): string => new URL(testUrl()).host;

/** Signs the visitor in through the API, as the sign-in page does; the cookie stays in the context. */
export async function signIn(context: BrowserContext, username = 'admin'): Promise<void> {
  const password = process.env.RONGHE_TEST_PASSWORD ?? '';
  const answer = await context.request.post(`${testUrl()}/api/auth/login`, { data: { username, password } });
  if (!answer.ok()) throw new Error(`sign-in was refused: ${answer.status()} ${await answer.text()}`);
}

/** How long nothing may be loading before a page counts as settled; a second question often follows the first answer. */
const QUIET_MS = 120;
/** A question that is still open then is one that stays so, as live values are. */
const STREAM_MS = 3_000;

const asking = new WeakMap<Page, Map<Request, number>>();
/** Knows from now on which questions of a page are still open. */
function watchQuestions(page: Page): void {
  const open = new Map<Request, number>();
  asking.set(page, open);
  page.on('request', (request) => {
    if (request.url().includes('/api/')) open.set(request, performance.now());
  });
  const done = (request: Request) => void open.delete(request);
  page.on('requestfinished', done).on('requestfailed', done);
}
const isAsking = (page: Page): boolean =>
  [...(asking.get(page)?.values() ?? [])].some((since) => performance.now() - since < STREAM_MS);

/** Waits until there is a heading, no question is open and nothing has been loading for a while. */
export async function settled(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor({ state: 'visible' });
  do {
    await page.waitForFunction((quietMs) => {
      const seen = window as unknown as { quietSince?: number | undefined };
      const loading = document.querySelector('.skeleton, .ant-spin-spinning') !== null;
      seen.quietSince = loading ? undefined : (seen.quietSince ?? performance.now());
      return seen.quietSince !== undefined && performance.now() - seen.quietSince > quietMs;
    }, QUIET_MS);
    await page.evaluate(() => {
      (window as unknown as { quietSince?: number | undefined }).quietSince = undefined;
    });
  } while (isAsking(page));
}

/** Goes to an address within the portal, as a link does: nothing is loaded anew, and the old page is gone when it answers. */
export async function follow(page: Page, address: string): Promise<void> {
  await page.evaluate((to) => {
    history.pushState({}, '', to);
    dispatchEvent(new PopStateEvent('popstate', { state: {} }));
  }, address);
}

type Axe = { run(options: object): Promise<{ violations: AxeFinding[] }> };
type AxeFinding = {
  id: string;
  impact: string | null;
  help: string;
  nodes: { html: string; failureSummary: string }[];
};

/**
 * Serious and critical findings of axe-core, one line each. Contrast takes most of its time and is the same in every language:
 * it may be left out.
 */
export async function axeFindings(page: Page, { contrast = true } = {}): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeSource());
  const violations = await page.evaluate(
    async (rules) => {
      const { axe } = window as unknown as { axe: Axe };
      return (await axe.run({ rules, resultTypes: ['violations'] })).violations;
    },
    contrast ? {} : { 'color-contrast': { enabled: false } },
  );
  return violations
    .filter((finding) => finding.impact === 'serious' || finding.impact === 'critical')
    .map(
      (finding) =>
        `${finding.id}: ${finding.nodes.map((node) => `${node.html.slice(0, 160)} — ${node.failureSummary}`).join(' | ')}`,
    );
}

let source: string | undefined;
/** Run as a script of the test, not of the page: the page's content security policy stays on. */
function axeSource(): string {
  source ??= readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  return source;
}
