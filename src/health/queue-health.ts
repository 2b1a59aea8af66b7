/**
 * How a queue is, and why, in words and numbers. Pure: signals in, verdict out.
 *
 * Of the statuses the first that fits is taken: `paused` is a wish and no fault; `no-workers`: there is work
 * and no sign of anybody; `stuck`: workers could take it and nothing moves; `unhealthy` and `degraded`: people
 * feel it, by error ratio, wait or burn rate; else `healthy`. All reasons that hold are told, not only those
 * of the status. What is not known is neither 0 nor a fault; it is told where it would have mattered.
 */
import { type Burn, measureBurn } from './burn-rate.ts';
import { countInWords } from './in-words.ts';
import { judgeErrors } from './judge-errors.ts';
import { judgeProgress } from './judge-progress.ts';
import { judgeWaits, WAIT_BUDGET } from './judge-waits.ts';
import type { QueueSignals } from './queue-signals.ts';
import type { Finding, QueueVerdict, ReasonCode } from './queue-verdict.ts';
import { workOf } from './waiting-work.ts';

interface Burns {
  readonly errors: Burn | null;
  readonly wait: Burn | null;
}

const IN_THIS_ORDER = ['paused', 'no-workers', 'stuck', 'unhealthy', 'degraded'] as const;

/** Judges a queue. */
export function judgeQueue(signals: QueueSignals): QueueVerdict {
  const { queue, recent, oldestWaitingMs } = signals;
  const burns = measureBurns(signals);
  const findings = mostImportantFirst([
    ...judgePause(signals),
    ...judgeProgress(signals),
    ...judgeErrors(signals),
    ...judgeWaits(signals),
    ...judgeBurns(burns),
  ]);
  const status = IN_THIS_ORDER.find((each) => findings.some((finding) => finding.status === each));
  const reasons = [...findings, ...(status ? tellGrowth(signals) : [])];
  const { finished = null, dead = null } = recent ?? {};
  return {
    queue,
    status: status ?? 'healthy',
    reasons: reasons.map(({ code, message }) => ({ code, message })),
    errorRate: finished && dead !== null ? dead / finished : null,
    avgProcessingTimeMs: recent?.runMeanMs ?? null,
    oldestWaitingMs,
    waitP95Ms: recent?.waitP95Ms ?? null,
    waitObjectiveMs: signals.objectives?.waitP95Ms ?? null,
    throughputPerMinute: recent?.throughputPerMinute ?? null,
    arrivalsPerMinute: recent?.arrivalsPerMinute ?? null,
    drainMs: drainOf(signals),
    burn: { errors: burns.errors?.rates ?? null, wait: burns.wait?.rates ?? null },
  };
}

/** Those that only explain come last; what is alike stays in its order. */
function mostImportantFirst(findings: readonly Finding[]): Finding[] {
  const placeOf = ({ status }: Finding): number =>
    status === null ? IN_THIS_ORDER.length : IN_THIS_ORDER.indexOf(status);
  return findings.toSorted((a, b) => placeOf(a) - placeOf(b));
}

function judgePause(signals: QueueSignals): Finding[] {
  if (!signals.isPaused) return [];
  const { active } = signals.counts;
  const work = workOf(signals);
  const waiting =
    work === 0 ? 'nothing waits' : `${countInWords(work, 'job')} ${work === 1 ? 'waits' : 'wait'}`;
  const running = active > 0 ? `, ${active} still ${active === 1 ? 'runs' : 'run'}` : '';
  return [{ status: 'paused', code: 'paused', message: `paused: ${waiting}${running}` }];
}

function measureBurns({ windows, objectives }: QueueSignals): Burns {
  const { errorRatio, waitP95Ms } = objectives ?? {};
  return {
    errors:
      windows && errorRatio !== undefined
        ? measureBurn(windows, errorRatio, ({ finished, dead }) =>
            finished === null || dead === null ? null : { total: finished, bad: dead },
          )
        : null,
    wait:
      windows && waitP95Ms !== undefined
        ? measureBurn(windows, WAIT_BUDGET, ({ waits, longWaits }) =>
            waits === null || longWaits === null ? null : { total: waits, bad: longWaits },
          )
        : null,
  };
}

function judgeBurns({ errors, wait }: Burns): Finding[] {
  return [
    ...tellBurn(errors, 'burn-errors', 'jobs failed for good'),
    ...tellBurn(wait, 'burn-wait', 'jobs waited too long'),
  ];
}

function tellBurn(burn: Burn | null, code: ReasonCode, what: string): Finding[] {
  if (!burn?.alarm) return [];
  const isFast = burn.alarm === 'fast';
  const times = Number(burn.rates[isFast ? '1h' : '6h']!.toFixed(1));
  const message = `${what} ${times} times as often as the objective allows over the last ${isFast ? 'hour' : '6 h'}, and it goes on`;
  return [{ status: isFast ? 'unhealthy' : 'degraded', code, message }];
}

/** Where something is wrong anyway, it matters whether it grows. */
function tellGrowth(signals: QueueSignals): Finding[] {
  const { arrivalsPerMinute = null, throughputPerMinute = null } = signals.recent ?? {};
  if (arrivalsPerMinute === null || throughputPerMinute === null) return [];
  if (workOf(signals) === 0 || arrivalsPerMinute <= throughputPerMinute) return [];
  const [come, end] = [arrivalsPerMinute, throughputPerMinute].map((n) => Number(n.toFixed(1)));
  const message = `the queue grows: ${come} jobs come in a minute, and ${end} end`;
  return [{ status: null, code: 'growing', message }];
}

function drainOf(signals: QueueSignals): number | null {
  const work = workOf(signals);
  if (work === 0) return 0;
  const { arrivalsPerMinute = null, throughputPerMinute = null } = signals.recent ?? {};
  if (signals.isPaused || arrivalsPerMinute === null || throughputPerMinute === null) return null;
  const perMinute = throughputPerMinute - arrivalsPerMinute;
  return perMinute > 0 ? Math.round((work / perMinute) * 60_000) : null;
}
