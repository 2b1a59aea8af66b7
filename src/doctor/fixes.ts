/**
 * Mends what is safe to mend: nothing here deletes a job that anybody could miss.
 *
 * Each mending is planned from a finding, and looks again right before it does something: when that is no longer needed,
 * nothing is done, and two at once do no more than one. What changes a setting of the server or deletes jobs is done only
 * when it is asked for by the id of its check.
 */
import type { Redis } from 'ioredis';
import { formatDuration } from '../base/units.ts';
import { messageOf } from '../errors.ts';
import type { Finding } from './examine.ts';
import type { QueueSeen, Sample } from './sample.ts';

/** Ids of checks whose mending changes the server's settings or deletes jobs: only when asked for by id. */
export const ONLY_BY_ID: readonly string[] = ['CFG01', 'CFG03', 'CFG11', 'MEM06'];

/** What a mending works with. */
export interface FixTools {
  readonly redis: Redis;
  readonly keyPrefix: (label: string) => string;
  /** Loads the scripts of this process's connections. */
  readonly preload: () => Promise<void>;
  /** Puts jobs of a queue back that are in no list; how many. */
  readonly putBack: (label: string, ids: readonly string[]) => Promise<number>;
  /** Deletes the oldest completed jobs that are not to be kept by what is said then; how many. */
  readonly clean: (label: string) => Promise<number>;
}

/** One mending. `run` says whether something was done; false: no longer needed. */
export interface Fix {
  readonly id: string;
  readonly queue: string | null;
  readonly does: string;
  run(tools: FixTools): Promise<boolean>;
}

/** What can be done about a finding; undefined when there is nothing safe. */
export function planFix(
  finding: Finding,
  sample: Sample,
  keyPrefix: (label: string) => string,
): Fix | undefined {
  if (!finding.isFixable) return undefined;
  if (finding.queue === null) return planServerFix(finding);
  const queue = sample.queues.find((seen) => seen.queue === finding.queue);
  return queue && planQueueFix(finding, queue, keyPrefix(queue.queue), sample);
}

const SETTINGS: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  CFG01: [['maxmemory-policy', 'noeviction']],
  CFG03: [
    ['appendonly', 'yes'],
    ['appendfsync', 'everysec'],
    ['no-appendfsync-on-rewrite', 'no'],
  ],
  CFG11: [['timeout', '0']],
};

function planServerFix({ id }: Finding): Fix | undefined {
  if (id === 'CFG17')
    return {
      ...{ id, queue: null, does: 'SCRIPT LOAD of the scripts of this process that are missing' },
      run: async ({ preload }) => preload().then(() => true),
    };
  const settings = SETTINGS[id];
  if (!settings) return undefined;
  const does = settings.map(([name, value]) => `CONFIG SET ${name} ${value}`).join('; ');
  return { id, queue: null, does, run: ({ redis }) => changeSettings(redis, settings) };
}

async function changeSettings(
  redis: Redis,
  settings: readonly (readonly [string, string])[],
): Promise<boolean> {
  let hasChanged = false;
  for (const [name, value] of settings) {
    const [, current] = (await redis.config('GET', name)) as string[];
    if (current === value) continue;
    await redis.config('SET', name, value);
    hasChanged = true;
  }
  return hasChanged;
}

function planQueueFix(
  { id }: Finding,
  queue: QueueSeen,
  key: string,
  sample: Sample,
): Fix | undefined {
  const label = queue.queue;
  const fix = (does: string, run: Fix['run']): Fix => ({ id, queue: label, does, run });
  switch (id) {
    case 'MEM07': {
      const limit = queue.maxLenEvents ?? 10_000;
      return fix(`XTRIM ${key}events MAXLEN ~ ${limit}`, async ({ redis }) => {
        if ((await redis.xlen(`${key}events`)) <= limit) return false;
        return (await redis.xtrim(`${key}events`, 'MAXLEN', '~', limit)) > 0;
      });
    }
    case 'Q01':
    case 'Q02':
      return fix(`ZADD ${key}marker 0 0`, async ({ redis }) => wake(redis, key));
    case 'MEM08': {
      const before = sample.queuesBefore.get(label)?.orphans ?? [];
      const ids = (queue.orphans ?? []).filter((job) => before.includes(job));
      return fix(
        `put ${ids.length} jobs back to where they were going: ${inWords(ids)}`,
        async ({ putBack }) => (await putBack(label, ids)) > 0,
      );
    }
    case 'MEM06': {
      const { keepCompleted: count, keepCompletedMs: ageMs } = queue;
      const rules = [
        ...(count === null ? [] : [`beyond the newest ${count}`]),
        ...(ageMs === null ? [] : [`older than ${formatDuration(ageMs)}`]),
      ];
      const isBelow = ageMs === null && queue.counts.completed <= (count ?? 0);
      if (rules.length === 0 || isBelow) return undefined;
      return fix(
        `delete completed jobs ${rules.join(' or ')}`,
        async ({ clean }) => (await clean(label)) > 0,
      );
    }
    case 'Q06': {
      const { highestId, idCounter } = queue;
      if (highestId === null || idCounter === null || idCounter >= highestId) return undefined;
      const by = highestId - idCounter + 1_000;
      return fix(`INCRBY ${key}id ${by}`, async ({ redis }) => {
        // A counter only grows: raising it twice skips some numbers and harms nobody.
        if (Number((await redis.get(`${key}id`)) ?? 0) >= highestId) return false;
        await redis.incrby(`${key}id`, by);
        return true;
      });
    }
    default:
      return undefined;
  }
}

/** Workers sleep until the marker is there; one that is not needed is taken away by the first to look. */
async function wake(redis: Redis, key: string): Promise<boolean> {
  const [isPaused, active, waiting, prioritized, delayed] = await Promise.all([
    redis.hexists(`${key}meta`, 'paused'),
    redis.llen(`${key}active`),
    redis.llen(`${key}wait`),
    redis.zcard(`${key}prioritized`),
    redis.zcard(`${key}delayed`),
  ]);
  if (isPaused || active > 0 || waiting + prioritized + delayed === 0) return false;
  await redis.zadd(`${key}marker`, 0, '0');
  return true;
}

function inWords(ids: readonly string[]): string {
  const shown = ids.slice(0, 20).map((id) => JSON.stringify(id.slice(0, 60)));
  return shown.join(', ') + (ids.length > 20 ? ` and ${ids.length - 20} more` : '');
}

/** How a mending ended. */
export async function runFix(
  fix: Fix,
  tools: FixTools,
): Promise<{ outcome: 'done' | 'failed' | 'no-longer-needed'; message: string | null }> {
  try {
    return { outcome: (await fix.run(tools)) ? 'done' : 'no-longer-needed', message: null };
  } catch (error) {
    return { outcome: 'failed', message: messageOf(error).slice(0, 300) };
  }
}
