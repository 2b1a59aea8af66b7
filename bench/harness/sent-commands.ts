/**
 * Counts the commands that clients send to a server, as MONITOR shows them.
 *
 * What a script runs inside the server is part of its one command and is not counted, which the counters of INFO would
 * do. What the watching socket and the control connection send is left out.
 */
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

/** A running count. */
export interface SentCommands extends Disposable {
  /** Commands since it was started, by name. */
  readonly counts: ReadonlyMap<string, number>;
  /** All of them. */
  total(): number;
}

const LINE = /^\+[\d.]+ \[\d+ (\S+)\] "([^"]*)"/;

/** Starts to count. `without`: address of a client to leave out. */
export async function countCommands(port: number, without: string): Promise<SentCommands> {
  const socket = connect(port, '127.0.0.1');
  const counts = new Map<string, number>();
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    createInterface({ input: socket }).on('line', (line) => {
      if (line === '+OK') resolve();
      const [, from, name] = LINE.exec(line) ?? [];
      if (!name || from === 'lua' || from === without) return;
      counts.set(name.toLowerCase(), (counts.get(name.toLowerCase()) ?? 0) + 1);
    });
    socket.write('MONITOR\r\n');
  });
  return {
    counts,
    total: () => [...counts.values()].reduce((sum, count) => sum + count, 0),
    [Symbol.dispose]: () => void socket.destroy(),
  };
}
