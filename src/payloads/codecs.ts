/**
 * The codecs of a process: one for each queue, made when it is first asked for.
 */
import type { PayloadCodec, PayloadCodecs } from './payload-codec.ts';
import type { PayloadPolicy } from './payload-policy.ts';

/** Hands out codecs. */
export class Codecs implements PayloadCodecs {
  readonly #policies = new Map<string, PayloadPolicy>();

  /** Says what is done with the payloads of a queue. Before its first job. */
  define(queueLabel: string, policy: PayloadPolicy): void {
    this.#policies.set(queueLabel, policy);
  }

  of(_queueLabel: string): PayloadCodec {
    return PLAIN;
  }
}

const PLAIN: PayloadCodec = {
  isPlain: true,
  pack: (_, json) => json,
  offload: (_, packed) => packed,
  unpack: (_, stored) => stored,
};
