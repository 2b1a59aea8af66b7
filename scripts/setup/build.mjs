// @ts-check
/**
 * Compiles what changed, and runs the tools of `node_modules` without npx: it would ask the network first.
 */
import { join } from 'node:path';
import { root, run } from './processes.mjs';
import { SetupError } from './say.mjs';

const TOOLS = {
  tsc: 'typescript/bin/tsc',
  biome: '@biomejs/biome/bin/biome',
  vitest: 'vitest/vitest.mjs',
  vite: 'vite/bin/vite.js',
};

/**
 * Runs a development tool to its end.
 *
 * @param {keyof typeof TOOLS} name
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<number>} its exit code
 */
export function runTool(name, args, env = process.env) {
  return run(process.execPath, [join(root, 'node_modules', TOOLS[name]), ...args], { env });
}

/** @throws {SetupError} when the sources do not compile */
export async function ensureBuilt() {
  if ((await runTool('tsc', ['-b'])) !== 0) {
    throw new SetupError('the sources do not compile; the messages are above');
  }
  const pages = ['build', '--config', 'dashboard/vite.config.ts', '--logLevel', 'warn'];
  if ((await runTool('vite', pages)) !== 0) {
    throw new SetupError('the dashboard cannot be built; the messages are above');
  }
}
