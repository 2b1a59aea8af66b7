/**
 * The suites, from fast to slow. `npm test` runs all but `chaos`; `.ci/run` runs everything.
 * Tests import `drover` from the sources; only child processes run the built package.
 */
import { fileURLToPath } from 'node:url';
import { defaultExclude, defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
type ProjectConfig = TestProjectInlineConfiguration['test'];

const alias = {
  'drover/http': at('./src/http/index.ts'),
  'drover/client': at('./src/client/index.ts'),
  'drover/nestjs/testing': at('./src/nestjs/testing/index.ts'),
  'drover/nestjs': at('./src/nestjs/index.ts'),
  drover: at('./src/index.ts'),
};

/** They put something else in the place of a module. */
const MOCKING = ['src/operations/control-surface.test.ts', 'test/redis/kit-drover.test.ts'];

/**
 * Redis and process tests wait for events; the timeout is only there for a test that hangs. Files share a process and
 * the modules in it, unless it is `isolate`: that takes a third off the time of all.
 */
const suite = (name: string, include: string[], more: ProjectConfig = {}) => ({
  resolve: { alias },
  oxc: { decorator: { legacy: true } }, // Nest's, which have parameters too.
  test: {
    ...{ name, include, exclude: [...defaultExclude, ...MOCKING] },
    ...{ isolate: false, testTimeout: 30_000, hookTimeout: 30_000, ...more },
  },
});

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      suite('unit', ['{src,dashboard/src}/**/*.test.ts'], { testTimeout: 5_000 }),
      suite('repo', ['test/repo/**/*.test.ts'], { testTimeout: 60_000 }),
      suite('kit', ['test/redis/kit-*.test.ts']),
      suite('faces', ['test/faces/**/*.test.ts']),
      suite('mocking', MOCKING, { isolate: true, exclude: defaultExclude }),
      suite('bench', ['bench/scaling/**/*.test.ts'], { testTimeout: 60_000 }),
      // Each file opens a stage: a Redis, workers, a server and a browser. Its pages are built before the first one.
      suite('browser', ['test/browser/**/*.test.ts'], {
        ...{ isolate: true, globalSetup: ['test/browser/support/setup.ts'] },
        ...{ testTimeout: 60_000, hookTimeout: 120_000 },
      }),
      suite('photos', ['examples/*/test/**/*.test.ts'], { testTimeout: 120_000 }),
      // They wait more than they work: with a third file beside two the processor has less idle time.
      suite('redis', ['test/redis/!(kit-)*.test.ts'], {
        maxWorkers: 3,
        sequence: { groupOrder: 1 },
      }),
      suite('chaos-fast', ['test/chaos/{fast,judging}.test.ts'], { testTimeout: 60_000 }),
      // The fast scenarios are among all of them.
      suite('chaos', ['test/chaos/!(fast).test.ts'], { testTimeout: 180_000 }),
    ],
  },
});
