/**
 * Adds a flow so that it is there as a whole, or its caller is told what is missing.
 *
 * BullMQ sends all nodes in one MULTI and looks at the root's reply; a node that fails inside EXEC (a script
 * that Redis has forgotten, a refusal, a denial) is not noticed, and its parent is released and runs without
 * it. Here every reply is checked. What can be repaired is sent again, and only that: what is stored already
 * may have run and gone. Until a flow is whole its parents are held: a missing child counts as pending.
 */
import { type IQueueBackend, QueueKeys, type RedisQueueBackend } from 'bullmq';
import { systemClock } from '../base/clock.ts';
import { CoordinatorError, messageOf } from '../errors.ts';
import type { Connection, ScriptClient } from '../redis/connection.ts';
import { refusalOf, stoppedHalfway } from '../redis/connection-lost.ts';
import type { Hub } from '../redis/hub.ts';
import type { Halfway } from './halfway.ts';
import { putBack } from './orphans.ts';

/** One node, as BullMQ hands it over: parents before their children. */
export type FlowEntry = Parameters<IQueueBackend['addFlow']>[0][number];
type Reply = [error: Error | null, idOrCode: string | number];
type Transaction = ReturnType<ScriptClient['multi']>;

/** What adding a flow needs of its backend. */
export interface FlowContext {
  readonly hub: Hub;
  readonly halfway: Halfway;
}

/** Runs a call within the bounds of an add; may call it again. */
export type Gated = <T>(send: () => Promise<T>) => Promise<T>;

/** Adds the flow: all of it, or rejects. `gated` bounds it like any add. */
export async function addWholeFlow(
  backend: RedisQueueBackend,
  { hub, halfway }: FlowContext,
  entries: readonly FlowEntry[],
  gated: Gated,
  connection: Connection = hub.command,
): Promise<Reply[]> {
  const flow = new FlowAdd(backend, connection, halfway, entries);
  try {
    return await gated(() => flow.send());
  } catch (error) {
    throw flow.explain(error);
  }
}

/** How often the scripts are loaded again for one flow: somebody who empties the cache ten times is at it. */
const MOST_PRELOADS = 20;
const PARENT_MISSING = -5;

/**
 * KEYS 1 a parent, 2 its pending children, 3 its processed children · ARGV the children of this transaction.
 * Returns how many children it had to mark as pending. Sent as text, since a script could be forgotten too.
 * One step with the adds before it and the release after it, or the parent would be released in between.
 */
const HOLD_LUA = /* lua */ `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if redis.call('SCARD', KEYS[2]) == #ARGV then return 0 end
local held = 0
for _, child in ipairs(ARGV) do
  if redis.call('HEXISTS', KEYS[3], child) == 1 then
    redis.call('SREM', KEYS[2], child)
  else
    local parent = redis.call('HGET', child, 'parentKey')
    if not parent or parent == KEYS[1] then
      held = held + redis.call('SADD', KEYS[2], child)
    end
  end
end
return held`;

/** A flow on its way; `send` may be called again and goes on with what is missing. */
class FlowAdd {
  readonly #backend: RedisQueueBackend;
  readonly #connection: Connection;
  readonly #halfway: Halfway;
  readonly #entries: readonly FlowEntry[];
  readonly #keysOfQueues = new Map<string, Record<string, string>>();
  readonly #replies: (Reply | undefined)[];
  /** Parents whose hold or release failed → one of their children, and why. */
  readonly #unreleased = new Map<string, { entry: FlowEntry; error: Error }>();

  constructor(
    backend: RedisQueueBackend,
    connection: Connection,
    halfway: Halfway,
    entries: readonly FlowEntry[],
  ) {
    this.#backend = backend;
    this.#connection = connection;
    this.#halfway = halfway;
    this.#entries = entries;
    this.#replies = entries.map(() => undefined);
  }

  /** Sends what is not stored yet. Resolves when everything is; rejects with what prevents that. */
  async send(): Promise<Reply[]> {
    for (let preloads = 0; ; preloads += 1) {
      const failures = await this.#sendMissing();
      if (failures.length === 0) return this.#replies as Reply[];
      if (preloads === MOST_PRELOADS || !failures.some(isForgotten)) throw this.#toError(failures);
      await this.#connection.preload();
    }
  }

  /** `error`, or that the flow is incomplete when a part of it is stored. */
  explain(error: unknown): unknown {
    const isUnavailable = error instanceof CoordinatorError && error.code === 'QUEUE_UNAVAILABLE';
    const first = this.#failures[0];
    return isUnavailable && first && this.#hasStored ? this.#incomplete(first, error) : error;
  }

  async #sendMissing(): Promise<Failure[]> {
    const missing = this.#entries.flatMap((_, i) => (this.#isStored(i) ? [] : i));
    const replies = await this.#exec(missing);
    for (const [n, i] of missing.entries()) this.#replies[i] = replies[n];
    for (const { entry, error } of this.#failures)
      this.#halfway.note(error, this.#queueKey(entry), entry.jobId);
    await this.#completeHalves(missing);
    return this.#failures;
  }

  /** What was stored by halves before is taken for a duplicate now: it is put into its queue. */
  async #completeHalves(missing: readonly number[]): Promise<void> {
    for (const i of missing) {
      const entry = this.#entries[i]!;
      const job = { queueKey: this.#queueKey(entry), jobId: entry.jobId };
      if (!this.#isStored(i) || !this.#halfway.has(job)) continue;
      try {
        await putBack(await this.#connection.raw(), [job], systemClock.now());
        this.#halfway.forget(job);
      } catch (error) {
        if (!refusalOf(error)) throw error;
        this.#replies[i] = [error as Error, ''];
      }
    }
  }

  /** One transaction: the nodes, then for each parent the hold and BullMQ's own release. */
  async #exec(missing: readonly number[]): Promise<Reply[]> {
    const multi = (await this.#connection.client).multi();
    const parents = new Map<string, FlowEntry[]>();
    for (const [parentKey] of this.#unreleased) parents.set(parentKey, []);
    for (const i of missing) {
      const entry = this.#entries[i]!;
      const { jobData, jobId, parentKeyOpts } = entry;
      const deferred = { ...parentKeyOpts, deferParentRelease: true };
      await this.#backend.addJobToTransaction(multi, jobData, jobId, deferred, this.#keys(entry));
      const { parentKey } = parentKeyOpts;
      if (!jobData.parent || !parentKey) continue;
      const children = parents.get(parentKey);
      if (children) children.push(entry);
      else parents.set(parentKey, [entry]);
    }
    for (const [parentKey, children] of parents) this.#release(multi, parentKey, children);
    const replies = (await multi.exec().catch(toCause)) as Reply[];
    for (const [n, [parentKey, children]] of [...parents].entries()) {
      const at = missing.length + 2 * n;
      const error = replies[at]![0] ?? replies[at + 1]![0];
      const entry = children[0] ?? this.#unreleased.get(parentKey)!.entry;
      if (error) this.#unreleased.set(parentKey, { entry, error });
      else this.#unreleased.delete(parentKey);
    }
    return replies.slice(0, missing.length);
  }

  #release(multi: Transaction, parentKey: string, children: readonly FlowEntry[]): void {
    const entry = children[0] ?? this.#unreleased.get(parentKey)!.entry;
    const { id, queueKey } = entry.jobData.parent as { id: string; queueKey: string };
    const dependencies = `${parentKey}:dependencies`;
    // A deduplicated child is another job, and its parent does not wait for it.
    const childKeys = children.flatMap((child) =>
      child.jobData.deduplicationId ? [] : this.#queueKey(child) + child.jobId,
    );
    const holding = [parentKey, dependencies, `${parentKey}:processed`, ...childKeys];
    (multi as unknown as { eval(...args: unknown[]): void }).eval(HOLD_LUA, 3, ...holding);
    const releasing = [parentKey, dependencies, queueKey, id, systemClock.now()];
    this.#backend.execCommand(multi, 'releaseParentIfNoPendingDependencies', releasing);
  }

  /** Nodes that are not stored, and parents that could not be looked after. */
  get #failures(): Failure[] {
    const nodes = this.#entries.flatMap((entry, i): Failure[] => {
      const reply = this.#replies[i];
      if (!reply || this.#isStored(i)) return [];
      const [error, code] = reply;
      return [error ? { entry, error } : { entry, code: Number(code) }];
    });
    return [...nodes, ...this.#unreleased.values()];
  }

  get #hasStored(): boolean {
    return this.#replies.some((reply, i) => this.#isStored(i) || stoppedHalfway(reply?.[0]));
  }

  #isStored(i: number): boolean {
    const [error, answer] = this.#replies[i] ?? [null, -1];
    return !error && !(typeof answer === 'number' && answer < 0);
  }

  /** A refusal as it is, so that it is waited out like any other; what will not pass, explained. */
  #toError(failures: readonly Failure[]): Error {
    const denied = failures.find(({ error }) => stoppedHalfway(error));
    if (denied) return this.#incomplete(denied);
    const refused = failures.find(({ error }) => refusalOf(error));
    if (refused) return refused.error!;
    // A child whose parent is missing only says that its parent has failed.
    const first = failures.find(({ code }) => code !== PARENT_MISSING) ?? failures[0]!;
    if (this.#hasStored) return this.#incomplete(first);
    return first.error ?? this.#codeError(first);
  }

  #incomplete({ entry, error, code }: Failure, cause?: unknown): CoordinatorError {
    const stored = this.#entries.filter((_, i) => this.#isStored(i)).length;
    const reason = messageOf(error ?? this.#codeError({ entry, code: code ?? 0 }));
    return new CoordinatorError(
      'FLOW_INCOMPLETE',
      `${stored} of the flow's ${this.#entries.length} jobs are stored; job ${entry.jobId} (${entry.jobData.name}) of queue ${entry.queueName} is not: ${reason}. Its parent waits for it. Add the flow again with the same jobIds`,
      { cause: cause ?? error },
    );
  }

  #codeError({ entry, code }: { entry: FlowEntry; code?: number }): Error {
    const { parentKey } = entry.parentKeyOpts;
    const details = { code: code ?? 0, command: 'addJob', ...(parentKey && { parentKey }) };
    return this.#backend.finishedErrors(details);
  }

  #keys({ prefix, queueName }: FlowEntry): Record<string, string> {
    const name = `${prefix} ${queueName}`;
    const keys = this.#keysOfQueues.get(name) ?? new QueueKeys(prefix).getKeys(queueName);
    this.#keysOfQueues.set(name, keys);
    return keys;
  }

  #queueKey(entry: FlowEntry): string {
    return this.#keys(entry)['']!;
  }
}

/** A node that is not stored: why, as an error of Redis or as a code of BullMQ's script. */
interface Failure {
  readonly entry: FlowEntry;
  readonly error?: Error;
  readonly code?: number;
}

function isForgotten({ error }: Failure): boolean {
  return error?.message.startsWith('NOSCRIPT') ?? false;
}

/** EXECABORT names no reason: that is in the error of the command that was not queued. */
function toCause(error: Error & { previousErrors?: Error[] }): never {
  throw error.previousErrors?.[0] ?? error;
}
