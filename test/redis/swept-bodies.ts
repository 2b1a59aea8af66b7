/**
 * A sweep of bodies for tests, on a real Redis and a real folder, with a clock that the test moves.
 *
 * Jobs are BullMQ's own, without Drover: an object with the one reserved key is stored exactly as a pointer is.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import type { BodyStore } from '../../src/config/body-store.ts';
import type { CoordinatorEvents, EventName } from '../../src/events.ts';
import { createKeys, type Keys } from '../../src/keys.ts';
import { createBodyId } from '../../src/payloads/body-id.ts';
import { encodePointer } from '../../src/payloads/envelope.ts';
import { fileBodies } from '../../src/payloads/file-bodies.ts';
import { BodySweep, type BodySweepOptions } from '../../src/retention/body-sweep.ts';
import { createClient } from '../support/coordinators.ts';
import { listAll } from './body-store-suite.ts';

export const HOUR: number = 3_600_000;
export const GRACE_MS: number = 24 * HOUR;

let stages = 0;

/** What a pointer is when it is parsed: job data, a return value, progress. */
export type PointerValue = { readonly $drover: string };

/** Everything around a sweep. */
export class Stage {
  readonly redis: Redis;
  readonly keys: Keys;
  /** BullMQ's prefix. */
  readonly bull: string;
  readonly store: BodyStore;
  readonly told: [EventName, object][] = [];
  readonly lease: { name: string; isHeld: boolean; epoch: number } = {
    ...{ name: 'fleet', isHeld: true, epoch: 7 },
  };
  serverNow = Date.UTC(2026, 5, 1);
  #passedMs = 0;

  constructor(server: { url: string }) {
    stages += 1;
    this.redis = createClient(server);
    this.keys = createKeys(`stage${stages}`);
    this.bull = `bull${stages}`;
    const path = mkdtempSync(join(tmpdir(), 'drover-swept-'));
    onTestFinished(() => rmSync(path, { recursive: true, force: true }));
    this.store = fileBodies({ path });
  }

  /** Monotonic time goes on with the server's. */
  get clock(): Clock {
    return {
      ...systemClock,
      monotonic: () => systemClock.monotonic() + this.#passedMs,
    };
  }

  async create(options: Partial<BodySweepOptions> = {}): Promise<BodySweep> {
    const { redis, keys, lease, clock } = this;
    await redis.set(keys.leaseEpoch(lease.name), lease.epoch);
    await redis.set(keys.data(), 'the data', 'NX');
    return new BodySweep({
      ...{ stores: [this.store], command: { isReady: true }, keys, lease, clock },
      onBulk: (run) => run(redis),
      announce: <N extends EventName>(name: N, payload: CoordinatorEvents[N]) =>
        void this.told.push([name, payload]),
      graceMs: GRACE_MS,
      serverNow: () => this.serverNow,
      ...options,
    });
  }

  pass(ms: number): void {
    this.serverNow += ms;
    this.#passedMs += ms;
  }

  /** Rounds every eight hours, for longer than the grace. */
  async sweepThroughGrace(sweep: BodySweep): Promise<void> {
    for (let round = 0; round < 5; round += 1) {
      await sweep.round();
      this.pass(8 * HOUR);
    }
  }

  /** Writes a body of a queue of this stage and tells the place, as adding does. */
  async body(queue = 'photos'): Promise<{ id: string; value: PointerValue }> {
    const id = createBodyId();
    const label = `${this.bull}:${queue}`;
    await this.redis.zadd(this.keys.payloads(), Math.round(systemClock.now()), label);
    await this.store.put({ queue: label, id }, Buffer.from('body'), new AbortController().signal);
    return { id, value: this.pointerTo(id) };
  }

  pointerTo(id: string, dictionary?: string): PointerValue {
    const packing = { isDeflated: true, plainBytes: 90_000, dictionary, key: 'k1' };
    const at = { store: this.store.name, id, bytes: 4, checksum: 'abcdefgh_-' };
    return JSON.parse(encodePointer(packing, at)) as PointerValue;
  }

  /** Ids of the bodies that are there. */
  async left(): Promise<Set<string>> {
    return new Set((await listAll(this.store)).keys());
  }

  payloadsOf<N extends EventName>(name: N): CoordinatorEvents[N][] {
    return this.told
      .filter(([told]) => told === name)
      .map(([, payload]) => payload as CoordinatorEvents[N]);
  }
}
