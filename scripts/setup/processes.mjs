// @ts-check
/**
 * Running other programs, and telling whether a process is still the one that was meant.
 *
 * A process id alone proves nothing, ids are used again. The identity of a process is its id together with
 * the moment it started; whoever wants to end a process from an earlier run compares that.
 */
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Runs a program to its end with its output on the terminal; never with the terminal's input.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string }} [options]
 * @returns {Promise<number>} the exit code; 127 when there is no such program
 */
export function run(command, args, { env = process.env, cwd = root } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { env, cwd, stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', () => resolve(127));
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/**
 * What a program prints, or null when it is absent, fails or takes longer than 5 s.
 *
 * @param {string} command
 * @param {readonly string[]} args
 */
export function outputOf(command, args) {
  const result = spawnSync(command, args, {
    encoding: 'utf8',
    timeout: 5_000,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return result.status === 0 ? result.stdout.trim() : null;
}

/**
 * The full path of the first of these programs that is on PATH, or null.
 *
 * @param {readonly string[]} names
 * @param {string} [path]
 */
export function findOnPath(names, path = process.env.PATH ?? '') {
  for (const name of names) {
    for (const folder of path.split(delimiter).filter(Boolean)) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {
        // not here: the next folder
      }
    }
  }
  return null;
}

/**
 * `<pid>@<moment of start>` of a running process, or null when there is none.
 *
 * @param {number} pid
 * @returns {string | null}
 */
export function identityOf(pid) {
  if (process.platform === 'linux') {
    // /proc, because a bare Debian has no `ps`. The name in parentheses may itself hold spaces and parentheses.
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' ? null : `${pid}@${fields[19]}`;
    } catch {
      return null;
    }
  }
  if (process.platform === 'win32') {
    try {
      process.kill(pid, 0);
      return `${pid}@?`;
    } catch {
      return null;
    }
  }
  const started = outputOf('ps', ['-o', 'lstart=', '-p', String(pid)]);
  return started ? `${pid}@${started}` : null;
}

/**
 * Whether the very process of this identity still runs.
 *
 * @param {string} identity
 */
export function isRunning(identity) {
  return identityOf(Number.parseInt(identity, 10)) === identity;
}
