/**
 * Knative's autoscaler on concurrency: a mean over a minute, and a panic over six seconds in which it only grows.
 */
import type { PolicyKind } from '../policy.ts';
import { Recent } from './recent.ts';

const STABLE_SECONDS = 60;
const PANIC_SECONDS = 6;
const PANIC_RATIO = 2;
const MOST_GROWTH = 1000;

/** `utilisation` of a slot that is aimed at. */
export function knative(utilisation: number): PolicyKind {
  return {
    name: `knative ${utilisation}`,
    family: 'knative',
    create() {
      const [stable, panic] = [new Recent(STABLE_SECONDS), new Recent(PANIC_SECONDS)];
      let [panicUntil, mostInPanic] = [-Infinity, 0];
      return {
        everySeconds: 2,
        victims: 'random',
        readopts: false,
        startsWith: 1,
        decide(seen) {
          const now = seen.nowSeconds;
          const ready = Math.max(1, seen.ready);
          for (const window of [stable, panic]) window.add(now, seen.waiting + seen.active);
          const desired = (window: Recent): number => Math.ceil(window.mean(now) / utilisation);
          const within = (slots: number): number =>
            Math.min(MOST_GROWTH * ready, Math.max(Math.floor(ready / 2), slots));
          const [slow, fast] = [desired(stable), desired(panic)];
          if (fast / ready >= PANIC_RATIO) panicUntil = now + STABLE_SECONDS;
          if (now >= panicUntil) mostInPanic = 0;
          if (mostInPanic === 0 && now >= panicUntil) return within(slow);
          mostInPanic = Math.max(mostInPanic, within(slow), within(fast));
          return mostInPanic;
        },
      };
    },
  };
}
