/**
 * Ends a server of our own and takes folders with data away when this process is gone, however it ended: SIGKILL included.
 *
 * A shell waits on a pipe that only this process holds open. It is told when the server has ended by itself, so that it
 * never ends a process that got the number later.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';

const OF_SERVER =
  'pid=$1; if read -r _; then pid=; read -r _; fi; [ -z "$pid" ] || kill -s KILL "$pid"; rm -rf -- "$2"';
const OF_FOLDER = 'read -r _; rm -rf -- "$1"';

/** Lets go of what it guards. */
export type Release = () => void;

/** Guards a server and its folder. @returns what to call when both are gone */
export function guardProcess(child: ChildProcess, folder: string): Release {
  const { release, pipe } = startGuard(OF_SERVER, [String(child.pid), folder]);
  child.once('exit', () => pipe?.write('gone\n'));
  return release;
}

/** Guards a folder. @returns what to call when it is gone */
export function guardFolder(folder: string): Release {
  return startGuard(OF_FOLDER, [folder]).release;
}

function startGuard(
  script: string,
  args: readonly string[],
): { readonly release: Release; readonly pipe: Socket | null } {
  const guard = spawn('/bin/sh', ['-c', script, 'guard', ...args], {
    // Of its own group: Ctrl-C in the terminal must not end it before this process.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.on('error', () => {}); // No shell: then only the ordinary end clears away.
  guard.unref();
  const pipe = guard.stdin as Socket | null;
  pipe?.on('error', () => {});
  pipe?.unref();
  return { pipe, release: () => void guard.kill('SIGKILL') };
}
