/**
 * The codecs of a process: one for each queue, made when it is first asked for.
 */
import type { Clock } from '../base/clock.ts';
import type { Announce } from '../events.ts';
import type { Keys } from '../keys.ts';
import { Dictionaries } from './dictionaries.ts';
import { Encryption } from './encrypt.ts';
import type { DictionaryRedis } from './kind-dictionary.ts';
import type { PayloadCodec, PayloadCodecs } from './payload-codec.ts';
import type { PayloadObserver } from './payload-observer.ts';
import type { PayloadPolicy } from './payload-policy.ts';
import { type BodyAccess, type CodecParts, QueueCodec } from './queue-codec.ts';
import { SizeLimit } from './size-limit.ts';

/** What codecs need. */
export interface CodecsOptions {
  /** The command socket: dictionaries are kept and read there. */
  readonly command: DictionaryRedis;
  readonly keys: Keys;
  readonly announce: Announce;
  readonly bodies: BodyAccess;
  /** Hears of every payload that is packed under a policy. */
  readonly observer?: PayloadObserver | undefined;
  readonly clock?: Clock;
}

/** Hands out codecs. */
export class Codecs implements PayloadCodecs {
  readonly #announce: Announce;
  readonly #encryption = new Encryption();
  readonly #dictionaries: Dictionaries;
  readonly #parts: CodecParts;
  readonly #codecs = new Map<string, QueueCodec>();

  constructor({ command, keys, announce, bodies, observer, clock }: CodecsOptions) {
    const encryption = this.#encryption;
    this.#announce = announce;
    this.#dictionaries = new Dictionaries({
      redis: command,
      keys,
      encryption,
      ...(clock && { clock }),
    });
    const dictionaries = this.#dictionaries;
    this.#parts = { encryption, dictionaries, bodies, observer };
  }

  /** Says what is done with the payloads of a queue, from now on. */
  define(queueLabel: string, policy: PayloadPolicy): void {
    this.#encryption.define(queueLabel, policy.encrypt);
    const { maxBytes, warnAtRatio } = policy;
    const limit =
      maxBytes === undefined
        ? undefined
        : new SizeLimit(queueLabel, { maxBytes, warnAtRatio }, this.#announce);
    this.#codecOf(queueLabel).define(policy, limit);
  }

  of(queueLabel: string): PayloadCodec {
    return this.#codecOf(queueLabel);
  }

  /** Periodic, once a minute, and when Redis has been emptied: keeps the dictionaries that payloads name in Redis. */
  look(): Promise<void> {
    return this.#dictionaries.look();
  }

  /** Ends what goes on in the background. */
  close(): void {
    this.#dictionaries.close();
  }

  #codecOf(queueLabel: string): QueueCodec {
    const known = this.#codecs.get(queueLabel);
    if (known) return known;
    const codec = new QueueCodec(queueLabel, this.#parts);
    this.#codecs.set(queueLabel, codec);
    return codec;
  }
}
