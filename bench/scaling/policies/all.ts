/**
 * All policies with the values of their knobs that are compared.
 */
import type { PolicyKind } from '../policy.ts';
import { aws } from './aws.ts';
import { celeryLike } from './celery-like.ts';
import { dask } from './dask.ts';
import { judoscale } from './judoscale.ts';
import { keda } from './keda.ts';
import { knative } from './knative.ts';
import { obanLike } from './oban-like.ts';
import { ours, type Planner } from './ours.ts';
import { fixedSize } from './static.ts';
import { wpa } from './wpa.ts';

/** Other people's rules. Where they need the mean service time or the load, they get the true one. */
export const RIVALS: readonly PolicyKind[] = [
  ...[0.2, 0.4, 0.6, 1].map(dask),
  ...[0.7, 0.85, 1].map(knative),
  keda({ counts: 'waiting', perSlot: 5 }),
  keda({ counts: 'waiting', perSlot: 'wait' }),
  ...[0.8, 1].flatMap((perSlot) =>
    [300, 30].map((windowSeconds) =>
      keda({ counts: 'waiting and active', perSlot, windowSeconds }),
    ),
  ),
  aws,
  judoscale({ high: 1, jump: 1, upEverySeconds: 60, downDelaySeconds: 600 }),
  ...[5, 15].flatMap((jump) =>
    [10, 30].flatMap((upEverySeconds) =>
      [60, 300].map((downDelaySeconds) =>
        judoscale({ high: 0.5, jump, upEverySeconds, downDelaySeconds }),
      ),
    ),
  ),
  obanLike({ everySeconds: 60, cooldownSeconds: 120 }),
  obanLike({ everySeconds: 10, cooldownSeconds: 20 }),
  wpa(1),
  wpa(0.3),
  celeryLike,
  ...[0.8, 1, 1.3, 1.8].map(fixedSize),
];

/** From bench/dist/scaling/policies. */
const PLAN: string = new URL('../../../../dist/pools/plan.js', import.meta.url).href;

/** Drover's own controller from the built package: as it is by default, with its guard, at other intervals. */
export async function loadOurs(): Promise<[PolicyKind, PolicyKind, ...PolicyKind[]]> {
  const planner = (await import(PLAN)) as Planner;
  return [
    ours(planner),
    ours(planner, { efficacy: 'enforce' }),
    ours(planner, { everySeconds: 0.5 }),
    ours(planner, { everySeconds: 2 }),
  ];
}
