/**
 * Sends one command and learns how long Redis was busy with it, by asking the time before and after in the same packet.
 *
 * The network, and what Redis does for others before it, are not in the figure.
 */
import type { ChainableCommander, Redis } from 'ioredis';

/** The reply of the command that `send` adds, and how long Redis was busy. Rejects as the command does. */
export async function timed<T>(
  redis: Redis,
  send: (pipeline: ChainableCommander) => unknown,
): Promise<{ readonly reply: T; readonly busyMs: number }> {
  const pipeline = redis.pipeline();
  pipeline.time();
  send(pipeline);
  pipeline.time();
  const replies = (await pipeline.exec()) ?? [];
  for (const [error] of replies) if (error) throw error;
  const [before, reply, after] = replies.map(([, value]) => value);
  return { reply: reply as T, busyMs: toMs(after) - toMs(before) };
}

/** Epoch ms of an answer to TIME, with fractions. */
export function toMs(time: unknown): number {
  const [seconds, micros] = time as [string, string];
  return Number(seconds) * 1_000 + Number(micros) / 1_000;
}
