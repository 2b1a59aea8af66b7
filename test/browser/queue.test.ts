/**
 * The screens of one queue and of one pool: every act is really done, and looked for by the client; charts show the
 * figures that the server has.
 */
import type { Locator, Page } from 'playwright-core';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { openStage, type Stage } from './support/stage.ts';
import { expectAccessible, ready, type VisitOptions, visit } from './support/visit.ts';

let stage: Stage;
let admin: string;
let viewer: string;
beforeAll(async () => {
  stage = await openStage({ access: { tokens: true } });
  [admin, viewer] = await Promise.all([stage.tokenFor('admin'), stage.tokenFor('viewer')]);
  return () => stage.close();
});

/** A queue that nobody runs, for what a test changes. */
let queue: string;
let made = 0;
beforeEach(async () => {
  made += 1;
  queue = `own-${made}`;
  const jobs = Array.from({ length: 3 }, (_, i) => ({ name: 'job', data: { i } }));
  await stage.coordinator.queue(queue).addBulk(jobs);
});

async function open(path: string, options: VisitOptions = {}): Promise<Page> {
  const page = await visit(stage, path, { token: admin, ...options });
  await ready(page);
  return page;
}

const button = (within: Page | Locator, name: string | RegExp): Locator =>
  within.getByRole('button', { name, exact: typeof name === 'string' });
const got = () => stage.client.call('queues.get', { queue });

test('it is paused with a reason, which is shown, and resumed', async () => {
  const page = await open(`/queues/${queue}`);
  await button(page, 'Pause').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('3 wait now').waitFor();
  await dialog.getByLabel('Why').fill('The disk is full');
  await button(dialog, 'Pause').click();
  await page.getByText('The disk is full').waitFor();
  await page.getByText(/^Paused by/).waitFor();
  await page.locator('.screen-head .badge', { hasText: 'paused' }).waitFor();
  expect(await got()).toMatchObject({ isPaused: true, pausedFor: 'The disk is full' });
  await button(page, 'Resume').click();
  await page.getByText('The disk is full').waitFor({ state: 'detached' });
  expect(await got()).toMatchObject({ isPaused: false, pausedFor: null });
});

test('limits are set and removed, and what the server refuses is said', async () => {
  const page = await open(`/queues/${queue}`, { allow: [/\b400\b/] });
  await button(page, 'Set the rate limit').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Jobs at most').fill('5');
  await dialog.getByLabel('In').fill('nonsense');
  await button(dialog, 'Set the rate limit').click();
  await dialog.getByRole('alert').waitFor();
  await dialog.getByLabel('In').fill('10s');
  await button(dialog, 'Set the rate limit').click();
  await page.getByText('5 jobs in 10 s').waitFor();
  expect((await got()).rateLimit).toEqual({ max: 5, durationMs: 10_000 });
  await button(page, 'Set how many run at once').click();
  await dialog.getByLabel('Jobs at most').fill('2');
  await button(dialog, 'Set how many run at once').click();
  await page.getByText('2 jobs', { exact: true }).waitFor();
  expect((await got()).globalConcurrency).toBe(2);
  await button(page, 'Remove the rate limit').click();
  await button(page, 'Remove the limit of how many run at once').click();
  await expect.poll(() => page.getByText('no limit').count()).toBe(2);
  expect(await got()).toMatchObject({ rateLimit: null, globalConcurrency: null });
});

test('it is emptied when its name is typed, and not by another one', async () => {
  const page = await open(`/queues/${queue}`);
  await button(page, 'Empty …').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('3 jobs would be deleted').waitFor();
  const does = button(dialog, 'Delete the waiting jobs');
  await dialog.getByLabel(`Type ${queue} to confirm`).fill('mails');
  expect(await does.isDisabled()).toBe(true);
  await dialog.getByLabel(`Type ${queue} to confirm`).fill(queue);
  await does.click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByText('3 jobs were deleted.').waitFor();
  expect((await got()).counts).toMatchObject({ waiting: 0 });
  await page.locator('[data-state="waiting"][data-some="false"]').waitFor();
});

test('old jobs of a state are cleaned', async () => {
  const page = await open(`/queues/${queue}`);
  await button(page, 'Clean …').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('There is nothing to delete.').waitFor();
  await dialog.getByLabel('State').selectOption('wait');
  await dialog.getByLabel('Older than').fill('0s');
  await dialog.getByText('3 jobs would be deleted').waitFor();
  await dialog.getByLabel(`Type ${queue} to confirm`).fill(queue);
  await button(dialog, 'Delete old jobs').click();
  await dialog.waitFor({ state: 'detached' });
  expect((await got()).counts.waiting).toBe(0);
});

test('it is obliterated, and the overview is shown', async () => {
  const page = await open(`/queues/${queue}`, { allow: [/\b404\b/] });
  await button(page, 'Obliterate …').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('3 jobs would be deleted').waitFor();
  await dialog.getByLabel(`Type ${queue} to confirm`).fill(queue);
  await button(dialog, 'Delete the queue').click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  await expect(got()).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('while jobs run, it takes a second choice to obliterate it', async () => {
  const page = await open('/queues/thumbnails');
  await button(page, 'Obliterate …').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(/^3 jobs are running/).waitFor();
  await dialog.getByLabel('Type thumbnails to confirm').fill('thumbnails');
  expect(await button(dialog, 'Delete the queue').isDisabled()).toBe(true);
  await dialog.getByLabel(/although jobs are running/).check();
  await expect.poll(() => button(dialog, 'Delete the queue').isEnabled()).toBe(true);
  await button(dialog, 'Cancel').click();
});

test('from red to the cause is one click, and counts lead to the jobs', async () => {
  const page = await open('/queues/mails');
  const causes = page.getByRole('region', { name: 'Why jobs fail' });
  await causes.getByText('12 ×').waitFor();
  expect(await causes.getByRole('listitem').count()).toBe(3);
  const failed = page.getByRole('navigation', { name: 'Jobs by state' }).getByRole('link', {
    name: /18\s*failed/,
  });
  expect(await failed.getAttribute('href')).toBe('/queues/mails/jobs?state=failed');
  await causes.getByRole('link', { name: /Cannot read properties/ }).click();
  await page.waitForURL(/\/dead-letters\/[^/]+\?queue=mails$/);
});

describe('charts', () => {
  const chart = (page: Page, title: string): Locator =>
    page
      .locator('figure.chart')
      .filter({ has: page.getByRole('heading', { name: title, exact: true }) });

  /** The colours that are drawn, without those of which there are only a few pixels. */
  const colors = (canvas: Locator): Promise<string[]> =>
    canvas.evaluate((element: HTMLCanvasElement) => {
      const copy = document.createElement('canvas');
      Object.assign(copy, { width: element.width, height: element.height });
      const context = copy.getContext('2d', { willReadFrequently: true })!;
      context.drawImage(element, 0, 0);
      const { data } = context.getImageData(0, 0, copy.width, copy.height);
      const counts = new Map<string, number>();
      for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3] !== 255) continue;
        const color = data.slice(i, i + 3).join(',');
        counts.set(color, (counts.get(color) ?? 0) + 1);
      }
      return [...counts].filter(([, count]) => count > 30).map(([color]) => color);
    });

  test('show the figures that the server has, and their table has all of them', async () => {
    const page = await open('/queues/orders?range=6h');
    const finished = chart(page, 'Finished per minute');
    expect((await colors(finished.locator('canvas'))).length).toBeGreaterThan(1);
    await finished.getByText('As a table').click();
    const rows = await finished.getByRole('row').allTextContents();
    const { figures } = await stage.client.call('metrics.history', {
      ...({ queue: 'orders', last: '6h', resolution: 'minute', every: 5 } as const),
    });
    expect(rows).toHaveLength(figures.length + 1);
    const known = figures.filter(({ counts }) => counts !== null);
    expect(known.length).toBeGreaterThan(8);
    // All but those of now, which may still change.
    for (const each of known.slice(0, -2)) {
      const at = new Date(each.from).toISOString().slice(11, 16);
      const rate = each.throughputPerMinute!.toLocaleString('en', { maximumSignificantDigits: 3 });
      expect(
        rows.some((row) => row.includes(at) && row.includes(rate)),
        `${at} ${rate}`,
      ).toBe(true);
    }
    expect(rows.filter((row) => row.endsWith('––'))).toHaveLength(figures.length - known.length);
    await page.getByText(/History begins/).waitFor();
  });

  test('are drawn in the colours of the theme, also when it changes', async () => {
    const page = await open('/queues/orders');
    const canvas = chart(page, 'Finished per minute').locator('canvas');
    const light = await colors(canvas);
    await page.getByLabel('Theme').selectOption('dark');
    await expect.poll(async () => (await colors(canvas)).join() === light.join()).toBe(false);
    expect(await colors(canvas)).toContain('79,195,181');
  });

  test('their span and the name of the jobs are in the address', async () => {
    const page = await open('/queues/mails');
    await page.getByRole('link', { name: '24 hours' }).click();
    await page.waitForURL(/range=24h/);
    await page.getByRole('combobox', { name: /^Jobs/ }).selectOption('receipt');
    await page.waitForURL(/name=receipt/);
    await page.reload();
    await ready(page);
    expect(await page.getByRole('link', { name: '24 hours' }).getAttribute('aria-current')).toBe(
      'page',
    );
    await page.getByText('Each point is 15 min').waitFor();
    await page.getByText('Arrivals are not told apart').waitFor();
  });

  test('their values are gone through by keys', async () => {
    const page = await open('/queues/orders?range=6h');
    const plot = page.getByRole('slider', { name: /^Finished per minute/ });
    const last = Number(await plot.getAttribute('aria-valuemax'));
    await plot.focus();
    await page.keyboard.press('Home');
    await expect.poll(() => plot.getAttribute('aria-valuenow')).toBe('0');
    expect(await plot.getAttribute('aria-valuetext')).toMatch(/completed –, failed for good –$/);
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => plot.getAttribute('aria-valuenow')).toBe(String(last - 1));
    expect(await plot.getAttribute('aria-valuetext')).toMatch(/completed \d/);
  });

  test('a queue of which nothing is known says so', async () => {
    const page = await open(`/queues/${queue}`);
    await page.getByText('Nothing is known of this time').waitFor();
    expect(await page.locator('canvas').count()).toBe(0);
  });
});

test('memory and retention are asked for when they are opened', async () => {
  const page = await open('/queues/orders');
  await page.getByRole('heading', { name: 'Memory in Redis' }).click();
  await page.getByText(/^(?:About|At least) /).waitFor();
  await page.getByRole('row', { name: /completed jobs/ }).waitFor();
  await page.getByRole('heading', { name: 'How long data is kept' }).click();
  await page.getByText('the newest 1,000').waitFor();
});

describe('a pool', () => {
  const pool = () => stage.client.call('pools.get', { queue: 'thumbnails' });

  test('is pinned with a reason and let go again, and the decision is told', async () => {
    const page = await open('/pools/thumbnails');
    await button(page, 'Pin …').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Slots').fill('9');
    expect(await button(dialog, 'Pin').isDisabled()).toBe(true);
    await dialog.getByLabel('Slots').fill('6');
    await dialog.getByLabel('For').fill('20m');
    await dialog.getByLabel('Why').fill('Before the sale');
    await button(dialog, 'Pin').click();
    await page.getByText('Pinned to 6', { exact: true }).waitFor();
    expect((await pool()).pin).toMatchObject({ slots: 6, reason: 'Before the sale' });
    const decisions = page.getByRole('region', { name: 'Decisions' });
    await decisions
      .getByText(/6 slots: set by hand/)
      .first()
      .waitFor();
    await button(page, 'Take the pin off').click();
    await page.getByText('Pinned to 6', { exact: true }).waitFor({ state: 'detached' });
    expect((await pool()).pin).toBeNull();
  });

  test('tells who has its slots', async () => {
    const page = await open('/pools/thumbnails');
    const shares = page.getByRole('region', { name: 'Who has them' });
    await shares.getByText('worker-1').waitFor();
    await page.locator('figure.chart canvas').first().waitFor();
  });
});

test.each(['/queues/thumbnails', '/pools/thumbnails'])(
  'who may only look is offered nothing at %s',
  async (path) => {
    const page = await open(path, { token: viewer });
    const main = page.getByRole('main');
    expect(await main.getByRole('button').allTextContents()).toEqual([]);
    for (const key of ['P', 'E', 'C', 'O', 'L', 'G', 'S']) await page.keyboard.press(key);
    expect(await page.getByRole('dialog').count()).toBe(0);
  },
);

test('by keyboard alone: pause, resume, limit', async () => {
  const page = await open(`/queues/${queue}`);
  await page.keyboard.press('P');
  await page.keyboard.type('By hand');
  await page.keyboard.press('Enter');
  await page.getByText('By hand').waitFor();
  await page.keyboard.press('P');
  await until(async () => !(await got()).isPaused, { what: 'it is resumed' });
  await page.keyboard.press('L');
  await page.keyboard.type('7');
  await page.keyboard.press('Enter');
  await page.getByText('7 jobs in 1 min').waitFor();
  await page.keyboard.press('E');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});

describe.each([
  ['light', {}],
  ['dark', { theme: 'dark' }],
  ['narrow', { size: 'narrow' }],
  ['German', { language: 'de' }],
] as const)('axe finds nothing, in %s', (_, look) => {
  test.each(['/queues/mails', '/pools/thumbnails'])('at %s', async (path) => {
    const page = await open(path, look);
    await page.locator('figure.chart canvas').first().waitFor();
    await page.locator('figure.chart summary').first().click();
    await expectAccessible(page);
  });

  test('of a queue that is paused', async () => {
    const page = await open('/queues/reports', look);
    await page.locator('.notice').waitFor();
    await expectAccessible(page);
  });
});
