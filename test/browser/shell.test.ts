/**
 * The frame of the dashboard as people meet it: behind a proxy, while Redis or the server is away, with fewer rights, in
 * the background, by keyboard alone.
 */
import type { Page } from 'playwright-core';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { until } from '../support/until.ts';
import { startPrefixProxy } from './support/proxy.ts';
import { openStage, type Stage } from './support/stage.ts';
import { expectAccessible, ready, type VisitOptions, visit } from './support/visit.ts';

let stage: Stage;
let token: string;
beforeAll(async () => {
  stage = await openStage({ access: { tokens: true }, environment: 'staging' });
  token = await stage.tokenFor('admin');
  return () => stage.close();
});

/** What a browser says of a server that is gone. */
const GONE = [/ERR_(?:CONNECTION_|EMPTY_RESPONSE|INCOMPLETE_CHUNKED|NETWORK_)/];
/** What the server says while Redis is gone. */
const AWAY = [/\b503\b/];
const REFUSED = [/\b401\b/];
const ANN = {
  user: 'ann',
  password: 'correct horse battery staple',
  may: 'viewer',
} as const;

async function open(path: string, options: VisitOptions = {}): Promise<Page> {
  const page = await visit(stage, path, { token, ...options });
  await ready(page);
  return page;
}

async function behindProxy(prefix: string) {
  const proxy = await startPrefixProxy(stage.url, prefix);
  onTestFinished(() => proxy.close());
  return proxy;
}

/** Notes every moment without a heading: what a person would see as a blank page. */
async function watchForBlanks(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const seen = { blanks: 0 };
    const look = (): void => {
      if (!document.querySelector('main h1')?.textContent) seen.blanks += 1;
    };
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
    Object.assign(window, { seen });
  });
  return () => page.evaluate(() => (window as unknown as { seen: { blanks: number } }).seen.blanks);
}

const location = (page: Page): string => {
  const { pathname, search } = new URL(page.url());
  return `${pathname}${search}`;
};
const focused = (page: Page): Promise<string> =>
  page.evaluate(() => document.activeElement?.textContent ?? '');
const rowOf = (page: Page, queue: string) =>
  page.getByRole('row', { name: new RegExp(`\\b${queue}\\b`) });

test('behind a proxy that takes its prefix off: links, and deep links that are loaded again', async () => {
  const proxy = await behindProxy('/tools/queues/');
  const page = await visit(proxy, '/queues/mails/jobs?state=failed', { token });
  await ready(page);
  await page.reload();
  await ready(page);
  expect(location(page)).toBe('/tools/queues/queues/mails/jobs?state=failed');
  await page.getByRole('navigation').getByRole('link', { name: 'Dead letters' }).click();
  await page.waitForURL(`${proxy.url}/dead-letters`);
  await page.goBack();
  await page.waitForURL(/state=failed/);
});

test('Redis is killed and comes back: it is said since when, nothing goes blank, and it heals', async () => {
  const page = await open('/', { allow: AWAY });
  const blanks = await watchForBlanks(page);
  const banner = page.getByText(/Redis does not answer\. What you see is as of .*\d/);
  await stage.restartRedis(async () => {
    await banner.waitFor();
    expect(await rowOf(page, 'mails').count()).toBe(1);
    expect(await page.getByText('The server does not answer').count()).toBe(0);
  });
  await banner.waitFor({ state: 'detached' });
  await stage.coordinator.queue('after-the-outage').add('job', {});
  await rowOf(page, 'after-the-outage').waitFor();
  expect(await blanks()).toBe(0);
});

test('the server is gone and comes back: the same', async () => {
  const page = await open('/', { allow: [...GONE, ...AWAY] });
  const blanks = await watchForBlanks(page);
  const banner = page.getByText(/The server does not answer\. What you see is as of .*\d/);
  await stage.restartServer(async () => {
    await banner.waitFor({ timeout: 20_000 });
    expect(await rowOf(page, 'mails').count()).toBe(1);
  });
  await banner.waitFor({ state: 'detached', timeout: 30_000 });
  expect(await blanks()).toBe(0);
});

test('a tab in the background closes its stream, and has one again when it is looked at', async () => {
  const proxy = await behindProxy('/');
  const page = await visit(proxy, '/', { token });
  await ready(page);
  const streams = (count: number) =>
    until(() => proxy.openStreams === count, { what: `${count} streams are open` });
  const turn = (isHidden: boolean) =>
    page.evaluate((hidden) => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
      document.dispatchEvent(new Event('visibilitychange'));
    }, isHidden);
  await streams(1);
  await turn(true);
  await streams(0);
  await turn(false);
  await streams(1);
  await stage.coordinator.queue('while-hidden').add('job', {});
  await rowOf(page, 'while-hidden').waitFor();
  expect(proxy.openStreams).toBe(1);
});

test('who may see one queue sees no other, and no screen that is closed to them', async () => {
  const own = await stage.tokenFor([{ may: ['viewer'], queues: ['mails'] }]);
  const page = await open('/', { token: own });
  await rowOf(page, 'mails').waitFor();
  expect(await rowOf(page, 'thumbnails').count()).toBe(0);
  const links = await page.getByRole('navigation').getByRole('link').allTextContents();
  expect(links).toContain('Dead letters');
  expect(links).not.toContain('Audit');
  expect(links).not.toContain('Redis');
  await page.keyboard.press('a');
  expect(location(page)).toBe('/');
});

test.each([
  '/queues/mails',
  '/queues/mails/jobs/receipt-1',
  '/queues/mails/dead-letters/receipt-1',
  '/workers',
  '/pools/thumbnails',
])('who may only look is offered nothing to do at %s', async (path) => {
  const acts = (page: Page) =>
    page.getByRole('main').getByRole('button', {
      name: /^(?:pause|resume|empty|clean|limit|retry|remove|replay|discard|pin|make quiet)/i,
    });
  await acts(await open(path))
    .first()
    .waitFor();
  const page = await open(path, { token: await stage.tokenFor('viewer') });
  expect(await acts(page).allTextContents()).toEqual([]);
});

test('signing in with a token, and out again', async () => {
  const page = await visit(stage, '/queues/mails', { allow: REFUSED });
  await ready(page);
  await expectAccessible(page);
  const field = page.getByLabel('API token');
  await field.fill('drover_wrong');
  await page.keyboard.press('Enter');
  await page.getByText('The server does not know this token').waitFor();
  await field.fill(token);
  await page.getByRole('button', { name: 'Sign in with the token' }).click();
  await page.getByRole('navigation').waitFor();
  expect(location(page)).toBe('/queues/mails');
  await page.reload();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await field.waitFor();
});

test('signing in with name and password, asked for by the browser', async () => {
  const own = await openStage({ access: { basic: [ANN] }, jobs: 'none' });
  onTestFinished(() => own.close());
  const login = { username: ANN.user, password: ANN.password };
  const page = await visit(own, '/queues/mails', { login, allow: REFUSED });
  await page.getByRole('link', { name: 'Sign in with name and password' }).click();
  await page.getByText('You are ann').waitFor();
  await ready(page);
  expect(new URL(page.url()).pathname).toBe('/');
});

test('dark and light: as the system has it, or as one chose, which is kept', async () => {
  const page = await open('/', { theme: 'dark' });
  const brightness = () =>
    page.evaluate(() => {
      const colour = getComputedStyle(document.body).backgroundColor;
      return Math.max(
        ...colour
          .match(/[\d.]+/g)!
          .slice(0, 3)
          .map(Number),
      );
    });
  const dark = await brightness();
  await page.getByLabel('Theme').selectOption('light');
  const light = await brightness();
  expect(light).toBeGreaterThan(dark);
  await page.reload();
  await ready(page);
  expect(await brightness()).toBe(light);
  await page.locator('h1').click();
  await page.keyboard.press('t');
  expect(await brightness()).toBe(dark);
});

test('German where the browser asks for it, English when it is chosen', async () => {
  const page = await open('/', { language: 'de' });
  const lang = () => page.evaluate(() => document.documentElement.lang);
  expect(await lang()).toBe('de');
  const nav = page.getByRole('navigation');
  await nav.getByRole('link', { name: 'Überblick' }).waitFor();
  await page.getByLabel('Sprache').selectOption('en');
  await nav.getByRole('link', { name: 'Overview' }).waitFor();
  expect(await lang()).toBe('en');
});

test('by keyboard: the sheet of keys, and back to where one was', async () => {
  const page = await open('/');
  const link = page.getByRole('navigation').getByRole('link', { name: 'Workers' });
  await link.focus();
  await page.keyboard.press('?');
  const sheet = page.getByRole('dialog', { name: 'Keys' });
  await sheet.getByText('Go anywhere, do anything').waitFor();
  await expectAccessible(page);
  await page.keyboard.press('d'); // Not while a dialog is open.
  expect(location(page)).toBe('/');
  await page.keyboard.press('Escape');
  await sheet.waitFor({ state: 'detached' });
  expect(await focused(page)).toBe(await link.textContent());
});

test('by keyboard: single letters lead to screens, the palette to anything', async () => {
  const page = await open('/');
  await page.keyboard.press('d');
  await page.waitForURL(`${stage.url}/dead-letters`);
  await page.keyboard.press('w');
  await page.waitForURL(`${stage.url}/workers`);
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
  await page.keyboard.press('ControlOrMeta+k');
  const palette = page.getByRole('dialog', { name: 'Commands' });
  await palette.getByRole('combobox').fill('thumb');
  await palette.getByRole('option', { name: 'thumbnails' }).waitFor();
  await expectAccessible(page);
  await page.keyboard.press('Enter');
  await page.waitForURL(`${stage.url}/queues/thumbnails`);
});

test('by keyboard: the first stop is a link past the navigation', async () => {
  const page = await open('/');
  await page.keyboard.press('Tab');
  expect(await focused(page)).toBe('Skip to the content');
  await page.keyboard.press('Enter');
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
  expect(location(page)).toBe('/');
});

test('the badge of the environment is on every page, and what is not there says so', async () => {
  const page = await open('/no/such/page', { allow: [/\b404\b/] });
  await page.getByText('There is no such page').waitFor();
  await page.getByText('staging', { exact: true }).waitFor();
});
