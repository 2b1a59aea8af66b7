/**
 * What the process is given: environment, folder, terminals, input.
 */
import { readFileSync } from 'node:fs';
import type { Surroundings } from './settings.ts';

/** Those of this process. */
export function surroundings(): Surroundings {
  return {
    env: process.env,
    cwd: process.cwd(),
    isInputTerminal: process.stdin.isTTY === true && process.stderr.isTTY === true,
    isOutputTerminal: process.stdout.isTTY === true,
    columns: process.stdout.columns,
    readInput: () => readFileSync(0, 'utf8').split('\n')[0] ?? '',
  };
}
