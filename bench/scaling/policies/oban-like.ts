/**
 * A rule such as Oban's, which is not public, reconstructed: what waits a minute from now, at the pace of the last one.
 */
import type { PolicyKind } from '../policy.ts';

export interface ObanKnobs {
  readonly everySeconds: number;
  readonly cooldownSeconds: number;
}

const NEEDS = 3;

export function obanLike({ everySeconds, cooldownSeconds }: ObanKnobs): PolicyKind {
  return {
    name: `oban-like T ${everySeconds}, cooldown ${cooldownSeconds}`,
    family: 'oban-like',
    create() {
      const needs: number[] = [];
      let lastChange = -Infinity;
      return {
        everySeconds,
        victims: 'random',
        readopts: false,
        startsWith: 1,
        decide(seen) {
          const slots = seen.ready + seen.starting;
          if (seen.elapsedSeconds === 0) return slots;
          const perSlot = seen.completed > 0 ? seen.completed / seen.busySeconds : 1;
          const growth = seen.arrived - seen.completed;
          const predicted = Math.max(
            0,
            seen.waiting + (growth * everySeconds) / seen.elapsedSeconds,
          );
          const perSecond = predicted / everySeconds + seen.arrived / seen.elapsedSeconds;
          needs.push(Math.ceil(perSecond / perSlot));
          if (needs.length > NEEDS) needs.shift();
          const wanted = Math.round(needs.reduce((sum, need) => sum + need, 0) / needs.length);
          if (wanted === slots || seen.nowSeconds - lastChange < cooldownSeconds) return slots;
          lastChange = seen.nowSeconds;
          return wanted;
        },
      };
    },
  };
}
