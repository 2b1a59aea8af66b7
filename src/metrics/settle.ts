/**
 * What is done once an hour: minutes and hours to which nothing more is added are settled, so that they take a
 * fraction of their memory, and those that are too old are deleted. Fields of a hash have no lifetime of their own.
 */
import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import { type Fence, hourOf, KEPT_HOURS, KEPT_MINUTES } from './merge-minute.ts';
import { packSettled, unpackRecord } from './packed-record.ts';

const HOUR_MS = 3_600_000;
/** Nothing is to be won from smaller records. */
const LEAST_BYTES = 160;

/**
 * KEYS 1 minutes or hours, 2 epoch of the lease · ARGV 1 epoch of the writer, 2 … for each record: its field, what it
 * was, what it shall be. Returns how many were replaced. One step: what a late part has changed meanwhile must stay.
 */
const SETTLE_LUA = /* lua */ `
if (redis.call('GET', KEYS[2]) or '0') ~= ARGV[1] then return 0 end
local replaced = 0
for i = 2, #ARGV, 3 do
  if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 2])
    replaced = replaced + 1
  end
end
return replaced`;

/** Settles an hour of a queue and its minutes, as far as they are not. */
export async function settle(
  redis: Redis,
  keys: Keys,
  fence: Fence,
  { label, hour }: { label: string; hour: number },
): Promise<void> {
  const minutes = Array.from({ length: 60 }, (_, i) => hour * 60 + i);
  await settleFields(redis, fence, keys.minutes(label), minutes);
  await settleFields(redis, fence, keys.hours(label), [hour]);
}

/** Deletes the minutes and hours of queues that are too old. `last`: the last whole minute. */
export async function prune(
  redis: Redis,
  keys: Keys,
  labels: readonly string[],
  last: number,
): Promise<void> {
  const kept = labels.flatMap((label) => [
    { key: keys.minutes(label), oldest: last - KEPT_MINUTES },
    { key: keys.hours(label), oldest: hourOf(last) - KEPT_HOURS },
  ]);
  const reading = redis.pipeline();
  for (const { key } of kept) reading.hkeys(key);
  const replies = (await reading.exec()) ?? [];
  const deleting = redis.pipeline();
  for (const [i, [error, fields]] of replies.entries()) {
    if (error) throw error;
    const { key, oldest } = kept[i]!;
    const old = (fields as string[]).filter((field) => Number(field) <= oldest);
    if (old.length > 0) deleting.hdel(key, ...old);
  }
  if (deleting.length > 0) await deleting.exec();
}

/** Takes queues off the index of which nothing is left. `now`: epoch ms. */
export async function forgetQueues(redis: Redis, keys: Keys, now: number): Promise<void> {
  const keptMs = KEPT_HOURS * HOUR_MS;
  await redis.zremrangebyscore(keys.metrics(), '-inf', now - keptMs);
  await redis.pexpire(keys.metrics(), keptMs);
}

async function settleFields(
  redis: Redis,
  fence: Fence,
  key: string,
  fields: readonly number[],
): Promise<void> {
  const records = await redis.hmgetBuffer(key, ...fields.map(String));
  const replacements = records.flatMap((bytes, i) => {
    const record = bytes && bytes.length > LEAST_BYTES ? unpackRecord(bytes) : undefined;
    if (!bytes || !record) return [];
    const settled = packSettled(record);
    return settled.length < bytes.length ? [String(fields[i]), bytes, settled] : [];
  });
  if (replacements.length > 0)
    await redis.eval(SETTLE_LUA, 2, key, fence.key, fence.epoch, ...replacements);
}
