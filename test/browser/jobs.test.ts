/**
 * The screen “Jobs”: found, selected, dealt with, added. What was done is checked through the client.
 */
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { openStage, type Stage } from './support/stage.ts';
import { expectAccessible, ready, shoot, type VisitOptions, visit } from './support/visit.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({ access: { tokens: true } });
  const token = await stage.tokenFor('admin');
  open = async (path, options = {}) => {
    const page = await visit(stage, path, { token, ...options });
    await ready(page);
    return page;
  };
  return () => stage.close();
});
let open: (path: string, options?: VisitOptions) => Promise<Page>;

const fieldsOf = (page: Page): Record<string, string> =>
  Object.fromEntries(new URL(page.url()).searchParams);
/** Ids in the table, from the top. */
const idsOf = (page: Page): Promise<string[]> =>
  page.locator('tbody tr a[href*="/jobs/"]').allTextContents();
const box = (page: Page, id: string) =>
  page.getByRole('checkbox', { name: `Select ${id}`, exact: true });
const dialog = (page: Page) => page.getByRole('dialog');
const countOf = async (queue: string, state: string): Promise<number> =>
  (await stage.client.call('queues.get', { queue })).counts[state]!;
/** A bulk action is in a state. */
async function ended(page: Page, act: string, state: string, count: string | RegExp) {
  const line = page.getByRole('region', { name: act });
  await line.getByText(state, { exact: true }).waitFor();
  await line.getByText(count).first().waitFor();
}
/** Jobs that nobody runs. */
const addIdle = (name: string, count: number) =>
  stage.coordinator.queue('webhooks').addBulk(
    Array.from({ length: count }, (_, i) => ({
      ...{ name, data: { url: 'https://partner.example', n: i } },
      opts: { jobId: `${name}-${i + 1}` },
    })),
  );

test('a search is written by keyboard alone, with suggestions of keys and of values', async () => {
  const page = await open('/queues/mails/jobs?state=failed');
  await page.keyboard.press('/');
  await page.keyboard.type('na');
  const options = page.getByRole('listbox').getByRole('option');
  await options.getByText('name:').waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await options.getByText('reset-password').waitFor();
  await page.keyboard.type('rec');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Tab');
  await page.keyboard.type('-data.to:');
  await options.getByText('receipt1@example.com').or(options.first()).waitFor();
  await page.keyboard.type('receipt1@example.com');
  await page.keyboard.press('Enter');
  await page.getByText('11 found. Searched all 18.').waitFor();
  expect(fieldsOf(page)).toEqual({
    ...{ state: 'failed', filter: 'name:receipt -data.to:receipt1@example.com' },
  });
  expect(await idsOf(page)).not.toContain('receipt-1');
});

test('a filter that cannot be read is shown at its place', async () => {
  const page = await open('/queues/mails/jobs?state=failed', { allow: [/\b400\b/] });
  await page.getByRole('combobox', { name: 'Filter' }).fill('name:receipt foo:bar');
  await page.keyboard.press('Enter');
  const alert = page.getByRole('alert');
  expect(await alert.locator('mark').textContent()).toBe('foo:bar');
  expect(await alert.textContent()).toContain('"foo" is no key');
  await expectAccessible(page);
});

test('rows are selected with Shift, and some are retried', async () => {
  const page = await open('/queues/mails/jobs?state=failed&filter=name:reset-password');
  const ids = await idsOf(page);
  expect(ids).toHaveLength(5);
  const before = new Map(
    await Promise.all(ids.map(async (id) => [id, await startOf(id)] as const)),
  );
  await box(page, ids[1]!).click();
  await box(page, ids[3]!).click({ modifiers: ['Shift'] });
  await page.getByText('3 selected').waitFor();
  await page.getByText('Updates are held while rows are selected.').waitFor();
  await page.keyboard.press('R');
  await dialog(page).getByText('3 would be dealt with.').waitFor();
  await expectAccessible(page);
  await dialog(page).getByRole('button', { name: 'Retry 3' }).click();
  await ended(page, 'Retry jobs', 'done', '3 of 3');
  const hasRun = async (id: string): Promise<boolean> => (await startOf(id)) !== before.get(id);
  for (const id of ids.slice(1, 4)) await until(() => hasRun(id), { what: `${id} has run again` });
  expect([await hasRun(ids[0]!), await hasRun(ids[4]!)]).toEqual([false, false]);
  await until(async () => (await countOf('mails', 'failed')) === 18, { what: 'they failed again' });
});

const startOf = async (job: string): Promise<number | null> =>
  (await stage.client.call('jobs.get', { queue: 'mails', job })).startedAt;

test('all that match are removed: dry run, name, progress, gone', async () => {
  await addIdle('old-hook', 120);
  const others = (await countOf('webhooks', 'waiting')) - 120;
  const page = await open('/queues/webhooks/jobs?state=waiting&filter=name:old-hook');
  await box(page, 'old-hook-120').click();
  await page.getByRole('button', { name: 'Select all that match' }).click();
  await page.getByText('All that match are selected').waitFor();
  await page.getByRole('button', { name: 'Remove …' }).click();
  await dialog(page).getByText('120 would be dealt with.').waitFor();
  const does = dialog(page).getByRole('button', { name: 'Remove 120' });
  expect(await does.isDisabled()).toBe(true);
  await dialog(page).getByLabel('Type webhooks to confirm').fill('webhooks');
  await shoot(page, 'jobs-remove');
  await does.click();
  await ended(page, 'Remove jobs', 'done', '120 of 120');
  await page.getByText('No job that was looked at matches the filter.').waitFor();
  expect(await countOf('webhooks', 'waiting')).toBe(others);
});

test('a paced action is paused and aborted, and what was left stays', async () => {
  await addIdle('slow-hook', 40);
  const page = await open('/queues/webhooks/jobs?state=waiting&filter=name:slow-hook');
  await box(page, 'slow-hook-40').click();
  await page.keyboard.press('A');
  await page.keyboard.press('M');
  await dialog(page).getByLabel('To the queue').fill('reports');
  await dialog(page).getByLabel('At most so many each second').fill('1');
  await dialog(page).getByRole('button', { name: 'Move 40' }).click();
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await ended(page, 'Move jobs to another queue', 'paused', /\d+ of 40/);
  await page.getByRole('button', { name: 'Abort…' }).click();
  await dialog(page).getByText('It cannot be resumed.').waitFor();
  await dialog(page).getByRole('button', { name: 'Abort', exact: true }).click();
  await ended(page, 'Move jobs to another queue', 'aborted', /\d+ of 40/);
  const filter = 'name:slow-hook';
  const left = await stage.client.call('jobs.list', {
    queue: 'webhooks',
    state: 'waiting',
    filter,
  });
  const moved = await stage.client.call('jobs.list', {
    queue: 'reports',
    state: 'waiting',
    filter,
  });
  expect(left.rows.length + moved.rows.length).toBe(40);
  expect(left.rows.length).toBeGreaterThan(0);
});

test('Escape ends a selection, and with it what was held', async () => {
  const page = await open('/queues/mails/jobs?state=failed');
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.getByText('1 selected').waitFor();
  await page.keyboard.press('Escape');
  await page.getByText('Updates are held while rows are selected.').waitFor({ state: 'detached' });
  await page.keyboard.press('5');
  await page.waitForURL(/state=completed/);
});

test('a job is added with a number that JavaScript has not, and read back exactly', async () => {
  const page = await open('/queues/webhooks/jobs?state=delayed');
  await page.keyboard.press('N');
  await dialog(page).getByLabel('Name').fill('ledger');
  const data = dialog(page).getByLabel('Data (JSON)');
  await data.fill('{"ledger": 9007199254740993,}');
  await dialog(page).getByText('line 1, column 29').waitFor();
  expect(await dialog(page).getByRole('button', { name: 'Add' }).isDisabled()).toBe(true);
  await data.fill('{"ledger": 9007199254740993}');
  await dialog(page).getByText('Options').click();
  await dialog(page).getByLabel('Job id').fill('ledger-1');
  await dialog(page).getByLabel('Delay').fill('2h');
  await expectAccessible(page);
  await dialog(page).getByRole('button', { name: 'Add' }).click();
  await page.getByRole('link', { name: 'ledger-1' }).waitFor();
  const job = await stage.client.call('jobs.get', { queue: 'webhooks', job: 'ledger-1' });
  expect(job).toMatchObject({ state: 'delayed', data: '{"ledger":9007199254740993}' });
});

test('old jobs of a state are cleaned, the rest is kept', async () => {
  const queue = 'webhooks';
  await stage.client.call('jobs.add', {
    ...{ queue, name: 'clean-me', data: {}, options: { jobId: 'clean-1', delay: '3h' } },
  });
  const page = await open('/queues/webhooks/jobs?state=delayed');
  await page.keyboard.press('C');
  await dialog(page).getByText('There is nothing to delete.').waitFor();
  await dialog(page).getByLabel('Older than').fill('0s');
  await dialog(page)
    .getByText(/jobs would be deleted/)
    .waitFor();
  await dialog(page).getByLabel('Type webhooks to confirm').fill('webhooks');
  await dialog(page).getByRole('button', { name: 'Delete old jobs' }).click();
  await page.getByText('No job of this queue is delayed.').waitFor();
  expect(await countOf('webhooks', 'delayed')).toBe(0);
  expect(await countOf('webhooks', 'waiting')).toBeGreaterThan(0);
});

test('a view is saved, found again after a reload, applied and forgotten', async () => {
  const page = await open('/queues/mails/jobs?state=failed&filter=name:receipt&order=oldest');
  await page.getByText('Columns', { exact: true }).first().click();
  await page.getByRole('checkbox', { name: 'Data', exact: true }).click();
  await page.getByRole('columnheader', { name: 'Data' }).waitFor();
  const search = fieldsOf(page);
  await page.keyboard.press('Escape');
  const menu = page.locator('summary', { hasText: 'Views' });
  await menu.click();
  await page.getByLabel('Name of this view').fill('receipts');
  await page.keyboard.press('Enter');
  await page.goto(`${stage.url}/queues/mails/jobs`);
  await ready(page);
  await page.keyboard.press('Control+k');
  await page.keyboard.type('receipts');
  await page.keyboard.press('Enter');
  await page.getByText('12 found.').waitFor();
  expect(fieldsOf(page)).toEqual(search);
  await menu.click();
  await page.getByRole('button', { name: 'Forget receipts' }).click();
  await page.getByText('No view is saved yet.').waitFor();
});

test('new jobs wait at the top until they are wanted', async () => {
  const page = await open('/queues/webhooks/jobs?state=waiting');
  const before = await idsOf(page);
  await stage.client.call('jobs.add', {
    ...{ queue: 'webhooks', name: 'late', data: {}, options: { jobId: 'late-1' } },
  });
  await page.getByRole('button', { name: '1 new' }).waitFor();
  expect(await idsOf(page)).toEqual(before);
  await page.keyboard.press('n');
  await page.getByRole('link', { name: 'late-1' }).waitFor();
  expect(await idsOf(page)).toEqual(['late-1', ...before]);
});

test('who may only read is offered nothing that changes', async () => {
  const token = await stage.tokenFor('viewer');
  const page = await open('/queues/mails/jobs?state=failed', { token });
  expect(await idsOf(page)).toContain('receipt-1');
  expect(await page.locator('table').getByRole('checkbox').count()).toBe(0);
  const buttons = await page.getByRole('main').getByRole('button').allTextContents();
  expect(buttons).toEqual(
    ['Search', 'Newest first', 'Save', 'Finished↓'].filter((each) => buttons.includes(each)),
  );
  await page.keyboard.press('N');
  expect(await dialog(page).count()).toBe(0);
});

test.each([{ theme: 'light' }, { theme: 'dark' }, { size: 'narrow' }, { language: 'de' }] as const)(
  'it is accessible: %j',
  async (look) => {
    const page = await open('/queues/mails/jobs?state=failed', look);
    await page.locator('table').getByRole('checkbox').nth(2).click();
    await expectAccessible(page);
    if (!('language' in look)) await shoot(page, 'jobs');
    await page.keyboard.press('Escape');
    await page.keyboard.press('/');
    await page.getByRole('listbox').getByRole('option').first().waitFor();
    await expectAccessible(page);
  },
);
