/**
 * All policies with the knobs that are compared.
 */
import type { PolicyKind } from '../policy.ts';
import { ours, type Planner } from './ours.ts';
import { standIn } from './stand-in.ts';

/** From bench/dist/scaling/policies. */
const PLAN: string = new URL('../../../../dist/pools/plan.js', import.meta.url).href;

/** All of them, with Drover's own controller from the built package. */
export async function loadPolicies(): Promise<PolicyKind[]> {
  return [...(await loadOurs()), standIn];
}

async function loadOurs(): Promise<PolicyKind[]> {
  try {
    const planner = (await import(PLAN)) as Planner;
    return [ours(planner)];
  } catch {
    return [];
  }
}
