/** A process that is killed while it writes bodies leaves whole ones: all that it has promised, and no part of one. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { fileBodies } from '../../src/payloads/file-bodies.ts';
import { startApp } from '../support/child-app.ts';
import { createSeededRandom } from '../support/seeded-random.ts';
import { until } from '../support/until.ts';
import { listAll, noHurry } from './body-store-suite.ts';

const WRITER = fileURLToPath(new URL('body-writer.mjs', import.meta.url));
const KILLS = 10;
/** About what one takes. */
const PUT_MS = 30;
const BYTES = 16 * 1_024 * 1_024;

test('kill -9 in the middle of a put', async () => {
  const path = mkdtempSync(join(tmpdir(), 'drover-killed-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  const store = fileBodies({ path });
  const random = createSeededRandom(9);
  const promised: string[] = [];
  const half = (): number =>
    existsSync(join(path, '.writing')) ? readdirSync(join(path, '.writing')).length : 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = half();
    const app = startApp(WRITER, { args: [path] });
    onTestFinished(() => app[Symbol.asyncDispose]());
    const after = 1 + Math.floor(random() * 2);
    const wrote = () => app.output.filter((line) => line.startsWith('wrote '));
    await until(() => wrote().length >= after, { what: `${after} bodies are written` });
    // Not at a moment that its own words would choose: anywhere within the next one.
    await until(() => half() > before, { what: 'the next one is being written', intervalMs: 0 });
    await sleep(random() * PUT_MS);
    app.kill('SIGKILL');
    await app.exited;
    promised.push(...wrote().map((line) => line.slice('wrote '.length)));
  }
  // The kills have hit what they were meant for.
  expect(half()).toBeGreaterThan(0);
  const listed = await listAll(store);
  expect(promised.filter((id) => !listed.has(id))).toEqual([]);
  expect(promised.length).toBeGreaterThanOrEqual(KILLS);
  for (const { queue, id, bytes } of listed.values()) {
    const body = await store.get({ queue, id }, noHurry());
    expect([queue, bytes, body!.length]).toEqual(['photos', BYTES, BYTES]);
    expect(body!.equals(Buffer.alloc(body!.length, body![0]))).toBe(true);
  }
});
