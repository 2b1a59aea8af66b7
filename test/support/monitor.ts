/**
 * Everything that a server is told, as MONITOR shows it: over a socket of its own, since a client that reads replies
 * may take the first commands of others for the answer to its own.
 */
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

/** A command that somebody sent, or that a script ran. */
export interface Seen {
  /** Address of the client; `lua` for what a script ran. */
  readonly from: string;
  /** In lower case. */
  readonly command: string;
  /** As MONITOR shows it, arguments in quotes. */
  readonly text: string;
  /** Its arguments, as far as they are printable. */
  readonly words: readonly string[];
}

const LINE = /^\+[\d.]+ \[\d+ (\S+)\] "([^"]*)"(.*)$/;

/** Watches until the test is over. What it returns grows. */
export async function startMonitor(server: { readonly port: number }): Promise<readonly Seen[]> {
  const socket = connect(server.port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  const seen: Seen[] = [];
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    createInterface({ input: socket }).on('line', (line) => {
      if (line === '+OK') resolve();
      const [, from, command, text] = LINE.exec(line) ?? [];
      if (!from || !command) return;
      const words = [...text!.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word]) => word!);
      seen.push({ from, command: command.toLowerCase(), text: text!, words });
    });
    socket.write('AUTH harness harness\r\nMONITOR\r\n'); // Where there are no users, the first is an error.
  });
  return seen;
}
