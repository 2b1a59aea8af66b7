/**
 * A scheduler as it is typed, and what of it is sent. Pure.
 */
import { parseExactly, stringifyExactly } from '../../../../src/base/exact-numbers.ts';
import type { SchedulerView, SchedulerWishes } from '../../../../src/operations/views.ts';
import type { May } from '../../api/me.tsx';
import { indented } from '../../ui/json-text.ts';

/** What is typed. */
export interface Draft {
  readonly queue: string;
  readonly id: string;
  readonly kind: 'pattern' | 'every';
  readonly pattern: string;
  readonly timeZone: string;
  readonly every: string;
  readonly jobName: string;
  /** JSON; null: it cannot be changed by whoever does not see all of it. */
  readonly data: string | null;
}

const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;

/** What there is of a scheduler; null: a new one, with what fits most. */
export function draftOf(scheduler: SchedulerView | null, queue: string, may: May): Draft {
  if (scheduler === null)
    return {
      ...{ queue, id: '', kind: 'pattern', pattern: '', timeZone: '', every: '', jobName: '' },
      data: '{}',
    };
  const { id, pattern, timeZone, everyMs, jobName, data, unreadable } = scheduler;
  const isSeen = unreadable === null && may('data.read', queue) && may('jobs.read', queue);
  return {
    ...{ queue, id, kind: everyMs === null ? 'pattern' : 'every', pattern: pattern ?? '' },
    ...{ timeZone: timeZone ?? '', every: everyMs === null ? '' : durationText(everyMs) },
    jobName: jobName ?? '',
    data: isSeen ? indented(JSON.stringify(data ?? {})) : null,
  };
}

/** Whether nothing is missing that must be there. */
export function isFilled({ queue, id, kind, pattern, every }: Draft): boolean {
  return queue !== '' && id.trim() !== '' && (kind === 'pattern' ? pattern : every).trim() !== '';
}

/** What is sent; null when nothing is changed. @param before null: all of it is new */
export function wishesOf(draft: Draft, before: Draft | null): SchedulerWishes | null {
  const { queue, id, kind, data } = draft;
  const text = (name: 'pattern' | 'timeZone' | 'every' | 'jobName'): string => draft[name].trim();
  const isChanged = (name: 'pattern' | 'timeZone' | 'every' | 'jobName' | 'data'): boolean =>
    before === null || draft[name]?.trim() !== before[name]?.trim();
  const isOther = before === null || kind !== before.kind;
  const isTimed = isOther || isChanged(kind) || (kind === 'pattern' && isChanged('timeZone'));
  const wishes = {
    ...(isTimed && { [kind]: text(kind) }),
    ...(isTimed && kind === 'pattern' && text('timeZone') !== '' && { timeZone: text('timeZone') }),
    ...(isChanged('jobName') && text('jobName') !== '' && { jobName: text('jobName') }),
    ...(data !== null && isChanged('data') && { data: readOrNull(data) }),
  };
  if (Object.keys(wishes).length === 0) return null;
  return { queue, scheduler: id.trim(), ...wishes };
}

/** Whether it holds numbers that schedulers do not keep: their jobs are made by code that has none so large. */
export function losesDigits(text: string): boolean {
  try {
    return stringifyExactly(parseExactly(text)) !== JSON.stringify(JSON.parse(text));
  } catch {
    return false;
  }
}

/** As the server reads it, exactly: `15m`, `90s`. */
function durationText(ms: number): string {
  const [unit, size] = Object.entries(UNITS).find(([, each]) => ms % each === 0)!;
  return `${ms / size}${unit}`;
}

function readOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
