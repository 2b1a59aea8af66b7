/** The overview in a browser: what is wrong first, order and groups in the address, queues held and let go on. */
import { beforeAll, expect, test } from 'vitest';
import { createDeferred } from '../../src/base/deferred.ts';
import { until } from '../support/until.ts';
import { judged, openStage, type Stage } from './support/stage.ts';
import { ready, visit } from './support/visit.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  return () => stage.close();
});

const pausedQueues = async (): Promise<string[]> => {
  const { rows } = await stage.client.call('queues.list', {});
  return rows.filter(({ isPaused }) => isPaused).map(({ queue }) => queue);
};

test('what is wrong comes first, and two clicks lead from there to the stack trace', async () => {
  await judged(stage);
  const page = await visit(stage, '/');
  await ready(page);
  const problems = page.getByRole('region', { name: 'What is wrong now' });
  const mails = problems.getByRole('listitem').filter({ hasText: 'mails' });
  await mails.getByText('unhealthy').waitFor();
  await mails.getByRole('link', { name: /dead letters: causes/ }).click();
  await ready(page);
  expect(new URL(page.url()).search).toBe('?queue=mails');
  await page
    .getByRole('link', { name: /TypeError/ })
    .first()
    .click();
  await page
    .getByText(/at .*world-mails/)
    .first()
    .waitFor();
});

test('search, order and groups are in the address and come back with it', async () => {
  const page = await visit(stage, '/');
  await ready(page);
  await page.keyboard.press('/');
  await page.keyboard.type('o');
  await page.getByRole('link', { name: 'reports', exact: true }).first().waitFor();
  await page.getByLabel('Group').selectOption('health');
  await page.getByRole('button', { name: 'Waiting' }).first().click();
  await expect.poll(() => new URL(page.url()).search).toBe('?find=o&group=health&sort=-waiting');
  await page.reload();
  await ready(page);
  await page.getByRole('heading', { name: /^paused/ }).waitFor();
  expect(await page.getByRole('searchbox').inputValue()).toBe('o');
  expect(await page.getByRole('row', { name: /thumbnails/ }).count()).toBe(0);
});

test('queues that are selected are paused with a reason, and go on when that is undone', async () => {
  const before = await pausedQueues();
  const page = await visit(stage, '/');
  await ready(page);
  await page.getByLabel('Select webhooks').check();
  await page.getByLabel('Select exports').check();
  // Somebody has paused it before.
  await page.getByLabel('Select reports').check();
  await page.getByText('Updates are held while rows are selected.').waitFor();
  await page.keyboard.press('Shift+P');
  const dialog = page.getByRole('dialog', { name: 'Pause' });
  await dialog.getByLabel('Why').fill('moving house');
  await dialog.getByText('1 is paused already and stays as it is.').waitFor();
  await dialog.getByRole('button', { name: 'Pause 2 queues' }).click();
  await page.getByText('Paused 2 queues').waitFor();
  expect((await pausedQueues()).sort()).toEqual([...before, 'exports', 'webhooks'].sort());
  const whyPaused = async (queue: string) =>
    (await stage.client.call('queues.get', { queue })).pausedFor;
  expect(await whyPaused('webhooks')).toBe('moving house');
  expect(await whyPaused('reports')).not.toBe('moving house');
  await page.getByRole('button', { name: 'Undo' }).click();
  await until(async () => (await pausedQueues()).length === before.length);
  expect(before).toContain('reports');
  expect((await pausedQueues()).sort()).toEqual(before.sort());
});

test('who may only look is offered nothing', async () => {
  const page = await visit(stage, '/', { token: await stage.tokenFor('viewer') });
  await ready(page);
  await page.getByLabel('Select webhooks').check();
  await page.getByText('1 selected').waitFor();
  expect(await page.getByRole('button', { name: 'Pause' }).count()).toBe(0);
  await page.keyboard.press('Shift+P');
  expect(await page.getByRole('dialog').count()).toBe(0);
});

test('the keys go from the rows of one group to those of the next', async () => {
  const page = await visit(stage, '/?group=health');
  await ready(page);
  expect(await page.getByRole('table').count()).toBeGreaterThan(1);
  const rows = page.locator('tbody tr');
  const current = () =>
    rows.evaluateAll((all) => all.flatMap((row, i) => (row.dataset.current === 'true' ? i : [])));
  const last = (await rows.count()) - 1;
  for (let i = 0; i <= last; i += 1) {
    await page.keyboard.press('j');
    await expect.poll(current).toEqual([i]);
  }
  await page.keyboard.press('j');
  await expect.poll(current).toEqual([last]);
  for (let i = last - 1; i >= 0; i -= 1) await page.keyboard.press('k');
  await expect.poll(current).toEqual([0]);
  const name = (await rows.first().getByRole('link').first().textContent())!;
  await page.keyboard.press('x');
  await page.getByText('1 selected').waitFor();
  await page.keyboard.press('o');
  await page.getByRole('heading', { name, level: 1 }).waitFor();
});

test('what a question asks for stays as it is while it is done', async () => {
  const page = await visit(stage, '/queues/exports');
  await ready(page);
  const held = createDeferred<void>();
  await page.route('**/queues/exports/pause', async (route) => {
    await held.promise;
    await route.continue();
  });
  await page.keyboard.press('Shift+P');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Pause' }).click();
  await dialog.getByText('Working').waitFor();
  expect(await dialog.getByRole('textbox').isDisabled()).toBe(true);
  held.resolve();
  await page.getByRole('button', { name: 'Resume' }).waitFor();
  await stage.client.call('queues.resume', { queue: 'exports' });
});
