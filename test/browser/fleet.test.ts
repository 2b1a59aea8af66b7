/** Workers, Redis, the audit and access in a browser: each act is really done, and seen by another client. */

import { createClient } from 'drover/client';
import { beforeAll, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { openStage, type Stage } from './support/stage.ts';
import { ready, visit } from './support/visit.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  return () => stage.close();
});

test('a process is made quiet with a reason, and takes jobs again', async () => {
  const page = await visit(stage, '/workers');
  await ready(page);
  const row = page.getByRole('row').filter({ hasText: 'Make quiet' }).first();
  const id = await row.locator('span[title]').first().getAttribute('title');
  await row.getByRole('button', { name: 'Make quiet' }).click();
  await page.getByRole('dialog').getByLabel(/Why/).fill('deploy');
  await page.getByRole('dialog').getByRole('button', { name: 'Make quiet' }).click();
  const wanted = async () => {
    const workers = await stage.client.call('workers.list', {});
    return workers.find((worker) => worker.id === id)?.quietFor ?? null;
  };
  await until(async () => (await wanted()) === 'deploy');
  await page.getByRole('button', { name: 'Resume' }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click();
  await until(async () => (await wanted()) === null);
});

test('Redis is shown part by part, and the doctor says what to do', async () => {
  const page = await visit(stage, '/redis');
  await ready(page);
  await page.getByRole('heading', { name: 'Redis 7' }).waitFor();
  await page.getByRole('cell', { name: 'mails' }).waitFor();
  await page.getByRole('link', { name: 'Clients' }).click();
  await page.getByRole('columnheader', { name: 'Connections' }).waitFor();
  await page.getByRole('link', { name: 'Doctor' }).click();
  await page.getByText(/\d+ checks over \d+ queues/).waitFor();
  expect(await page.getByRole('article').count()).toBeGreaterThan(0);
  expect(new URL(page.url()).search).toBe('?tab=doctor');
});

test('the audit tells what was just done, by filter, and whether it is whole', async () => {
  await stage.client.call('queues.pause', { queue: 'exports', reason: 'seen in the audit' });
  await stage.client.call('queues.resume', { queue: 'exports' });
  const page = await visit(stage, '/audit');
  await ready(page);
  await page.getByLabel('Action').fill('queues.pause');
  await page.getByRole('button', { name: 'Find' }).click();
  await page.waitForURL(/action=queues\.pause/);
  await page.getByRole('cell', { name: 'queues.pause' }).first().click();
  await page.getByRole('dialog').getByText('seen in the audit').waitFor();
  await page.keyboard.press('Escape');
  await page.getByText('Is the audit whole?').click();
  await page.getByRole('button', { name: 'Verify' }).click();
  await page.getByText(/Whole: \d+ entries checked/).waitFor();
});

test('a token is made, used and revoked; its secret is shown once', async () => {
  const page = await visit(stage, '/access');
  await ready(page);
  await page.keyboard.press('Shift+N');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill('from-the-page');
  await dialog.getByLabel(/^viewer/).check();
  await dialog.getByLabel(/On which queues/).fill('mails');
  await dialog.getByRole('button', { name: 'New token' }).click();
  const secret = await page
    .getByRole('dialog')
    .getByText(/^drover_/)
    .textContent();
  await page.getByRole('button', { name: 'Close' }).click();
  const client = createClient({ url: stage.url, token: secret!.trim() });
  expect((await client.call('access.me', {})).grants).toMatchObject([{ queues: ['mails'] }]);
  const row = page.getByRole('row', { name: /from-the-page/ });
  await row.getByRole('button', { name: 'Revoke' }).click();
  const revoke = page.getByRole('dialog').getByRole('button', { name: 'Revoke' });
  expect(await revoke.isDisabled()).toBe(true);
  await page.getByRole('dialog').getByLabel('Type from-the-page to confirm').fill('from-the-page');
  await revoke.click();
  await row.getByText('revoked').waitFor();
  await until(() =>
    client.call('access.me', {}).then(
      () => false,
      () => true,
    ),
  );
});

test('who may only look sees no audit, no tokens and no acts', async () => {
  const page = await visit(stage, '/workers', { token: await stage.tokenFor('viewer') });
  await ready(page);
  expect(await page.getByRole('button', { name: 'Make quiet' }).count()).toBe(0);
  expect(await page.getByRole('link', { name: 'Audit' }).count()).toBe(0);
  await page.getByRole('link', { name: 'Access' }).click();
  await page.getByRole('heading', { name: 'You' }).waitFor();
  expect(await page.getByRole('heading', { name: 'API tokens' }).count()).toBe(0);
});
