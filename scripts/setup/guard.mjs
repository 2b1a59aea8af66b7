// @ts-check
/**
 * Ends a child process when this process is gone, however it ended: SIGKILL included.
 *
 * A shell waits on a pipe that only this process holds open. When this process dies the system closes the
 * pipe, and the shell sends the signal. The shell leads its own process group, so a Ctrl-C in the terminal
 * does not end it too early. It never outlives the child, so it cannot hit a process that got the id later.
 */
import { spawn } from 'node:child_process';

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {'TERM' | 'KILL'} signal
 */
export function endWithThisProcess(child, signal) {
  if (process.platform === 'win32' || child.pid === undefined) return;
  const script = 'read _; kill -s "$1" "$2"';
  const guard = spawn('/bin/sh', ['-c', script, 'guard', signal, String(child.pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.once('error', () => undefined); // no shell: then only the ordinary stop ends the child
  guard.unref();
  // The pipe's handle must not keep this process alive; the type of `stdin` does not tell that it is a socket.
  const pipe = /** @type {import('node:net').Socket | null} */ (guard.stdin);
  pipe?.once('error', () => undefined);
  pipe?.unref();
  child.once('exit', () => guard.kill('SIGKILL'));
}
