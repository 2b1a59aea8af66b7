/** The overview in a browser: what is wrong first, order and groups in the address, queues held and let go on. */
import { beforeAll, expect, test } from 'vitest';
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
