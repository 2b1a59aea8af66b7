/** A crash between a body and its job: no job is without its body, and no job that was added is lost. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startApp } from '../support/child-app.ts';
import { createClient } from '../support/coordinators.ts';
import { startRedis } from '../support/redis-server.ts';

const WRITER = fileURLToPath(new URL('./payload-writer.mjs', import.meta.url));

test('killed between the body and the add, it leaves a body that nothing refers to, and every added job runs', async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const folder = mkdtempSync(join(tmpdir(), 'drover-bodies-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const env = { REDIS_URL: server.url, BODIES: folder };
  const writer = startApp(WRITER, { env: { ...env, KILL_AT: '6' } });
  expect((await writer.exited).signal).toBe('SIGKILL');
  const added = writer.output.filter((line) => line.startsWith('added ')).map((l) => l.slice(6));
  const redis = createClient(server);
  const waiting = await redis.lrange('bull:bodies:wait', 0, -1);
  expect(readdirSync(folder)).toHaveLength(6);
  expect(waiting.sort()).toEqual(['job-0', 'job-1', 'job-2', 'job-3', 'job-4']);
  expect(waiting).toEqual(expect.arrayContaining(added));

  await using worker = startApp(WRITER, { env: { ...env, KILL_AT: '0' } });
  for (const id of waiting) await worker.line(`ran ${id} ${id.slice(4)}`);
  expect(await redis.zcard('bull:bodies:failed')).toBe(0);
});
