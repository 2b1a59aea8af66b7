/**
 * The suites, from fast to slow. `npm test` runs all but `chaos`; `.ci/run` runs everything.
 * Tests import `drover` from the sources; only child processes run the built package.
 */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const alias = {
  'drover/http': at('./src/http/index.ts'),
  'drover/client': at('./src/client/index.ts'),
  'drover/nestjs/testing': at('./src/nestjs/testing/index.ts'),
  'drover/nestjs': at('./src/nestjs/index.ts'),
  drover: at('./src/index.ts'),
};

/** Redis and process tests wait for events; the timeout is only there for a test that hangs. */
const suite = (name: string, include: string[], testTimeout = 30_000) => ({
  resolve: { alias },
  oxc: { decorator: { legacy: true } }, // Nest's, which have parameters too.
  test: { name, include, testTimeout, hookTimeout: 30_000, environment: 'node' as const },
});

/** Each file opens a stage: a Redis, workers, a server and a browser. Its pages are built before the first one. */
const browsing = suite('browser', ['test/browser/**/*.test.ts'], 60_000);
const withPages = { globalSetup: ['test/browser/support/setup.ts'], hookTimeout: 120_000 };

/** These wait for servers and processes most of the time: with a third beside two the processor has less idle time. */
const waiting = (name: string) => {
  const { test, ...rest } = suite(name, [`test/${name}/**/*.test.ts`]);
  return { ...rest, test: { ...test, maxWorkers: 3, sequence: { groupOrder: 1 } } };
};

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      suite('unit', ['{src,dashboard/src}/**/*.test.ts'], 5_000),
      suite('repo', ['test/repo/**/*.test.ts'], 60_000),
      waiting('redis'),
      waiting('faces'),
      suite('bench', ['bench/scaling/**/*.test.ts'], 60_000),
      { ...browsing, test: { ...browsing.test, ...withPages } },
      suite('photos', ['examples/*/test/**/*.test.ts'], 120_000),
      suite('chaos-fast', ['test/chaos/{fast,judging}.test.ts'], 60_000),
      // The fast scenarios are among all of them.
      suite('chaos', ['test/chaos/!(fast).test.ts'], 180_000),
    ],
  },
});
