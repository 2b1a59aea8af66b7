/**
 * Dead letters and bulk actions as an operator goes through them: from a red queue to the cause, from there to a paced
 * replay, and back again. Every act is done on the page and checked by the client.
 */
import type { Locator, Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import type { BulkView, FailureGroup } from '../../src/operations/views.ts';
import { until } from '../support/until.ts';
import { judged, openStage, type Stage } from './support/stage.ts';
import { expectAccessible, ready, visit } from './support/visit.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  await judged(stage);
  return () => stage.close();
});

const SOON = { timeoutMs: 20_000, intervalMs: 100 };

async function groupOf(type: string): Promise<FailureGroup> {
  const groups = await stage.client.call('groups.list', { queue: 'mails' });
  return groups.find((group) => group.type === type)!;
}

/** Path of the page of a group. */
async function pathOf(type: string): Promise<string> {
  return `/dead-letters/${(await groupOf(type)).fingerprint}?queue=mails`;
}

const button = (page: Page, name: string | RegExp): Locator =>
  page.getByRole('button', { name, exact: typeof name === 'string' });

/** The bulk action that the page shows. */
async function bulkOn(page: Page): Promise<BulkView> {
  await page.waitForURL(/\/bulk\/[^/]+$/);
  const bulk = decodeURIComponent(new URL(page.url()).pathname.split('/').at(-1)!);
  return stage.client.call('bulk.get', { bulk });
}

async function reaches({ id }: BulkView, state: BulkView['state']): Promise<BulkView> {
  const look = async () => {
    const view = await stage.client.call('bulk.get', { bulk: id });
    return view.state === state && view;
  };
  return until(look, { ...SOON, what: `the bulk action is ${state}` });
}

async function isDead(job: string): Promise<boolean> {
  return (await stage.client.call('deadLetters.get', { queue: 'mails', job })).state === 'dead';
}

async function areDead(jobs: readonly string[]): Promise<unknown> {
  const look = async () => (await Promise.all(jobs.map(isDead))).every(Boolean);
  return until(look, { ...SOON, what: `${jobs.join(', ')} are dead letters` });
}

const RECEIPTS = Array.from({ length: 12 }, (_, i) => `receipt-${i + 1}`);
const RESETS = Array.from({ length: 5 }, (_, i) => `reset-${i + 1}`);

test('from what is red to the stack trace in three clicks, and to a paced replay in four', async () => {
  let clicks = 0;
  const click = async (where: Locator): Promise<void> => {
    clicks += 1;
    await where.click();
  };
  const page = await visit(stage, '/');
  await click(
    page
      .getByRole('listitem')
      .filter({ hasText: 'mails' })
      .getByRole('link', { name: /causes$/ }),
  );
  await click(page.getByRole('row', { name: /TypeError/ }).getByRole('link'));
  await page.getByText(/at greet \(.*world-mails\.mjs/).waitFor();
  expect(clicks).toBeLessThanOrEqual(3);

  clicks = 0;
  await click(button(page, 'Replay…'));
  await click(button(page, 'Replay 12 at 10/s'));
  expect(clicks).toBeLessThanOrEqual(4);
  const action = await bulkOn(page);
  expect(action).toMatchObject({ kind: 'replay', queue: 'mails', perSecond: 10 });
  expect(await reaches(action, 'done')).toMatchObject({ total: 12, done: 12, failed: 0 });
  await page.locator('main').getByText('It is through.').waitFor();
  await page.getByText('12 of 12').waitFor();
  await expectAccessible(page);
  await areDead(RECEIPTS);
});

test('a few first: when they die again it pauses, and says why', async () => {
  await areDead(RECEIPTS);
  await stage.client.call('queues.pause', { queue: 'mails', reason: 'nothing is to run yet' });
  const page = await visit(stage, await pathOf('TypeError'));
  await button(page, 'Replay…').click();
  await page.getByLabel('Try a few first').check();
  await page.getByLabel('How many go first').fill('2');
  await expectAccessible(page);
  await button(page, 'Replay 12 at 10/s').click();
  const action = await bulkOn(page);
  expect(action.canary).toEqual({ count: 2, waitMs: 60_000, tolerated: 0 });
  await page.getByText(/^2 were tried first; for up to \d+ s more/).waitFor();
  const { canaryUntil } = await stage.client.call('bulk.get', { bulk: action.id });
  expect(canaryUntil).toBeGreaterThan(action.createdAt);
  await stage.client.call('queues.resume', { queue: 'mails' });
  await page.getByText(/of the first 2 jobs died again/).waitFor();
  expect(await reaches(action, 'paused')).toMatchObject({ done: 2 });
  await page.keyboard.press('A');
  await button(page, 'Abort').click();
  await reaches(action, 'aborted');
  await page.getByText(/It was ended: 10 were left as they were/).waitFor();
  await areDead(RECEIPTS);
});

test('one is edited and replayed, with every digit of its numbers', async () => {
  await areDead(['receipt-1']);
  const page = await visit(stage, '/queues/mails/dead-letters/receipt-1');
  await button(page, 'Edit and replay…').click();
  const data = { to: 'receipt1@example.com', order: { customer: { name: 'Ada' }, total: 12.5 } };
  const text = JSON.stringify(data).replace('12.5', '12.5,"ledger":9007199254740993');
  await page.getByLabel('Data of the example').fill(text);
  await page.getByText('9007199254740993', { exact: true }).waitFor();
  await expectAccessible(page);
  await button(page, 'Replay 1 at 10/s').click();
  const action = await bulkOn(page);
  await reaches(action, 'done');
  const job = { queue: 'mails', job: 'receipt-1' };
  await until(async () => (await stage.client.call('jobs.get', job)).state === 'completed', {
    ...{ ...SOON, what: 'the job is through' },
  });
  expect((await stage.client.call('jobs.get', job)).data).toContain('"ledger":9007199254740993');
});

test('data that does not fit is told before anything moves', async () => {
  const page = await visit(stage, await pathOf('MailServerError'));
  await button(page, 'Replay…').click();
  await page.getByText('Change the data first').click();
  await page.getByText('Write a JSON Patch').click();
  await page.getByLabel('Patch', { exact: true }).fill('[{"op":"remove","path":"/nothing"}]');
  await page.getByText(/reset-5: operation 1 \(remove "\/nothing"\) fails/).waitFor();
  expect(await button(page, 'Replay 0 at 10/s').isDisabled()).toBe(true);
});

test('a replay is aborted in the middle, and what has not started is taken back', async () => {
  await areDead(RESETS);
  await stage.client.call('queues.pause', { queue: 'mails', reason: 'the mail server is moved' });
  const page = await visit(stage, await pathOf('MailServerError'));
  await button(page, 'Replay…').click();
  await page.getByLabel('At most so many each second').fill('1');
  await button(page, 'Replay 5 at 1/s').click();
  const action = await bulkOn(page);
  await page.getByText(/^[1-4] of 5$/).waitFor();
  await button(page, 'Abort…').click();
  await button(page, 'Abort').click();
  const { done } = await reaches(action, 'aborted');
  expect(done).toBeLessThan(5);
  await button(page, 'Take back…').click();
  await page.getByRole('dialog').getByText('those that have not started').waitFor();
  await button(page, 'Take back').click();
  expect(await reaches(action, 'undone')).toMatchObject({ undone: done, ran: 0 });
  await page.locator('.bulk-now').getByText('were taken back').waitFor();
  await areDead(RESETS);
  await stage.client.call('queues.resume', { queue: 'mails' });
});

test('discarding asks for the name of the queue, and takes the jobs along if wished', async () => {
  const { fingerprint } = await groupOf('TimeoutError');
  const page = await visit(stage, await pathOf('TimeoutError'));
  await button(page, 'Discard…').click();
  await page.getByText('1 dead letter of mails would be deleted for good.').waitFor();
  await expectAccessible(page);
  expect(await button(page, 'Discard 1').isDisabled()).toBe(true);
  await page.getByLabel('Remove the failed jobs as well').check();
  await page.getByLabel('Type mails to confirm').fill('mails');
  await button(page, 'Discard 1').click();
  await reaches(await bulkOn(page), 'done');
  const letters = await stage.client.call('deadLetters.list', {
    ...{ queue: 'mails', group: fingerprint },
  });
  expect(letters.rows).toEqual([]);
  expect((await stage.client.call('jobs.find', { id: 'invite-1' })).rows).toEqual([]);
});

test('a cause is resolved, ignored from the list, and each is undone', async () => {
  const stateOf = async () => (await groupOf('MailServerError')).state;
  const page = await visit(stage, await pathOf('MailServerError'));
  await button(page, 'Resolve').click();
  await page.getByText('The cause is resolved.').waitFor();
  expect(await stateOf()).toBe('resolved');
  await button(page, 'Undo').click();
  await page.getByText('The cause is as before.').waitFor();
  expect(await stateOf()).toBe('open');

  const list = await visit(stage, '/dead-letters?queue=mails');
  await list.getByLabel(/^Select MailServerError/).check();
  await list.keyboard.press('I');
  await list.getByText('The cause is ignored from now on.').waitFor();
  expect(await stateOf()).toBe('ignored');
  await list.getByRole('link', { name: /Ignored/ }).click();
  await list.getByRole('row', { name: /MailServerError/ }).waitFor();
  await button(list, 'Undo').click();
  await list.getByText('The cause is as before.').waitFor();
  expect(await stateOf()).toBe('open');
});

test('letters are filtered, and what cannot be read is pointed at without asking', async () => {
  const page = await visit(stage, await pathOf('TypeError'));
  const field = page.getByLabel('Filter of the letters').getByRole('textbox');
  await field.fill('id:receipt-3 nam:x');
  await field.press('Enter');
  await page.getByText('column 14: "nam" is no key: did you mean "name"?').waitFor();
  await field.fill('id:receipt-3');
  await field.press('Enter');
  await page.getByRole('link', { name: 'receipt-4', exact: true }).waitFor({ state: 'detached' });
  await page.getByRole('link', { name: 'receipt-3', exact: true }).waitFor();
  await button(page, 'Replay all that match…').click();
  await page.getByText('1 job would go back into mails.').waitFor();
  await page.keyboard.press('Escape');
  await button(page, 'Show all').click();
  await page.getByLabel('Select receipt-5').check();
  await page.getByLabel('Select receipt-6').check();
  await page.keyboard.press('R');
  await page.getByText('2 jobs would go back into mails.').waitFor();
});

test('letters are exported as a file', async () => {
  const page = await visit(stage, await pathOf('MailServerError'));
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    button(page, 'Export').click(),
  ]);
  expect(download.suggestedFilename()).toBe('dead-letters-mails.ndjson');
  const text = await new Response((await download.createReadStream()) as never).text();
  const lines = text.trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line).jobId).sort()).toEqual(RESETS);
});

test('a viewer sees all of it and is offered nothing', async () => {
  const token = await stage.tokenFor('viewer');
  for (const path of ['/dead-letters?queue=mails', await pathOf('TypeError')]) {
    const page = await visit(stage, path, { token });
    await ready(page);
    await page.getByText('TypeError').first().waitFor();
    await expect(button(page, /Replay|Resolve|Ignore|Discard|Open again/).count()).resolves.toBe(0);
    await expect(page.getByRole('checkbox').count()).resolves.toBe(0);
    await page.keyboard.press('R');
    await expect(page.getByRole('dialog').count()).resolves.toBe(0);
  }
  const { id } = (await stage.client.call('bulk.list', {})).find(({ kind }) => kind === 'replay')!;
  const page = await visit(stage, `/bulk/${id}`, { token });
  await ready(page);
  await expect(button(page, /Pause|Resume|Abort|Take back/).count()).resolves.toBe(0);
});

test('by keyboard alone: to the cause, and to a replay that is held', async () => {
  await areDead(RESETS);
  await stage.client.call('queues.pause', { queue: 'mails', reason: 'the mail server is moved' });
  const page = await visit(stage, '/dead-letters?queue=mails');
  await page.getByRole('row', { name: /MailServerError/ }).waitFor();
  const rows = await page.locator('tbody tr').allInnerTexts();
  for (let i = 0; i <= rows.findIndex((row) => row.includes('MailServerError')); i += 1)
    await page.keyboard.press('j');
  await page.keyboard.press('o');
  await page.getByText(/at greetServer \(/).waitFor();
  await page.keyboard.press('R');
  const field = page.getByLabel('At most so many each second');
  await field.waitFor();
  expect(await field.evaluate((own) => own === document.activeElement)).toBe(true);
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('1');
  await button(page, 'Replay 5 at 1/s').waitFor();
  await page.keyboard.press('Enter');
  const action = await bulkOn(page);
  await button(page, 'Pause').waitFor();
  await page.keyboard.press('P');
  await reaches(action, 'paused');
  await button(page, 'Resume').waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog').getByText('Abort…').waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('P');
  await reaches(action, 'done');
  await stage.client.call('queues.resume', { queue: 'mails' });
});

test('in German it is whole as well', async () => {
  const page = await visit(stage, await pathOf('TypeError'), { language: 'de' });
  await button(page, 'Erneut einreihen …').click();
  await button(page, /^\d+ einreihen, 10 je Sekunde$/).waitFor();
  await expectAccessible(page);
});
