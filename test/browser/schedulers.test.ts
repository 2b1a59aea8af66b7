/**
 * Schedulers, as people meet them: one list over all queues; run, made, changed and removed, each looked up at the server.
 */
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { openStage, type Stage } from './support/stage.ts';
import { expectAccessible, ready, type VisitOptions, visit } from './support/visit.ts';

let stage: Stage;
let admin: string;
beforeAll(async () => {
  stage = await openStage({ access: { tokens: true } });
  admin = await stage.tokenFor('admin');
  return () => stage.close();
});

const queue = 'webhooks';

async function open(path: string, options: VisitOptions = {}): Promise<Page> {
  const page = await visit(stage, path, { token: admin, ...options });
  await ready(page);
  return page;
}
const make = (scheduler: string) =>
  stage.client.call('schedulers.set', { queue, scheduler, every: '1h', jobName: scheduler });
const get = (scheduler: string) => stage.client.call('schedulers.get', { queue, scheduler });
const dialogOf = (page: Page) => page.getByRole('dialog');
async function press(page: Page, button: string): Promise<void> {
  await dialogOf(page).getByRole('button', { name: button, exact: true }).click();
  await dialogOf(page).waitFor({ state: 'detached' });
}

test('those of all queues are listed with their schedule in words', async () => {
  await make('elsewhere');
  const page = await open('/schedulers');
  const row = page.getByRole('row', { name: /nightly/ });
  expect(await row.textContent()).toMatch(/reports.*At 03:00 \(Europe\/Berlin\)/);
  await page.getByRole('row', { name: /stock-levels.*Every 15 min/ }).waitFor();
  await page.getByRole('row', { name: /elsewhere/ }).waitFor();
  await page.getByLabel('Queue').selectOption('reports');
  await page.waitForURL(/\/schedulers\?queue=reports$/);
  await page.getByRole('row', { name: /elsewhere/ }).waitFor({ state: 'detached' });
  await row.getByRole('link', { name: 'nightly' }).click();
  await page.getByText('0 3 * * *').waitFor();
});

test('one is run now: its job is there', async () => {
  await make('at-once');
  const page = await open('/schedulers');
  await page.getByRole('button', { name: 'Run now: at-once' }).click();
  await page.getByRole('button', { name: 'Show it' }).click();
  await page.waitForURL(/\/queues\/webhooks\/jobs\//);
  await page.getByRole('heading', { name: /at-once/ }).waitFor();
  const job = decodeURIComponent(new URL(page.url()).pathname.split('/').at(-1)!);
  // Not the next run of its schedule.
  expect(job).not.toMatch(/^repeat:/);
  expect(await stage.client.call('jobs.get', { queue, job })).toMatchObject({
    ...{ name: 'at-once', state: 'waiting' },
  });
});

test('its pattern is changed, and the words with it; one that never fires is refused', async () => {
  await make('changes');
  const page = await open('/queues/webhooks/schedulers/changes', { allow: [/\b400\b/] });
  await page.getByText('Every 1 h').waitFor();
  await page.keyboard.press('Shift+E');
  await dialogOf(page).getByLabel('By a pattern').check();
  const pattern = dialogOf(page).getByLabel(/^Pattern/);
  await pattern.fill('0 9 31 2 *');
  await dialogOf(page).getByRole('button', { name: 'Save' }).click();
  await dialogOf(page)
    .getByText(/never fires/)
    .waitFor();
  await pattern.fill('0 9 * * 1-5');
  await dialogOf(page).getByLabel('Time zone').fill('Europe/Berlin');
  await dialogOf(page).getByLabel('Data (JSON)').fill('{"of":"stock"}');
  await press(page, 'Save');
  await page.getByText(/At 09:00, Monday through Friday \(Europe\/Berlin\)/).waitFor();
  expect(await get('changes')).toMatchObject({
    ...{ pattern: '0 9 * * 1-5', everyMs: null, jobName: 'changes', data: { of: 'stock' } },
  });
});

test('one is made and removed by the keyboard', async () => {
  const page = await open('/schedulers?queue=webhooks', { allow: [/\b404\b/] });
  await page.keyboard.press('Shift+N');
  await dialogOf(page).getByLabel('Scheduler', { exact: true }).fill('by-hand');
  await dialogOf(page).getByLabel('In equal steps').check();
  await dialogOf(page)
    .getByLabel(/^Every/)
    .fill('15m');
  await dialogOf(page).getByLabel('Data (JSON)').fill('{"id":9007199254740993}');
  await dialogOf(page)
    .getByText(/it would be rounded/)
    .waitFor();
  await dialogOf(page).getByLabel('Data (JSON)').fill('{"id":"9007199254740993"}');
  await expectAccessible(page);
  await press(page, 'Save');
  await page.waitForURL(/\/queues\/webhooks\/schedulers\/by-hand$/);
  await page.getByText('Every 15 min').waitFor();
  expect(await get('by-hand')).toMatchObject({
    ...{ everyMs: 900_000, jobName: 'by-hand', data: { id: '9007199254740993' } },
  });
  await page.keyboard.press('Shift+D');
  await press(page, 'Remove');
  await page.waitForURL(/\/schedulers$/);
  await expect(get('by-hand')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('a viewer is offered nothing', async () => {
  const token = await stage.tokenFor('viewer');
  for (const path of ['/schedulers', '/queues/reports/schedulers/nightly']) {
    const page = await open(path, { token });
    await page.getByText('At 03:00 (Europe/Berlin)').filter({ visible: true }).first().waitFor();
    expect(
      await page
        .getByRole('main')
        .getByRole('button', { name: /Run|…$/ })
        .count(),
    ).toBe(0);
    for (const key of ['N', 'E', 'D']) await page.keyboard.press(`Shift+${key}`);
    expect(await dialogOf(page).count()).toBe(0);
  }
});

test.each([
  ['light', { theme: 'light' }],
  ['dark', { theme: 'dark' }],
  ['narrow, in German', { size: 'narrow', language: 'de' }],
] as const)('everybody can use them: %s', async (_, options) => {
  for (const path of ['/schedulers', '/queues/reports/schedulers/nightly'])
    await expectAccessible(await open(path, options));
});
