/**
 * What a Redis is set up for, queues or a cache, by what it evicts, what it keeps on disk, and whose keys it holds. Pure.
 *
 * Somebody who mixed up two addresses is told so in one sentence instead of by everything that differs.
 */
import { field, setting } from './check.ts';
import type { Profile } from './kit-settings.ts';
import { valueOr } from './reading.ts';
import type { Sample } from './sample.ts';

/** What it looks like, and by which signs. */
export interface InstanceKind {
  /** null: neither clearly, or it could not be read. */
  readonly kind: Profile | null;
  readonly signs: string;
}

/** Looks at the signs. */
export function instanceKind(sample: Sample): InstanceKind {
  const policy = valueOr(field(sample, 'maxmemory_policy'), null);
  const isAof = valueOr(field(sample, 'aof_enabled'), null);
  const save = valueOr(setting(sample, 'save'), null);
  const evicts = policy?.startsWith('allkeys-') ?? false;
  const { queueLabels } = sample;
  const isKept = isAof === '1' || (save !== null && save !== '');
  const kind =
    evicts && isAof === '0' && !isKept
      ? 'cache'
      : policy === 'noeviction' && (isKept || queueLabels.length > 0)
        ? 'queue'
        : null;
  const files = [
    isAof === '1' ? 'an append-only file' : 'no append-only file',
    ...(save === null ? [] : [save === '' ? 'no snapshots' : 'snapshots']),
  ];
  return {
    kind,
    signs: [`maxmemory-policy ${policy}`, ...files, keysOf(queueLabels)].join(', '),
  };
}

const MOST_NAMED = 3;

function keysOf(labels: readonly string[]): string {
  if (labels.length === 0) return 'no queues';
  const more = labels.length > MOST_NAMED ? ', …' : '';
  const names = labels.slice(0, MOST_NAMED).join(', ');
  return `${labels.length} queue${labels.length === 1 ? '' : 's'} (${names}${more})`;
}
