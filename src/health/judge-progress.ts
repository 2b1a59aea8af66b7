/**
 * Whether the work of a queue moves: nobody there, stuck, idle, busy, or fine. Pure.
 *
 * Workers without Drover send no heartbeat. That somebody works shows then in a live lock, or in jobs that
 * started or ended lately; a mere entry in the active list shows nothing, since a killed worker leaves its jobs
 * there for as long as nobody looks for stalled ones. Long jobs on all slots are busy, not stuck; a limiter or
 * a limit of concurrency explains why jobs wait.
 */
import { durationInWords } from './in-words.ts';
import type { QueueSignals } from './queue-signals.ts';
import type { Finding } from './queue-verdict.ts';
import { longestWaitOf, waitingInWords, workOf } from './waiting-work.ts';

const STUCK_AFTER_MS = 10 * 60_000;
/** Free slots beside waiting jobs are told so much earlier. */
const IDLE_AFTER_MS = 60_000;
/** A start or an end within this time says that somebody works. */
const LATELY_MS = 2 * 60_000;

/** Judges whether the work moves. */
export function judgeProgress(signals: QueueSignals): Finding[] {
  if (signals.isPaused || workOf(signals) === 0) return [];
  if (signals.workers === 0 && !isWorkedOn(signals))
    return [
      {
        status: 'no-workers',
        code: 'no-workers',
        message: `${waitingInWords(signals)}, and no worker is there: none has a heartbeat, and no job has started or ended lately`,
      },
    ];
  return judgeMovement(signals);
}

function isWorkedOn({ pulse, recent, counts }: QueueSignals): boolean {
  if (!pulse) return counts.active > 0 || (recent?.finished ?? 0) > 0;
  if (pulse.isHeld) return true;
  if (pulse.sinceProgressMs !== null) return pulse.sinceProgressMs < LATELY_MS;
  // No sign is left in the queue: jobs may be removed as they end.
  return (recent?.finished ?? 0) > 0;
}

function judgeMovement(signals: QueueSignals): Finding[] {
  const waitMs = longestWaitOf(signals);
  const stillMs = stillFor(signals);
  const stuckAfterMs = signals.limits?.stuckAfterMs ?? STUCK_AFTER_MS;
  if (waitMs === null) return [];
  if (stillMs === null) return waitMs < stuckAfterMs ? [] : [NO_SIGN];
  const quietMs = Math.min(waitMs, stillMs);
  if (quietMs < Math.min(IDLE_AFTER_MS, stuckAfterMs)) return [];
  const waiting = waitingInWords(signals);
  const still = Number.isFinite(stillMs)
    ? `none has started or ended for ${durationInWords(stillMs)}`
    : 'none is known to have started or ended';
  if (signals.pulse?.isLimited)
    return [
      { status: null, code: 'rate-limited', message: `${waiting}: the limiter holds them back` },
    ];
  const free = freeSlots(signals);
  if (isBusy(signals, free)) {
    if (quietMs < stuckAfterMs) return [];
    const { active } = signals.counts;
    const message = `${waiting}, and ${still}: ${active} long ${active === 1 ? 'job takes' : 'jobs take'} every slot`;
    return [{ status: 'degraded', code: 'busy', message }];
  }
  if (quietMs >= stuckAfterMs)
    return [{ status: 'stuck', code: 'stuck', message: `${waiting}, and ${still}` }];
  if (free === null || free <= 0) return [];
  const slots = `${free} of ${signals.slots} slots ${free === 1 ? 'is' : 'are'} free`;
  return [
    {
      status: 'degraded',
      code: 'idle-slots',
      message: `${waiting}, and ${still} although ${slots}`,
    },
  ];
}

const NO_SIGN: Finding = {
  status: null,
  code: 'not-known',
  message: 'not known: when a job of this queue last started or ended',
};

/** How long ago a job last started or ended; `Infinity` when no source knows of one, null when none can know. */
function stillFor({ pulse, recent }: QueueSignals): number | null {
  const finished = recent && recent.source !== 'absent' ? recent.finished : null;
  if (finished !== null && finished > 0) return 0;
  if (pulse && pulse.sinceProgressMs !== null) return pulse.sinceProgressMs;
  return finished === 0 ? Number.POSITIVE_INFINITY : null;
}

/** Slots that could take a job; null when the workers send no heartbeat. */
function freeSlots({ slots, workers, counts, pulse }: QueueSignals): number | null {
  const limit = pulse?.concurrency ?? Number.POSITIVE_INFINITY;
  if (workers > 0) return Math.max(0, Math.min(slots, limit) - counts.active);
  return counts.active >= limit ? 0 : null;
}

function isBusy({ pulse, counts }: QueueSignals, free: number | null): boolean {
  if (counts.active === 0 || pulse?.isHeld === false) return false;
  return free === 0 || (free === null && pulse?.isHeld === true);
}
