// @ts-check
/**
 * Runs vitest, and in CI gives what failed a second run alone.
 *
 * Thousands of tests with servers, processes and deadlines of their own run two files at a time. On a machine that
 * others use too, one of them now and then gets no processor for seconds. What fails only then is named as flaky, and
 * does not fail the run; what fails alone as well does. Without `CI` nothing is run twice.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { runTool } from './build.mjs';
import { root } from './processes.mjs';
import { say } from './say.mjs';

/** More than so many files that failed are no accident. */
const MOST_AGAIN = 5;

/**
 * @param {readonly string[]} args of `vitest run`
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<number>} its exit code
 */
export async function runTests(args, env = process.env) {
  if (env.CI === undefined) return runTool('vitest', ['run', ...args], env);
  const folder = mkdtempSync(join(tmpdir(), 'drover-tests-'));
  const report = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const code = await runTool('vitest', ['run', ...args, ...reporters], env);
    return code === 0 ? 0 : await runAgain(args, failedFiles(report), code, env);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * @param {readonly string[]} args
 * @param {readonly string[]} files
 * @param {number} code of the first run
 * @param {NodeJS.ProcessEnv} env
 */
async function runAgain(args, files, code, env) {
  if (files.length === 0 || files.length > MOST_AGAIN) return code;
  say(`failed beside others, run again alone: ${files.join(', ')}`);
  const again = await runTool('vitest', ['run', ...args, '--no-file-parallelism', ...files], env);
  if (again === 0) say(`FLAKY: passed only when run alone: ${files.join(', ')}`);
  return again;
}

/**
 * @param {string} report of vitest, as JSON
 * @returns {string[]} relative to the project; none when there is no report
 */
function failedFiles(report) {
  try {
    /** @type {{ testResults: { name: string, status: string }[] }} */
    const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
    return testResults
      .filter(({ status }) => status === 'failed')
      .map(({ name }) => relative(root, name));
  } catch {
    return []; // It ended before it could write one.
  }
}
