// @ts-check
/**
 * The queues of the world that browser tests look at, for whoever makes them: the stage, and its workers, which run
 * the built package.
 *
 * @param {typeof import('../../../dist/index.js').defineQueue} defineQueue
 */
export function worldQueues(defineQueue) {
  return {
    /** Healthy, and busy. */
    thumbnails: defineQueue('thumbnails', { objectives: { waitP95: '20s', errorRatio: 0.01 } }),
    /** Fails for three causes. */
    mails: defineQueue('mails', {
      job: { attempts: 3, backoff: { type: 'exponential', delay: 40 } },
      objectives: { waitP95: '5s', errorRatio: 0.02 },
    }),
    /** Flows, big integers, a secret field. */
    orders: defineQueue('orders', {
      payload: { types: 'extended', redact: ['card.number'] },
      retention: { completed: { count: 1_000 } },
    }),
    /** Paused, with schedulers. */
    reports: defineQueue('reports'),
    /** Nobody runs them. */
    webhooks: defineQueue('webhooks'),
  };
}
