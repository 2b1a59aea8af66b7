/**
 * The README is true: its example compiles and runs as it stands, and whatever it names exists.
 *
 * The example is compiled in a project of its own against the built package and run by real `node` on a
 * Redis that the test starts.
 */
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../scripts/setup/free-port.mjs';
import { OPTIONS } from '../../src/config/options.ts';
import { ERRORS } from '../../src/errors.ts';
import * as http from '../../src/http/index.ts';
import { ROUTES } from '../../src/http/routes.ts';
import * as drover from '../../src/index.ts';
import { startApp } from '../support/child-app.ts';
import { startRedis } from '../support/redis-server.ts';
import { type Checkout, checkOut, createProject, manifest, runNode, tool } from './checkout.ts';
import { root } from './sources.ts';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const example = /^```ts\n([\s\S]*?)^```$/m.exec(readme)?.[1] ?? '';
const MOST_LINES = { screen: 60, example: 16 };

describe('the example', () => {
  let checkout: Checkout;
  let project: Checkout;
  beforeAll(async () => {
    checkout = await checkOut();
    project = createProject(['zod', '@types/node', 'undici-types']);
    symlinkSync(checkout.dir, join(project.dir, 'node_modules', 'drover'));
    writeFileSync(join(project.dir, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(project.dir, 'example.ts'), example);
  }, 120_000);
  afterAll(() => {
    checkout?.remove();
    project?.remove();
  });

  it('compiles in a strict project', async () => {
    const strict = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess'];
    const options = ['--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
    const { stdout } = await runNode(
      [tool('typescript/bin/tsc'), ...strict, ...options, '--skipLibCheck', 'example.ts'],
      project.dir,
    );
    expect(stdout).toBe('');
    expect(existsSync(join(project.dir, 'example.js'))).toBe(true);
  });

  it('says hello, answers on HTTP, and ends in order', async () => {
    const server = await startRedis();
    const port = await freePort();
    const app = startApp(join(project.dir, 'example.js'), {
      cwd: project.dir,
      env: { REDIS_URL: server.url, PORT: String(port) },
    });
    try {
      expect(await app.line('Hello')).toBe('Hello, Ada!');
      const health = await fetch(`http://127.0.0.1:${port}/health/redis`);
      expect([health.status, await health.json()]).toEqual([
        200,
        expect.objectContaining({ status: 'healthy' }),
      ]);
      app.kill('SIGTERM');
      expect(await app.exited).toEqual({ code: 0, signal: null });
    } finally {
      await app[Symbol.asyncDispose]();
      await server.stop();
    }
  });

  it('says without a Redis that queues are off, and that its job was not added', async () => {
    const port = await freePort();
    await using app = startApp(join(project.dir, 'example.js'), {
      cwd: project.dir,
      env: { PORT: String(port) },
    });
    await app.line('Redis not configured - queues disabled');
    await app.line('QUEUE_UNAVAILABLE');
  });
});

describe('the page', () => {
  it('fits on a screen, and its example too', () => {
    expect(readme.split('\n').length).toBeLessThanOrEqual(MOST_LINES.screen);
    expect(example.trimEnd().split('\n').length).toBeLessThanOrEqual(MOST_LINES.example);
  });

  it('names only commands that exist', () => {
    const scripts = [...readme.matchAll(/\bnpm (?:run ([\w:]+)|(start|test)\b)/g)].map(
      ([, run, short]) => (run ?? short)!,
    );
    expect(scripts).toContain('start');
    expect(scripts.filter((name) => !Object.hasOwn(manifest.scripts, name))).toEqual([]);
  });

  it('names only what there is', () => {
    const { Coordinator } = drover;
    const known = new Set([
      ...['drover', 'drover/http', ...Object.keys(drover), ...Object.keys(http)],
      ...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }),
      ...Object.keys(OPTIONS),
      ...Object.keys(ERRORS),
      ...ROUTES.map(({ path }) => path),
      ...Object.getOwnPropertyNames(Coordinator.prototype).map((name) => `coordinator.${name}()`),
      // Not ours: BullMQ's classes, Node's module and function, a command of Redis.
      ...['Queue', 'Worker', 'QueueEvents', 'FlowProducer', 'node:http', 'require()'],
      ...[
        'CLIENT LIST',
        "pool: { min: 1, max: 8, waitP95: '2s' }",
        "whenDown: 'fail'",
        "whenDown: 'wait'",
        "whenDown: 'spool'",
      ],
    ]);
    const spans = [...readme.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/`([^`\n]+)`/g)];
    const unknown = spans
      .map(([, span]) => span!)
      .filter((span) => !known.has(span) && !/^npm (?:start|test)\b/.test(span));
    expect(unknown).toEqual([]);
  });
});
