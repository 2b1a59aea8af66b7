/**
 * What policies are told of a workload: its settings, and for those with an oracle its true figures.
 */
import { MAX_SLOTS, type Setting, type Situation } from './policy.ts';
import { meanServiceOf, type Workload } from './workload.ts';

const WINDOW_SECONDS = 30;
const SHARE = 0.99;

export function situationOf(workload: Workload, setting: Setting): Situation {
  return {
    ...setting,
    waitSeconds: workload.waitSeconds,
    min: workload.min,
    max: MAX_SLOTS,
    oracle: { serviceSeconds: meanServiceOf(workload), loadP99: loadP99Of(workload) },
  };
}

/** p99 over windows of 30 s of the work that arrives in one, in slots. */
export function loadP99Of({ readyAt, serviceSeconds, horizonSeconds }: Workload): number {
  const loads = new Float64Array(Math.ceil(horizonSeconds / WINDOW_SECONDS));
  for (const [job, at] of readyAt.entries()) {
    const window = Math.min(loads.length - 1, Math.floor(at / WINDOW_SECONDS));
    loads[window]! += serviceSeconds[job]! / WINDOW_SECONDS;
  }
  return loads.sort()[Math.ceil(SHARE * loads.length) - 1]!;
}
