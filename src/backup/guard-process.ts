/**
 * Ends a server of our own and takes its folder away when this process is gone, however it ended: SIGKILL included.
 *
 * A shell waits on a pipe that only this process holds open. It is told when the server has ended by itself, so that it
 * never ends a process that got the number later.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';

const SCRIPT =
  'pid=$1; if read -r _; then pid=; read -r _; fi; [ -z "$pid" ] || kill -s KILL "$pid"; rm -rf -- "$2"';

/** Lets go of what it guards. */
export type Release = () => void;

/** Guards a child and a folder. @returns what to call when both are gone */
export function guardProcess(child: ChildProcess, folder: string): Release {
  const guard = spawn('/bin/sh', ['-c', SCRIPT, 'guard', String(child.pid), folder], {
    // Of its own group: Ctrl-C in the terminal must not end it before this process.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.on('error', () => {}); // No shell: then only the ordinary end stops the child.
  guard.unref();
  const pipe = guard.stdin as Socket | null;
  pipe?.on('error', () => {});
  pipe?.unref();
  child.once('exit', () => pipe?.write('gone\n'));
  return () => void guard.kill('SIGKILL');
}
