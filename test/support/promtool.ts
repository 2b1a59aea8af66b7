/**
 * The tool of Prometheus that checks what Prometheus reads. Where it is not installed, tests that need it are
 * skipped, and say so.
 */
import { spawnSync } from 'node:child_process';

/** How a check ended, and all that it said. */
export interface Checked {
  readonly code: number | null;
  readonly words: string;
}

/** Whether promtool can be run. Prints how to get it when it cannot. */
export function hasPromtool(): boolean {
  if (spawnSync('promtool', ['--version']).status === 0) return true;
  console.warn(
    'skipped: promtool is not installed (it comes with Prometheus; .ci/run installs it on Debian)',
  );
  return false;
}

/** Runs promtool. @param input what it reads from its standard input */
export function promtool(args: readonly string[], input = ''): Checked {
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8' });
  return { code: status, words: `${stdout}${stderr}` };
}
