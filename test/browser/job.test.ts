/**
 * One job, as people meet it: what happened to it and what it holds, and each act on it, done by the keyboard and looked
 * up at the server.
 */
import type { FlowJob } from 'bullmq';
import { parseExactly } from 'drover/client';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { openStage, type Stage } from './support/stage.ts';
import { expectAccessible, ready, type VisitOptions, visit } from './support/visit.ts';

let stage: Stage;
let admin: string;
beforeAll(async () => {
  stage = await openStage({ access: { tokens: true } });
  admin = await stage.tokenFor('admin');
  return () => stage.close();
});

/** The page may ask again between a removal and its answer. */
const GONE: VisitOptions = { allow: [/\b404\b/] };
const PATIENCE = { timeoutMs: 30_000, intervalMs: 100 };
const BIG =
  '{"order":9007199254740993,"list":[0.12345678901234567890,-18446744073709551615],"to":"Ann"}';

async function open(queue: string, id: string, options: VisitOptions = {}): Promise<Page> {
  const page = await visit(stage, `/queues/${queue}/jobs/${id}`, { token: admin, ...options });
  await ready(page);
  return page;
}
const jobOf = (queue: string, job: string) => stage.client.call('jobs.get', { queue, job });
const stored = async (queue: string, job: string) =>
  (await stage.client.call('jobs.get', { queue, job, full: true })).data;
const inState = (queue: string, job: string, state: string) =>
  until(async () => (await jobOf(queue, job)).state === state, {
    ...{ ...PATIENCE, what: `${job} is ${state}` },
  });

/** Nobody runs these. */
async function addWaiting(id: string, text: string, options: object = {}): Promise<void> {
  await stage.client.call('jobs.add', {
    ...{ queue: 'webhooks', name: 'order-paid', data: parseExactly(text) },
    options: { jobId: id, ...options },
  });
}
const dialogOf = (page: Page) => page.getByRole('dialog');
/** Presses the key of an act, and the button of its dialog. */
async function act(page: Page, key: string, button: string): Promise<void> {
  await page.keyboard.press(`Shift+${key}`);
  await press(page, button);
}
async function press(page: Page, button: string): Promise<void> {
  await dialogOf(page).getByRole('button', { name: button, exact: true }).click();
  await dialogOf(page).waitFor({ state: 'detached' });
}

test('a job that failed tells of each attempt, on which host, and where in the code', async () => {
  const page = await open('mails', 'receipt-1');
  const history = page.getByRole('region', { name: 'What happened' });
  const items = history.getByRole('listitem');
  expect(await items.first().textContent()).toContain('Failed for good');
  expect(await items.nth(1).textContent()).toMatch(/Attempt 3 failed.*on worker-\d/);
  expect(await items.last().textContent()).toContain('Added');
  await history
    .getByText(/receiptOf/)
    .first()
    .waitFor();
  await page.getByRole('link', { name: 'Why it died' }).click();
  await page.waitForURL(/\/queues\/mails\/dead-letters\/receipt-1$/);
});

test('a failed job is retried', async () => {
  await stage.coordinator
    .queue('mails')
    .add(
      ...([
        'reset-password',
        { to: 'x@example.com', via: 'gone' },
        { jobId: 'again', attempts: 1 },
      ] as const),
    );
  await inState('mails', 'again', 'failed');
  const { finishedAt } = await jobOf('mails', 'again');
  const page = await open('mails', 'again');
  await act(page, 'R', 'Retry');
  await page.getByText('The job is back in its queue').waitFor();
  await until(
    async () => ((await jobOf('mails', 'again')).finishedAt ?? 0) > finishedAt!,
    PATIENCE,
  );
});

test('integers of any size are shown and edited digit by digit', async () => {
  await addWaiting('big', BIG);
  const page = await open('webhooks', 'big');
  const data = page.getByRole('region', { name: 'Data' });
  for (const text of ['9007199254740993', '0.12345678901234567890', '-18446744073709551615'])
    await data.getByText(text, { exact: true }).waitFor();
  await page.keyboard.press('Shift+E');
  const field = dialogOf(page).getByLabel('Data (JSON)');
  const text = await field.inputValue();
  expect(text).toContain('"order": 9007199254740993');
  await field.fill(text.replace('993', '995'));
  await dialogOf(page).getByLabel('Priority').fill('3');
  await press(page, 'Save');
  await data.getByText('9007199254740995', { exact: true }).waitFor();
  expect(await stored('webhooks', 'big')).toBe(BIG.replace('993', '995'));
  expect(await jobOf('webhooks', 'big')).toMatchObject({ priority: 3, state: 'prioritized' });
});

test('what is no JSON is refused with its place, and nothing is sent', async () => {
  await addWaiting('no-json', '{"a":1}');
  const page = await open('webhooks', 'no-json');
  await page.keyboard.press('Shift+E');
  await dialogOf(page).getByLabel('Data (JSON)').fill('{\n  "a": 1,\n}');
  await dialogOf(page)
    .getByText(/line 3, column 1/)
    .waitFor();
  expect(await dialogOf(page).getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await dialogOf(page).waitFor({ state: 'detached' });
  expect(await stored('webhooks', 'no-json')).toBe('{"a":1}');
});

test('a running job shows its progress, and is cancelled', async () => {
  await stage.coordinator
    .queue('thumbnails')
    .add(...(['panorama', { image: 'x.jpg', widths: [1], holds: 10 }, { jobId: 'held' }] as const));
  await inState('thumbnails', 'held', 'active');
  const page = await open('thumbnails', 'held');
  await page.getByRole('region', { name: 'Progress' }).getByText('10%').waitFor();
  await page.keyboard.press('Shift+C');
  await dialogOf(page).getByLabel('Reason').fill('too slow');
  await press(page, 'Cancel it');
  await inState('thumbnails', 'held', 'failed');
  await page
    .getByText(/too slow/)
    .first()
    .waitFor();
});

test('a job is added with the data and options of another one', async () => {
  await addWaiting('twice', BIG, { attempts: 4, delay: '2h' });
  const page = await open('webhooks', 'twice');
  await page.keyboard.press('Shift+N');
  await dialogOf(page).getByLabel('Name').fill('order-paid-again');
  await press(page, 'Add');
  await page.waitForURL((url) => !url.pathname.endsWith('/twice'));
  await page.getByRole('heading', { name: /order-paid-again/ }).waitFor();
  const id = decodeURIComponent(new URL(page.url()).pathname.split('/').at(-1)!);
  expect(await stored('webhooks', id)).toBe(BIG);
  expect(await jobOf('webhooks', id)).toMatchObject({ attempts: 4, state: 'delayed' });
});

test('a delayed job is promoted, moved to another queue, and removed there', async () => {
  await addWaiting('travels', '{}', { delay: '2h' });
  const page = await open('webhooks', 'travels', GONE);
  await act(page, 'P', 'Promote');
  await inState('webhooks', 'travels', 'waiting');
  await page.keyboard.press('Shift+M');
  await dialogOf(page).getByLabel('To the queue').fill('reports');
  await press(page, 'Move');
  await page.waitForURL(/\/queues\/reports\/jobs\/travels$/);
  await page.getByRole('heading', { name: /travels/ }).waitFor();
  await inState('reports', 'travels', 'waiting');
  await page.getByRole('button', { name: 'Remove …' }).waitFor();
  await act(page, 'D', 'Remove');
  await page.waitForURL(/\/queues\/reports\/jobs\?state=waiting$/);
  await expect(jobOf('reports', 'travels')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('a flow is unfolded by the keyboard, and removed with what is below it', async () => {
  const of = (id: string, children: FlowJob[] = []): FlowJob => ({
    ...{ queueName: 'webhooks', name: id, data: {}, opts: { jobId: id }, children },
  });
  const tree = of('family', [of('parent', [of('child-1'), of('child-2')]), of('aunt')]);
  await stage.coordinator.flows.add(tree);
  const page = await open('webhooks', 'family', GONE);
  const turn = page.getByRole('button', { name: 'Children of parent' });
  await turn.waitFor();
  expect(await page.getByRole('link', { name: 'child-2' }).count()).toBe(0);
  await turn.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'child-2' }).waitFor();
  expect(await turn.getAttribute('aria-expanded')).toBe('true');
  await expectAccessible(page);
  await page.getByRole('link', { name: 'child-2' }).focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/jobs\/child-2$/);
  await page.getByText('Child of').waitFor();
  await page.goBack();
  await page.getByRole('button', { name: 'Remove …' }).click();
  await dialogOf(page).getByLabel('4 jobs below it go with it').waitFor();
  await press(page, 'Remove');
  await expect(jobOf('webhooks', 'child-2')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('what is long is cut, and there as a whole when it is asked for', async () => {
  const list = Array.from({ length: 3_000 }, (_, i) => `item-${i}`);
  await addWaiting('long', JSON.stringify({ list, end: 'the end' }));
  const page = await open('webhooks', 'long');
  const data = page.getByRole('region', { name: 'Data' });
  expect(await data.getByText('the end').count()).toBe(0);
  await data.getByRole('button', { name: 'Show all' }).click();
  await data.getByText('"the end"').waitFor();
});

test('a job that goes while one looks stays as it was last, and offers nothing', async () => {
  await addWaiting('goes', '{"still":"here"}');
  const page = await open('webhooks', 'goes', GONE);
  await page.getByRole('button', { name: 'Remove …' }).waitFor();
  await stage.client.call('jobs.remove', { queue: 'webhooks', job: 'goes' });
  await page.getByText(/This job is gone/).waitFor();
  await page.getByText('"here"').waitFor();
  expect(await page.getByRole('button', { name: 'Remove …' }).count()).toBe(0);
});

test('a viewer sees a job without what is secret, and is offered nothing', async () => {
  const page = await open('orders', 'order-1042', { token: await stage.tokenFor('viewer') });
  await page.getByText(/charged the card/).waitFor();
  await page.getByText(/Secret fields are hidden/).waitFor();
  expect(await page.getByRole('main').textContent()).not.toContain('4242');
  const offered = page.getByRole('main').getByRole('button', { name: /…$/ });
  expect(await offered.count()).toBe(0);
  for (const key of ['R', 'D', 'N', 'M']) await page.keyboard.press(`Shift+${key}`);
  expect(await dialogOf(page).count()).toBe(0);
  const full = await open('orders', 'order-1042');
  await full.getByText('"4242 4242 4242 4242"').waitFor();
});

test.each([
  ['light', { theme: 'light' }],
  ['dark', { theme: 'dark' }],
  ['narrow, in German', { size: 'narrow', language: 'de' }],
] as const)('everybody can use it: %s', async (_, options) => {
  const failed = await open('mails', 'receipt-2', options);
  await failed
    .getByText(/receiptOf/)
    .first()
    .waitFor();
  await expectAccessible(failed);
  const done = await open('orders', 'order-1042', options);
  await done.getByRole('link', { name: 'confirmation-1042' }).waitFor();
  await expectAccessible(done);
});
