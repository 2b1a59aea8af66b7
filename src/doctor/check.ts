/**
 * What a check is: one thing that can be wrong with a server or a queue, and how to tell. Pure.
 *
 * A check judges a sample and returns what it has found; nothing when all is well. What it needs and could not be read
 * is a verdict, too: `unverified`.
 */
import type { Profile } from './kit-settings.ts';
import type { Reading } from './reading.ts';
import { known, unknown } from './reading.ts';
import type { QueueSeen, Sample } from './sample.ts';

/** How bad a finding is; `unverified`: these rights do not suffice to tell. */
export type Severity = 'critical' | 'warning' | 'information' | 'unverified';

/** What a check says about one thing. */
export interface Verdict {
  readonly severity: Severity;
  /** What was seen, with the value. */
  readonly seen: string;
  /** Instead of the check's own. */
  readonly remedy?: readonly string[];
  /** Instead of the check's own. */
  readonly why?: string;
  /** Label; absent: the server. */
  readonly queue?: string;
}

/** One check of the catalogue. */
export interface Check {
  readonly id: string;
  readonly title: string;
  readonly area: 'configuration' | 'live' | 'queues';
  /** When it is how bad, in words. */
  readonly rule: string;
  /** Why it matters for a queue. */
  readonly why: string;
  /** Why no test provokes it on a real server; it is judged from samples then. */
  readonly notProvoked?: string;
  /** What to do, as commands where there are some. */
  readonly remedy: readonly string[];
  /** Whether `doctor.fix` can mend it. */
  readonly isFixable?: true;
  /** Whether one INFO, CONFIG GET and ACL WHOAMI tell: then an application says it at its start. */
  readonly isCheap?: true;
  /** @default QUEUES */
  readonly profiles?: readonly Examined[];
  readonly judge: (sample: Sample) => readonly Verdict[];
}

/** What an examination takes a server for; `any`: for one that holds queues, however it is set up otherwise. */
export type Examined = Profile | 'any';

/** What concerns servers that hold queues. */
export const QUEUES: readonly Examined[] = ['any', 'queue'];
/** What concerns every Redis. */
export const EVERY_REDIS: readonly Examined[] = ['any', 'queue', 'cache'];

export const critical = (seen: string, remedy?: readonly string[]): Verdict => ({
  severity: 'critical',
  seen,
  ...(remedy && { remedy }),
});
export const warning = (seen: string, remedy?: readonly string[]): Verdict => ({
  severity: 'warning',
  seen,
  ...(remedy && { remedy }),
});
export const information = (seen: string, remedy?: readonly string[]): Verdict => ({
  severity: 'information',
  seen,
  ...(remedy && { remedy }),
});
export const unverified = (seen: string): Verdict => ({ severity: 'unverified', seen });

/** Judges what was read; what was not is unverified. */
export function judged<T>(
  reading: Reading<T>,
  judge: (value: T) => Verdict | readonly Verdict[] | undefined,
): readonly Verdict[] {
  if (!reading.isRead) return [unverified(reading.reason)];
  const verdict = judge(reading.value);
  if (verdict === undefined) return [];
  return 'severity' in verdict ? [verdict] : verdict;
}

/** Judges each queue; without queues to look at it is unverified. */
export function eachQueue(
  { queues, queuesUnknown }: Sample,
  judge: (queue: QueueSeen) => Verdict | undefined,
): readonly Verdict[] {
  if (queuesUnknown !== null) return [unverified(queuesUnknown)];
  return queues.flatMap((queue) => {
    const verdict = judge(queue);
    return verdict ? [{ ...verdict, queue: queue.queue }] : [];
  });
}

/** Why `workers` of a queue is null. */
export const WORKERS_UNKNOWN =
  'whether there are workers is not known: CLIENT LIST may not be read, or a process has just started';

/** A field of INFO. */
export function field({ server }: Sample, name: string): Reading<string> {
  if (!server.info.isRead) return server.info;
  const value = server.info.value.get(name);
  return value === undefined ? unknown(`INFO has no ${name}`) : known(value);
}

/** A field of INFO that is a number. */
export function figure(sample: Sample, name: string): Reading<number> {
  const text = field(sample, name);
  if (!text.isRead) return text;
  const value = Number.parseFloat(text.value);
  return Number.isFinite(value) ? known(value) : unknown(`INFO's ${name} is no number`);
}

/** How much a counter of INFO has grown since the look before; one that is not there counts as 0. */
export function grown(
  { server, before }: Sample,
  name: string,
  part?: string,
): Reading<{ readonly by: number; readonly overMs: number }> {
  if (!server.info.isRead) return server.info;
  if (!before?.info.isRead)
    return unknown('this needs two looks: run the doctor again, or without --quick');
  const [now, then] = [server.info.value, before.info.value];
  if (now.get('run_id') !== then.get('run_id'))
    return unknown('the server was restarted between two looks');
  const by = counterOf(now.get(name), part) - counterOf(then.get(name), part);
  // CONFIG RESETSTAT sets counters back.
  return known({ by: Math.max(0, by), overMs: Math.max(1, server.at - before.at) });
}

function counterOf(text: string | undefined, part?: string): number {
  if (text === undefined) return 0;
  const value = part ? new RegExp(`${part}=([\\d.]+)`).exec(text)?.[1] : text;
  return Number.parseFloat(value ?? '0') || 0;
}

/** A setting by CONFIG GET. */
export function setting({ server }: Sample, name: string): Reading<string> {
  if (!server.config.isRead) return server.config;
  const value = server.config.value.get(name);
  return value === undefined ? unknown(`this server has no setting ${name}`) : known(value);
}
