/**
 * What operators may see of how long data is kept: for each queue its policy, and what the sweep has done so far.
 *
 * Everything comes from Redis, as the leader left it, and rejects with QUEUE_UNAVAILABLE while that is away.
 */
import type { OutageGate } from '../../backend/outage-gate.ts';
import type { Keys } from '../../keys.ts';
import type { Connection } from '../../redis/connection.ts';
import type { BodySweepView } from '../../retention/round-tally.ts';
import { type RetentionRecord, readRetention } from '../../retention/sweep-record.ts';

/** What the operations are made of. */
export interface RetentionSources {
  readonly hub: { readonly command: Connection };
  readonly gate: OutageGate;
  readonly keys: Keys;
  /** The last round of the sweep of bodies in this process. */
  readonly bodySweep: () => BodySweepView | undefined;
}

/** How a queue is kept. Plain JSON; times are epoch ms. */
export type RetentionView = RetentionRecord;

/** Retention, as operators see it. */
export class RetentionOperations {
  readonly #sources: RetentionSources;

  constructor(sources: RetentionSources) {
    this.#sources = sources;
  }

  /** Every queue that some process has defined within 7 days, by name. */
  list(): Promise<RetentionView[]> {
    const { hub, gate, keys } = this.#sources;
    return gate.run(hub.command, 'fail', 'repeat', async () =>
      readRetention(await hub.command.raw(), keys),
    );
  }

  /** What the sweep of bodies has seen and done in its last round; undefined unless this process leads and has made one. */
  get bodySweep(): BodySweepView | undefined {
    return this.#sources.bodySweep();
  }
}
