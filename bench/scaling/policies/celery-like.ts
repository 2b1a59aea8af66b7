/**
 * Celery's autoscaler: a process for each job that is known, fewer when there was no growth for a while.
 */
import type { PolicyKind } from '../policy.ts';

const KEEP_SECONDS = 30;

export const celeryLike: PolicyKind = {
  name: 'celery-like',
  family: 'celery-like',
  create({ min, max }) {
    let lastUp = -Infinity;
    return {
      everySeconds: 1,
      victims: 'idle-first',
      readopts: false,
      startsWith: 1,
      decide(seen) {
        const slots = seen.ready + seen.starting;
        const wanted = Math.min(max, Math.max(min, seen.waiting + seen.active));
        if (wanted > slots) lastUp = seen.nowSeconds;
        return wanted > slots || seen.nowSeconds - lastUp > KEEP_SECONDS ? wanted : slots;
      },
    };
  },
};
