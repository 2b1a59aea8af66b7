/**
 * Opens a page in the browser of whoever sits at this machine, if there is one; never an error.
 */
import { spawn } from 'node:child_process';

/** Asks the desktop; where there is none nothing happens. */
export function openBrowser(url: string): void {
  const [program, ...args] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['cmd', '/c', 'start', '', url]
        : ['xdg-open', url];
  const child = spawn(program!, args, { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}
