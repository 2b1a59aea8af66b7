/**
 * Says in Redis how the queues that this process defines are kept, once a minute and as soon as it can.
 *
 * A round without news sends nothing. What could not be said is said in the next round: the leader goes by the last
 * word for a week.
 */
import { type Clock, systemClock } from '../base/clock.ts';
import type { Keys } from '../keys.ts';
import type { RetentionPolicy } from '../queues/retention-options.ts';
import type { Connection } from '../redis/connection.ts';
import { KNOWN_FOR_MS, policyField } from './settings.ts';

/** What it needs. */
export interface PublishPoliciesOptions {
  readonly command: Connection;
  readonly keys: Keys;
  /** By label. */
  readonly policies: () => ReadonlyMap<string, RetentionPolicy>;
  readonly clock?: Clock;
}

const AGAIN_AFTER_MS = 60_000;
const QUEUES_PER_SCRIPT = 50;

/**
 * KEYS 1 index, 2 and on the hash of each queue · ARGV 1 lifetime in ms, then label and field of each. Returns nothing.
 * One step, and with the server's time: a queue in the index has its policy, whatever the clock of this host says.
 */
const SAY_LUA = /* lua */ `
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
for i = 2, #KEYS do
  redis.call('HSET', KEYS[i], ARGV[2 * i - 1], now)
  redis.call('PEXPIRE', KEYS[i], ARGV[1])
  redis.call('ZADD', KEYS[1], now, ARGV[2 * i - 2])
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])`;

/** Says it. */
export class PublishPolicies {
  readonly #options: PublishPoliciesOptions;
  readonly #clock: Clock;
  /** Label → the field, and when it was said. */
  readonly #said = new Map<string, { readonly field: string; readonly at: number }>();

  constructor(options: PublishPoliciesOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  async round(): Promise<void> {
    const { command, policies } = this.#options;
    if (!command.isReady) return;
    const now = this.#clock.monotonic();
    const due = [...policies()]
      .map(([label, policy]) => ({ label, field: policyField(policy) }))
      .filter(({ label, field }) => {
        const said = this.#said.get(label);
        return !said || said.field !== field || now - said.at >= AGAIN_AFTER_MS;
      });
    for (let start = 0; start < due.length; start += QUEUES_PER_SCRIPT)
      await this.#say(due.slice(start, start + QUEUES_PER_SCRIPT), now);
  }

  async #say(due: readonly { label: string; field: string }[], at: number): Promise<void> {
    const { command, keys } = this.#options;
    const redis = await command.raw();
    const all = [keys.retentions(), ...due.map(({ label }) => keys.retention(label))];
    const values = due.flatMap(({ label, field }) => [label, field]);
    await redis.eval(SAY_LUA, all.length, ...all, KNOWN_FOR_MS, ...values);
    for (const { label, field } of due) this.#said.set(label, { field, at });
  }
}
