// @ts-check
/**
 * `npm test`: everything a fresh clone needs, then types, lint and all suites but the slow one.
 *
 * Tests start their own Redis servers; a Redis that the environment names is hidden from them. Further
 * arguments go to vitest: `npm test -- -t "black hole"`. Projects that are named run alone, without types and lint:
 * `npm test -- --project redis`.
 */
import { ensureBuilt, runTool } from './setup/build.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { findRedis } from './setup/find-redis.mjs';
import { withoutRedis } from './setup/plan-redis.mjs';
import { runTests } from './setup/run-tests.mjs';
import { runScript, say } from './setup/say.mjs';

/** All projects but `chaos`, which takes many minutes. CI runs it afterwards: its scenarios hold the fast ones. */
const PROJECTS = ['unit', 'repo', 'kit', 'redis', 'faces', 'mocking', 'bench', 'photos', 'browser'];
if (process.env.CI === undefined) PROJECTS.push('chaos-fast');

await runScript(async () => {
  const startedAt = performance.now();
  const args = process.argv.slice(2);
  await ensureDependencies();
  await ensureBuilt();
  const redis = await findRedis({ env: withoutRedis(process.env), onlyBinary: true });

  const namesProjects = args.some((arg) => arg === '--project' || arg.startsWith('--project='));
  const projects = namesProjects ? [] : PROJECTS.flatMap((name) => ['--project', name]);
  const env = { ...withoutRedis(process.env), DROVER_TEST_REDIS_SERVER: redis.path };
  /** @type {ReadonlyArray<[string, () => Promise<number>]>} */
  const checks = [
    ['types', () => runTool('tsc', ['-p', 'tsconfig.test.json'])],
    ['types of the dashboard', () => runTool('tsc', ['-p', 'dashboard'])],
    ['types of its tests', () => runTool('tsc', ['-p', 'test/browser'])],
    ['types of the gallery', () => runTool('tsc', ['-p', 'examples/photo-pipeline/public'])],
    ['lint', () => runTool('biome', ['check', '.'])],
  ];
  /** @type {typeof checks} */
  const tests = [['tests', () => runTests([...projects, ...args], env)]];
  for (const [name, step] of namesProjects ? tests : [...checks, ...tests]) {
    const code = await step();
    if (code === 0) continue;
    say(`FAILED at ${name} after ${seconds(startedAt)} s`);
    return code;
  }
  const what = namesProjects ? 'the named tests' : `types, lint and tests (${PROJECTS.join(', ')})`;
  say(`${what} passed in ${seconds(startedAt)} s with ${redis.path}`);
  return 0;
});

/** @param {number} startedAt */
function seconds(startedAt) {
  return Math.round((performance.now() - startedAt) / 1_000);
}
