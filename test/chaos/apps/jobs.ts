/**
 * What the workers of both sides do: say that a job began, take a while, say that its effect happened.
 */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs, say } from './say.ts';

/** The processor. */
export async function runJob(jobId: string, jobMs: number): Promise<void> {
  say('started', jobId);
  await sleep(jobMs);
  say('ended', jobId);
}

/** A small HTTP server, to be asked whether the process still answers; says its port. */
export function answerHttp(listener: RequestListener): void {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1', () => say('http', (server.address() as AddressInfo).port));
  server.unref();
}

/** What a worker may be told to do to itself. */
export const TRICKS: Readonly<Record<string, (argument: number) => void>> = {
  /** Keeps the event loop busy. */
  block(ms) {
    say('blocked', ms);
    for (const end = monotonicMs() + ms; monotonicMs() < end; );
    say('unblocked', ms);
  },
  /** Moves the clock of the process; needs the preload `clock.ts`. */
  step(ms) {
    (globalThis as { stepClock?: (ms: number) => void }).stepClock?.(ms);
    say('stepped', ms, new Date().toISOString());
  },
};
