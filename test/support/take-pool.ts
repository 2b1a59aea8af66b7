/**
 * Pools that a test scales itself: nobody else opens or closes their slots from then on.
 *
 * The leader of a test's fleet is one of its coordinators, and would scale them by their load, every second.
 */
import type { Coordinator, LocalPool, PoolSettings } from 'drover';

/** A pool with its settings. */
export type TakenPool = LocalPool & { readonly settings: PoolSettings };

/** Takes the pool of a queue out of its leader's hands. To be called as soon as the coordinator has started. */
export function takePool(coordinator: Coordinator, queue: string): TakenPool {
  const pool = coordinator.workers.pools.find((each) => each.queue === queue);
  if (!pool) throw new Error(`there is no pool of "${queue}"`);
  const setSlots = pool.setSlots.bind(pool);
  pool.setSlots = () => {};
  return {
    queue,
    settings: pool.settings,
    setSlots,
    get slots() {
      return pool.slots;
    },
    get isPaused() {
      return pool.isPaused;
    },
    get active() {
      return pool.active;
    },
    get figures() {
      return pool.figures;
    },
  };
}
