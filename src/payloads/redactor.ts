/**
 * Hides the secret fields of queues wherever their payloads are shown: keeps the key of the marks, and what other
 * processes say is secret.
 *
 * A mark is a keyed hash of the value, so it tells equal values, across jobs and queues, and nothing of what they are:
 * without the key nobody can try all phone numbers. The key lies in Redis, made by whoever needs it first. While it
 * cannot be read a process has one of its own, and its marks say so: `<hidden local-3f9a1c07>`. Paths are published,
 * so that a process that does not define a queue hides the same; a queue of which nobody has said that anything is
 * secret is shown as it is. A path goes a day after the last process that declares it, while others still declare the
 * queue: two versions of an application run side by side, and both are right. What others declare of the queues of this
 * process is read as often, for what is told at once of its jobs.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { type Clock, systemClock } from '../base/clock.ts';
import { parseExactly, stringifyExactly } from '../base/exact-numbers.ts';
import type { Keys } from '../keys.ts';
import { canonical, HIDDEN, hideSecrets, redact, secretsOf } from './redact.ts';
import { followPlace, type RedactionPaths, toRedactionPaths } from './redaction-path.ts';

/** A JSON text in place of a payload of which nothing can be told. */
const HIDDEN_JSON: string = JSON.stringify(HIDDEN);
const KEY_BYTES = 32;
const MARK_DIGITS = 8;
const MOST_PARSED = 1_000;
const SAID_EVERY_MS = 60_000;
const FORGOTTEN_AFTER_MS = 24 * 3_600_000;
/** Dead letters may outlive every process that declared their fields. */
const KEPT_MS = 400 * 24 * 3_600_000;

/**
 * KEYS 1 the paths of a queue · ARGV 1 forgotten after ms, 2 kept ms, then paths. Told by the server's clock: one that
 * is ahead must not take away what others declare. Returns nothing. One step, so that nobody reads a part of it.
 */
const PUBLISH_LUA = /* lua */ `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 3, #ARGV do redis.call('ZADD', KEYS[1], now, ARGV[i]) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])`;

/** What a redactor needs. */
export interface RedactorOptions {
  readonly keys: Keys;
  /** Of the command socket, for rounds. */
  readonly redis: () => Promise<Redis>;
  /** Paths of the queues that this process defines, by label. */
  readonly declared: () => ReadonlyMap<string, readonly string[]>;
  readonly clock?: Clock;
}

/** A queue of this process, and its paths. */
type Declared = readonly [label: string, paths: readonly string[]];

/** Hides what is secret. */
export class Redactor {
  readonly #options: RedactorOptions;
  readonly #ownKey = randomBytes(KEY_BYTES);
  /** Paths of queues, parsed, by their texts. */
  readonly #parsed = new Map<string, RedactionPaths>();
  /** What others have published, of the queues of this process, by label. */
  readonly #published = new Map<string, readonly string[]>();
  #sharedKey: Buffer | undefined;
  #said = '';
  #saidAt = 0;

  constructor(options: RedactorOptions) {
    this.#options = options;
  }

  /**
   * Says what is secret in the queues of this process, and reads what others say of them and the key: once a minute, and
   * when there is more to say. For a loop.
   */
  async round(): Promise<void> {
    const { keys, redis, declared, clock = systemClock } = this.#options;
    const queues = [...declared()];
    const said = JSON.stringify(queues);
    const isSaid = said === this.#said && clock.monotonic() - this.#saidAt < SAID_EVERY_MS;
    if (queues.length === 0 || (isSaid && (this.#sharedKey || !this.#hasSecrets(queues)))) return;
    const client = await redis();
    await this.#readPublished(queues, client);
    if (this.#hasSecrets(queues)) await this.#readKey(client);
    for (const [label, paths] of queues.filter(([, declares]) => declares.length > 0)) {
      const values = [FORGOTTEN_AFTER_MS, KEPT_MS, ...paths];
      await client.eval(PUBLISH_LUA, 1, keys.redactionPaths(label), ...values);
    }
    this.#said = said;
    this.#saidAt = clock.monotonic();
  }

  /** What is secret in a queue: what is declared here, and what others have published. Throws what Redis throws. */
  async pathsOf(label: string, redis: Redis): Promise<RedactionPaths> {
    const published = await redis.zrange(this.#options.keys.redactionPaths(label), 0, '-1');
    const paths = this.#union(label, published);
    if (paths.length > 0 && !this.#sharedKey) await this.#readKey(redis);
    return this.#parse(paths);
  }

  /** A payload as it may be shown. Numbers keep their digits; what cannot be read is hidden as a whole. */
  json(text: string, paths: RedactionPaths): string {
    if (paths.length === 0) return text;
    try {
      return stringifyExactly(redact(parseExactly(text), paths, this.#markOf)) ?? HIDDEN_JSON;
    } catch {
      return HIDDEN_JSON;
    }
  }

  /**
   * What hides the secret values of a payload in texts. Of one that cannot be had or read nobody knows them: whole texts
   * are hidden.
   */
  texts(payload: string | undefined, paths: RedactionPaths): (text: string) => string {
    if (paths.length === 0) return (text) => text;
    const secrets = payload === undefined ? undefined : secretsIn(payload, paths);
    return (text) => hideSecrets(text, secrets, this.#markOf);
  }

  /** As `json`, of a value that stands at a place of the payload: its names from the outside in. */
  valueAt(place: readonly string[], value: unknown, paths: RedactionPaths): unknown {
    const left = followPlace(paths, place);
    return left === 'secret' ? this.#markOf(value) : redact(value, left, this.#markOf);
  }

  /**
   * As `texts`, at once, for the jobs of this process: by what it declares itself, and others had published a minute ago.
   * Undefined when nothing of the queue is secret.
   */
  textsNow(label: string, payload: unknown): ((text: string) => string) | undefined {
    const paths = this.#parse(this.#union(label, this.#published.get(label) ?? []));
    if (paths.length === 0) return undefined;
    const secrets = secretsOf(payload, paths);
    return (text) => hideSecrets(text, secrets, this.#markOf);
  }

  readonly #markOf = (value: unknown): string => {
    const hash = createHmac('sha256', this.#sharedKey ?? this.#ownKey).update(canonical(value));
    const digits = hash.digest('hex').slice(0, MARK_DIGITS);
    return `<hidden ${this.#sharedKey ? '' : 'local-'}${digits}>`;
  };

  /** One that others have made wins, so that all marks of a deployment can be compared. */
  async #readKey(redis: Redis): Promise<void> {
    const key = this.#options.keys.redaction();
    try {
      let text = await redis.get(key);
      if (text === null) {
        await redis.set(key, this.#ownKey.toString('base64'), 'NX');
        text = await redis.get(key);
      }
      const bytes = Buffer.from(text ?? '', 'base64');
      if (bytes.length === KEY_BYTES) this.#sharedKey = bytes;
    } catch {
      // A replica, or a right that is missing: marks are this process's own, and say so.
    }
  }

  #hasSecrets(queues: readonly Declared[]): boolean {
    return queues.some(
      ([label, paths]) => paths.length > 0 || (this.#published.get(label)?.length ?? 0) > 0,
    );
  }

  /** What is secret by others, and by this process. */
  #union(label: string, published: readonly string[]): readonly string[] {
    return [...new Set([...published, ...(this.#options.declared().get(label) ?? [])])];
  }

  /** What others say of the queues that this process defines. */
  async #readPublished(queues: readonly Declared[], redis: Redis): Promise<void> {
    const pipeline = redis.pipeline();
    for (const [label] of queues)
      pipeline.zrange(this.#options.keys.redactionPaths(label), 0, '-1');
    const replies = (await pipeline.exec()) ?? [];
    for (const [i, [error, paths]] of replies.entries()) {
      if (error) throw error;
      this.#published.set(queues[i]![0], paths as string[]);
    }
  }

  /** Where a newer version has published a path that this one cannot read, everything is hidden. */
  #parse(texts: readonly string[]): RedactionPaths {
    const joined = texts.join('\n');
    const known = this.#parsed.get(joined);
    if (known) return known;
    if (this.#parsed.size >= MOST_PARSED) this.#parsed.clear();
    const paths = toRedactionPaths(texts);
    this.#parsed.set(joined, paths);
    return paths;
  }
}

function secretsIn(payload: string, paths: RedactionPaths): ReadonlySet<string> | undefined {
  try {
    return secretsOf(parseExactly(payload), paths);
  } catch {
    return undefined;
  }
}
