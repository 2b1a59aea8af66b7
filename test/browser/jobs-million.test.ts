/**
 * A million jobs in one queue: the page opens, grows, searches and counts, and holds few rows at a time.
 */
import { Redis } from 'ioredis';
import { beforeAll, expect, test } from 'vitest';
import { openStage, type Stage } from './support/stage.ts';
import { ready, visit } from './support/visit.ts';

const JOBS = 1_000_000;
const AT_ONCE = 2_000;
/** Each tenth job is a panorama. Small, since a million of them have to fit. */
const FILL_LUA = /* lua */ `
local prefix, first, count, now = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
for i = first, first + count - 1 do
  local name = i % 10 == 0 and 'panorama' or 'resize'
  redis.call('HSET', prefix .. i, 'name', name, 'data', '{}', 'opts', '{}', 'timestamp', now + i, 'finishedOn', now + i)
  redis.call('ZADD', prefix .. 'completed', now + i, i)
end`;

let stage: Stage;
/** The job i ended i ms after it. */
let begin: number;
beforeAll(async () => {
  stage = await openStage({ jobs: 'none' });
  const redis = new Redis(stage.redis.url);
  const prefix = 'bull:archive:';
  begin = Date.now() - 2 * JOBS;
  await redis.hset(`${prefix}meta`, 'version', 'bullmq:6.0.0');
  for (let first = 1; first <= JOBS; first += AT_ONCE)
    await redis.eval(FILL_LUA, 0, prefix, first, AT_ONCE, begin);
  redis.disconnect();
  return () => stage.close();
}, 480_000);

test('it opens, scrolls, searches and counts', async () => {
  const page = await visit(stage, '/queues/archive/jobs?state=completed');
  page.setDefaultTimeout(60_000);
  await ready(page);
  await page.getByText('100 of 1,000,000 listed.').waitFor();
  expect(await page.locator('tbody tr a').first().textContent()).toBe(String(JOBS));
  for (const listed of ['200', '300', '400', '500']) {
    await page.keyboard.press('End');
    await page.getByText(`${listed} of 1,000,000 listed.`).waitFor();
  }
  expect(await page.locator('tbody tr').count()).toBeLessThan(80);
  await page.keyboard.press('Home');
  await page.keyboard.press('/');
  await page.keyboard.type('id:999100');
  await page.keyboard.press('Enter');
  await page.getByText('1 found. Searched the newest 10,000 of 1,000,000.').waitFor();
  await page.getByRole('combobox', { name: 'Filter' }).fill('id:985000');
  await page.keyboard.press('Enter');
  await page.getByText('0 found. Searched the newest 10,000 of 1,000,000.').waitFor();
  await page.getByRole('button', { name: 'Search on' }).click();
  await page.getByText('1 found. Searched the newest 20,000 of 1,000,000.').waitFor();
  const since = new Date(begin + 900_000).toISOString();
  await page.getByRole('combobox', { name: 'Filter' }).fill(`name:panorama after:${since}`);
  await page.keyboard.press('Enter');
  await page.getByText(/^100 found\./).waitFor();
  // All that match are counted by the server, of the hundred that are listed and of those that are not.
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.getByText('1 selected').waitFor();
  await page.keyboard.press('A');
  await page.getByText(/^All that match/).waitFor();
  await page.keyboard.press('R');
  await page
    .getByRole('dialog')
    .getByText('10,001 would be dealt with.')
    .waitFor({ timeout: 150_000 });
}, 400_000);
