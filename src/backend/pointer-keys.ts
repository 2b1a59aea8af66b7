/**
 * The specification's key beside a job with a large body: `<prefix>:<queue>:<jobId>:largeData` holds the name of the
 * body's key, for people who look with redis-cli.
 *
 * Nothing in Drover reads it, nobody waits for it, and it may be missing. BullMQ's scripts do not know it and leave it
 * alone; it goes away by itself, and with a queue that is obliterated.
 */
import { QueueKeys } from 'bullmq';
import { queueLabel } from '../keys.ts';
import { isEnvelope } from '../payloads/envelope.ts';

import type { BackendContext } from './backend-context.ts';
import type { AddTarget } from './run-add.ts';

const TTL_S = 7 * 24 * 60 * 60;
const SCAN_COUNT = 500;

/** What BullMQ's key of a job is followed by. */
const SUFFIX = 'largeData';

/** Writes the keys of those jobs whose body is in this Redis. Returns at once and never fails. */
export function pointBeside(
  { bodyKey, hub }: Pick<BackendContext, 'bodyKey' | 'hub'>,
  { prefix, queue }: AddTarget,
  jobs: readonly (readonly [id: string, stored: string])[],
): void {
  if (!bodyKey || !hub.command.isReady) return;
  const label = queueLabel(prefix, queue);
  const keys = new QueueKeys(prefix);
  for (const [id, stored] of jobs) {
    const body = isEnvelope(stored) ? bodyKey(label, stored) : undefined;
    if (body === undefined) continue;
    const key = keys.toKey(queue, `${id}:${SUFFIX}`);
    hub.command
      .raw()
      .then((redis) => redis.set(key, body, 'EX', TTL_S))
      .catch(() => {}); // It only shows the way.
  }
}

/** Takes those of a whole queue away. Never fails: they go by themselves later. */
export async function forgetPointers(
  { bodyKey, hub }: Pick<BackendContext, 'bodyKey' | 'hub'>,
  { prefix, name }: { readonly prefix: string; readonly name: string },
): Promise<void> {
  if (!bodyKey) return;
  const literal = name.replace(/[\\*?[\]]/g, '\\$&');
  const pattern = new QueueKeys(prefix).toKey(literal, `*:${SUFFIX}`);
  await hub
    .onBulk(async (bulk) => {
      const redis = await bulk.raw();
      for await (const keys of redis.scanStream({ match: pattern, count: SCAN_COUNT }))
        if (keys.length > 0) await redis.unlink(...(keys as string[]));
    })
    .catch(() => {});
}
