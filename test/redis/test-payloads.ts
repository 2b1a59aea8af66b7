/**
 * A codec for tests that the real one has no part in: deflates everything, keeps bodies in a map, and fails or takes its
 * time when it is told to.
 *
 * `useTestPayloads` puts it in the place of every codec of this process until the test is over.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { CoordinatorError } from 'drover';
import { onTestFinished, vi } from 'vitest';
import { Codecs } from '../../src/payloads/codecs.ts';
import type { PayloadCodec, PayloadKind } from '../../src/payloads/payload-codec.ts';

/** What the codec does, and may be changed at any time. */
export interface TestPayloads {
  /** Whether anything is packed; what is packed is read in any case. */
  packs: boolean;
  /** What is longer goes into the map. */
  offloadAbove: number;
  /** Of JSON. */
  maxBytes: number;
  /** Whether the map can be reached; a promise is awaited with every access. */
  store: 'up' | 'down' | Promise<unknown>;
  /** What every `unpack` throws. */
  unreadable: CoordinatorError | undefined;
  readonly bodies: Map<string, string>;
  /** How often something was packed and put away. */
  readonly counts: { pack: number; offload: number };
}

/** `queues`: labels of the queues that pack; all others read. @default every queue */
export function useTestPayloads(
  initial: Partial<TestPayloads> & { readonly queues?: readonly string[] } = {},
): TestPayloads {
  const { queues, ...rest } = initial;
  const payloads: TestPayloads = {
    ...{ packs: true, offloadAbove: Infinity, maxBytes: Infinity, store: 'up' },
    ...{ unreadable: undefined, bodies: new Map(), counts: { pack: 0, offload: 0 } },
    ...rest,
  };
  const codecs = new Map<string, PayloadCodec>();
  const of = vi.spyOn(Codecs.prototype, 'of').mockImplementation((label) => {
    const packs = !queues || queues.includes(label);
    if (!codecs.has(label)) codecs.set(label, createTestCodec(label, payloads, packs));
    return codecs.get(label)!;
  });
  onTestFinished(() => of.mockRestore());
  return payloads;
}

/** As envelopes are written: a pointer's text begins with `p`. */
function toText(content: Content): string {
  return JSON.stringify({ $drover: `${content.body ? 'p' : 'z'}${JSON.stringify(content)}` });
}

/** Throws for what `toText` has not written. */
function toContent(text: string): Content {
  return JSON.parse((JSON.parse(text) as { $drover: string }).$drover.slice(1)) as Content;
}

/** The envelope's content: which queue and kind, and the packed text or the id of its body. */
interface Content {
  readonly q: string;
  readonly k: PayloadKind;
  readonly z?: string;
  readonly body?: string;
  /** Whether it has been made to need nothing of Redis. */
  readonly alone?: true;
}

export function createTestCodec(
  label: string,
  payloads: TestPayloads,
  packs: boolean = true,
): PayloadCodec {
  const whenUp = async (): Promise<void> => {
    if (payloads.store instanceof Promise) await payloads.store;
    if (payloads.store === 'down')
      throw new CoordinatorError('BODY_STORE_UNAVAILABLE', 'the store of the test is down');
  };
  const open = (content: Content, z: string): string => {
    if (content.q !== label)
      throw new CoordinatorError('PAYLOAD_UNREADABLE', `it belongs to ${content.q}`);
    return inflateRawSync(Buffer.from(z, 'base64')).toString();
  };
  return {
    get isPlain() {
      return !packs || !payloads.packs;
    },
    pack(kind, json) {
      const mustWrap = json.startsWith('{"$drover":');
      if ((!packs || !payloads.packs) && !mustWrap) return json;
      if (json.length > payloads.maxBytes)
        throw new CoordinatorError('PAYLOAD_TOO_LARGE', `${json.length} bytes`);
      payloads.counts.pack += 1;
      const z = deflateRawSync(json).toString('base64');
      return toText({ q: label, k: kind, z });
    },
    offload(kind, packed) {
      if (!packed.startsWith('{"$drover":') || packed.length <= payloads.offloadAbove)
        return packed;
      return (async () => {
        await whenUp();
        payloads.counts.offload += 1;
        const body = `b${payloads.counts.offload}`;
        payloads.bodies.set(body, packed);
        return toText({ q: label, k: kind, body });
      })();
    },
    selfContained: (_, packed) =>
      packed.startsWith('{"$drover":') ? toText({ ...toContent(packed), alone: true }) : packed,
    unpack(kind, stored) {
      if (!stored.startsWith('{"$drover":')) return stored;
      if (payloads.unreadable) throw payloads.unreadable;
      let content: Content;
      try {
        content = toContent(stored);
      } catch (cause) {
        throw new CoordinatorError('PAYLOAD_UNREADABLE', 'it is no JSON', { cause });
      }
      if (content.k !== kind)
        throw new CoordinatorError('PAYLOAD_UNREADABLE', `it is ${content.k}`);
      if (content.z !== undefined) return open(content, content.z);
      return (async () => {
        await whenUp();
        const body = payloads.bodies.get(content.body!);
        if (body === undefined)
          throw new CoordinatorError('BODY_MISSING', `no body ${content.body} in test`);
        return open(content, toContent(body).z!);
      })();
    },
  };
}
