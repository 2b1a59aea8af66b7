/** Encryption: it opens for the queue, kind, header and key that it was sealed for, and for nothing else. */
import { createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Encryption } from './encrypt.ts';
import { decodeEnvelope, type Envelope, encodeEnvelope } from './envelope.ts';
import { keyRing } from './key-ring.ts';

const [old, now, other] = [randomBytes(32), randomBytes(32), randomBytes(32)];
const both = keyRing({ current: 'now', keys: { old, now } });
const plain = Buffer.from('{"card":"4111"}');
const purpose = { queue: 'payments', kind: 'data' };
const packing = { isDeflated: false, plainBytes: plain.length, dictionary: undefined };
const unreadable = expect.objectContaining({ code: 'PAYLOAD_UNREADABLE' });
const keyUnknown = expect.objectContaining({ code: 'PAYLOAD_KEY_UNKNOWN' });

function withRing(ring = both): Encryption {
  const encryption = new Encryption();
  encryption.define('payments', ring);
  return encryption;
}
const sealed = (encryption = withRing()): Envelope => {
  const { header, bytes } = encryption.seal(purpose, packing, plain);
  return decodeEnvelope(encodeEnvelope(header, bytes));
};

describe('encryption', () => {
  it('opens what it has sealed, and shows nothing of it', () => {
    const envelope = sealed();
    expect(envelope.packing.key).toBe('now');
    expect(envelope.bytes.includes(plain.subarray(0, 6))).toBe(false);
    expect(withRing().open(purpose, envelope)).toEqual(plain);
  });

  it('is AES-256-GCM under a subkey of kind and queue, so that other versions can read it', () => {
    const { bytes, header } = sealed();
    const subkey = hkdfSync('sha256', now, '', 'drover payload\0data\0payments', 32);
    const decipher = createDecipheriv('aes-256-gcm', Buffer.from(subkey), bytes.subarray(0, 12));
    decipher.setAAD(Buffer.from(`drover\0data\0${header}\0payments`));
    decipher.setAuthTag(bytes.subarray(12, 28));
    expect(Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()])).toEqual(plain);
  });

  it('never seals the same in the same way', () => {
    const encryption = withRing();
    const seen = new Set(
      Array.from({ length: 100 }, () => sealed(encryption).bytes.toString('hex', 0, 12)),
    );
    expect(seen.size).toBe(100);
  });

  it('does not open for another queue, another kind, or under another header', () => {
    const envelope = sealed();
    const encryption = withRing();
    encryption.define('refunds', both);
    expect(() => encryption.open({ queue: 'refunds', kind: 'data' }, envelope)).toThrow(unreadable);
    expect(() => encryption.open({ ...purpose, kind: 'result' }, envelope)).toThrow(unreadable);
    const header = envelope.header.replace('n1', 'z1');
    expect(() => encryption.open(purpose, { ...envelope, header })).toThrow(unreadable);
  });

  it('does not open when any byte was changed, or some are missing', () => {
    const envelope = sealed();
    const encryption = withRing();
    for (let at = 0; at < envelope.bytes.length; at++) {
      const bytes = Buffer.from(envelope.bytes);
      bytes[at]! ^= 1;
      expect(() => encryption.open(purpose, { ...envelope, bytes })).toThrow(unreadable);
    }
    for (const length of [0, 5, 28, 30]) {
      const bytes = envelope.bytes.subarray(0, length);
      expect(() => encryption.open(purpose, { ...envelope, bytes })).toThrow(unreadable);
    }
  });

  it('rotates: first the key is everywhere, then it is current, then the old one goes', () => {
    const before = withRing(keyRing({ current: 'old', keys: { old } }));
    const added = withRing(keyRing({ current: 'old', keys: { old, now } }));
    const current = withRing(both);
    const after = withRing(keyRing({ current: 'now', keys: { now } }));
    for (const reader of [before, added, current])
      expect(reader.open(purpose, sealed(before))).toEqual(plain);
    for (const reader of [added, current, after])
      expect(reader.open(purpose, sealed(current))).toEqual(plain);
    expect(() => after.open(purpose, sealed(before))).toThrow(keyUnknown);
    expect(() => after.open(purpose, sealed(before))).toThrow('"old"');
  });

  it('tells a wrong key of the right name from a missing one', () => {
    const wrong = withRing(keyRing({ current: 'now', keys: { now: other } }));
    expect(() => wrong.open(purpose, sealed())).toThrow(unreadable);
  });

  it('without a current key leaves bytes as they are, and still opens', () => {
    const reading = withRing(keyRing({ current: undefined, keys: { now } }));
    expect(reading.seal(purpose, packing, plain).bytes).toBe(plain);
    expect(reading.currentKey('payments')).toBeUndefined();
    expect(reading.open(purpose, sealed())).toEqual(plain);
  });

  it('says so when the current key of a ring of your own is not there', () => {
    const encryption = withRing({ current: 'gone', key: () => undefined });
    expect(() => encryption.seal(purpose, packing, plain)).toThrow(keyUnknown);
    expect(() => encryption.seal(purpose, packing, plain)).toThrow('queue "payments"');
  });

  it('reads a queue without a ring of its own by the rings of others', () => {
    const viewer = new Encryption();
    expect(() => viewer.open(purpose, sealed())).toThrow(keyUnknown);
    viewer.define('mails', keyRing({ current: 'now', keys: { now: other } }));
    viewer.define('refunds', both);
    expect(viewer.open(purpose, sealed())).toEqual(plain);
  });

  it('says nothing of keys and bytes in its errors', () => {
    const envelope = { ...sealed(), bytes: plain };
    expect(() => withRing().open(purpose, envelope)).not.toThrow(/4111/);
    expect(() => withRing().open(purpose, envelope)).not.toThrow(now.toString('base64'));
  });
});
