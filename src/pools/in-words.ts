/**
 * Why a target is what it is, as a sentence for people. Pure.
 *
 * First what happens, then why with the numbers it was decided by, then what held it down, then advice.
 */
import { formatDuration, formatTime } from '../base/units.ts';
import type { PoolMode } from '../workers/pool-settings.ts';
import type { DecidedBy, Explanation, PinnedBy } from './explanation.ts';

/** What is told beside the explanation. */
export interface WordsContext {
  readonly mode?: PoolMode;
  /** What the plan asks for; null when none was made. */
  readonly recommended?: number | null;
}

/** One or two sentences without a line break: `5 → 7 slots: 42 jobs in the system need about 27s of work, …`. */
export function inWords(explanation: Explanation, context: WordsContext = {}): string {
  const { from, to, decidedBy, caps, advice } = explanation;
  const head = from === to ? slots(to) : `${from} → ${slots(to)}`;
  const others = caps.filter((cap) => cap !== decidedBy).map((cap) => CAP[cap] ?? cap);
  const parts = [
    `${head}: ${reasonOf(explanation, context)}`,
    ...(others.length > 0 ? [`held down by ${others.join(' and ')}`] : []),
    ...(advice ? [advice.replace(/\.$/, '')] : []),
  ];
  return parts.join('; ');
}

function reasonOf(explanation: Explanation, { mode, recommended }: WordsContext): string {
  const isFixed = explanation.decidedBy === 'max' && (mode === 'off' || mode === 'recommend');
  if (!isFixed) return REASON[explanation.decidedBy]?.(explanation) ?? explanation.decidedBy;
  if (mode === 'off') return 'the pool is not scaled (mode "off"), so all its slots are open';
  const would = typeof recommended === 'number' ? `; ${slots(recommended)} would do` : '';
  return `the pool is not scaled (mode "recommend"), so all its slots are open${would}`;
}

const REASON: Readonly<Record<DecidedBy, (explanation: Explanation) => string>> = {
  backlog: (it) =>
    `${jobs(it.load)} in the system ${it.load > 1 ? 'need' : 'needs'} about ${workOf(it)} of work, promised wait ${formatDuration(it.waitP95Ms)}${usualLoad(it, '; ')}`,
  load: (it) =>
    it.serviceMs > 0 && it.arrivalsPerSecond > 0
      ? `${usualLoad(it)}, which keeps about ${rounded((it.arrivalsPerSecond * it.serviceMs) / 1_000)} slots busy`
      : 'jobs keep arriving',
  standby: (it) =>
    `kept ready, since new slots take longer to start than jobs may wait (${formatDuration(it.waitP95Ms)})`,
  schedule: (it) => `the schedule asks for at least ${it.to} at this time`,
  min: (it) => `the least that the pool keeps (\`min\`)${usualLoad(it, '; ')}`,
  max: (it) => `the most that the pool may have (\`max\`)${askedFor(it)}`,
  hold: (it) => `fewer would do${asked(it)}, and these are kept until that has lasted for a while`,
  idle: () => 'no job came for a while, so the last slot is freed',
  'global-concurrency': (it) => `the queue's global concurrency lets no more run${askedFor(it)}`,
  'rate-limit': (it) => `the queue's rate limit lets no more run${askedFor(it)}`,
  efficacy: (it) => `more slots did not end more jobs, so they are held back${askedFor(it)}`,
  pin: ({ pin }) => `set by hand${pinnedBy(pin)}`,
  paused: (it) => `the queue is paused, so nothing is changed (${jobs(it.load)} in the system)`,
  frozen: () => 'nothing could be read of the queue or its workers, so nothing is changed',
};

const CAP: Partial<Readonly<Record<DecidedBy, string>>> = {
  max: 'its `max`',
  'global-concurrency': "the queue's global concurrency",
  'rate-limit': "the queue's rate limit",
  efficacy: 'what more slots bring',
};

/** ` by anna until 2026-03-01 14:05 UTC (sale)`, as far as it is known. */
function pinnedBy(pin: PinnedBy | undefined): string {
  if (!pin) return '';
  const end = formatTime(pin.until ?? Number.NaN);
  return [
    ...(pin.by ? [` by ${oneLine(pin.by)}`] : []),
    ...(end ? [` until ${end}`] : []),
    ...(pin.reason ? [` (${oneLine(pin.reason)})`] : []),
  ].join('');
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function slots(count: number): string {
  return `${count} ${count === 1 ? 'slot' : 'slots'}`;
}

function jobs(count: number): string {
  const whole = Math.ceil(count);
  return `${whole} ${whole === 1 ? 'job' : 'jobs'}`;
}

function workOf({ load, serviceMs }: Explanation): string {
  return formatDuration(load * serviceMs);
}

/** `9.8 jobs/s arrive and take 650ms each`; nothing when none arrive. */
function usualLoad({ arrivalsPerSecond, serviceMs }: Explanation, before = ''): string {
  if (!(arrivalsPerSecond > 0)) return '';
  const each = serviceMs > 0 ? ` and take ${formatDuration(serviceMs)} each` : '';
  return `${before}${rounded(arrivalsPerSecond)} jobs/s arrive${each}`;
}

/** What the load alone would have got. */
function wantedOf({ feedback, feedForward, standby }: Explanation): number | null {
  const terms = [feedback, feedForward, standby].filter((term) => term !== null);
  return terms.length > 0 ? Math.max(...terms) : null;
}

function askedFor(explanation: Explanation): string {
  const wanted = wantedOf(explanation);
  if (wanted === null || wanted <= explanation.to) return '';
  return `; ${wanted} would be needed for ${jobs(explanation.load)} in the system${usualLoad(explanation, ', ')}`;
}

function asked(explanation: Explanation): string {
  const wanted = wantedOf(explanation);
  return wanted === null ? '' : ` (${wanted} by the load)`;
}

/** Two digits that count: 0.031, 9.8, 42. */
function rounded(value: number): string {
  return value >= 10 ? String(Math.round(value)) : String(Number(value.toPrecision(2)));
}
