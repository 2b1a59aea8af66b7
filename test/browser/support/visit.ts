/**
 * Opens pages of a stage in Chromium, and fails the test when a page does what none may do. Whoever imports this is
 * watched: no test has to ask for it.
 *
 *     const page = await visit(stage, '/queues/mails', { theme: 'dark', size: 'narrow' });
 *     await ready(page);                      // the data of the screen is there
 *     await page.getByRole('button', { name: 'Pause' }).click();
 *     await expectAccessible(page);           // axe finds nothing
 *
 * A fault is any error or warning on the console, an uncaught error, a violation of the content policy, a request to
 * another origin, one that fails, and an answer of 400 and above. Those that a test means to cause are named:
 * `visit(stage, '/', { allow: [/answer 401/, /status of 401/] })`; the browser also logs what fails, so both are matched.
 * One browser for a file; each visit has a context of its own, which ends with its test, so visits belong into tests and
 * not into `beforeAll`. Motion is reduced, the time zone is UTC. When a test fails, a picture of each page is left in
 * the temporary folder and its path is printed. Pages are of playwright: https://playwright.dev/docs/api/class-page.
 */
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeEach, inject } from 'vitest';
import type { Stage } from './stage.ts';
import { Watch } from './watch.ts';

export { expectAccessible } from './accessible.ts';
export { shoot } from './shoot.ts';

/** How a page is visited. */
export interface VisitOptions {
  /** @default 'light' */
  readonly theme?: 'light' | 'dark';
  /** 1280 × 800, or 390 × 844 as a phone has it. @default 'wide' */
  readonly size?: 'wide' | 'narrow';
  /** Of the browser. @default 'en' */
  readonly language?: 'en' | 'de';
  /** An API token, where the dashboard keeps the one of a person who has signed in. */
  readonly token?: string;
  /** What the browser answers when it is asked for a password. */
  readonly login?: { readonly username: string; readonly password: string };
  /** Faults that the test causes, by their text. */
  readonly allow?: readonly RegExp[];
}

/** Of windows. */
export const SIZES = { wide: { width: 1_280, height: 800 }, narrow: { width: 390, height: 844 } };
const LOCALES = { en: 'en-GB', de: 'de-DE' };
const TOKEN_KEY = 'drover.token';
/** How long an act on a page may take, and a page until it is there. */
const PATIENCE_MS = 20_000;

interface Visit {
  readonly page: Page;
  readonly watch: Watch;
}

let browser: Promise<Browser> | undefined;
let visits: Visit[] = [];

beforeEach(({ skip }) => {
  if (inject('chromium') === null) skip('there is no Chromium');
});

afterEach(async ({ task }) => {
  const ended = visits;
  visits = [];
  if (task.result?.state === 'fail') await leavePictures(task.name, ended);
  await Promise.all(ended.map(({ page }) => page.context().close()));
  const faults = ended.flatMap(({ watch }) => watch.faults);
  if (faults.length > 0)
    throw new Error(`the page did what no page may do:\n${[...new Set(faults)].join('\n')}`);
});

afterAll(async () => (await browser)?.close());

/** Opens a page of the dashboard; it is loaded when this returns, its data may still be on their way: see `ready`. */
export async function visit(
  { url }: Pick<Stage, 'url'>,
  path: string,
  options: VisitOptions = {},
): Promise<Page> {
  const { theme = 'light', size = 'wide', language = 'en', token, login, allow = [] } = options;
  browser ??= chromium.launch({
    executablePath: inject('chromium')!,
    chromiumSandbox: false, // There is none for root, as CI is.
    args: ['--font-render-hinting=none', '--disable-lcd-text'],
  });
  const context = await (await browser).newContext({
    ...{ viewport: SIZES[size], colorScheme: theme, reducedMotion: 'reduce' },
    ...{ locale: LOCALES[language], timezoneId: 'UTC' },
    ...(login && { httpCredentials: login }),
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const { origin } = new URL(url);
  const watch = new Watch(origin, allow);
  await watch.attach(context);
  if (token !== undefined) await signIn(context, origin, token);
  const page = await context.newPage();
  visits.push({ page, watch });
  await page.goto(`${url}${path}`);
  return page;
}

/** Once for each tab, before anything else in it: whoever signs out there stays so. */
function signIn(context: BrowserContext, origin: string, token: string): Promise<unknown> {
  return context.addInitScript(`if (location.origin === '${origin}' && !sessionStorage.signedIn) {
    sessionStorage.signedIn = true;
    sessionStorage.setItem('${TOKEN_KEY}', '${token}');
  }`);
}

/** The data of the screen are there. */
export async function ready(page: Page): Promise<void> {
  await page.locator('main[data-ready]').waitFor();
}

async function leavePictures(test: string, ended: readonly Visit[]): Promise<void> {
  const folder = join(tmpdir(), 'drover-browser');
  mkdirSync(folder, { recursive: true });
  for (const [i, { page }] of ended.entries()) {
    const path = join(folder, `${test.replaceAll(/[^a-z0-9]+/gi, '-').slice(0, 80)}-${i}.png`);
    await page.screenshot({ path }).then(
      () => console.warn(`a picture of ${page.url()} as the test failed: ${path}`),
      () => {}, // Its page is gone.
    );
  }
}
