/** What is refused when a queue is defined. */
import { expect, test } from 'vitest';
import { createKeys } from '../keys.ts';
import type { Hub } from '../redis/hub.ts';
import type { PayloadPolicy } from './payload-policy.ts';
import { Payloads } from './payloads.ts';

const POLICY: PayloadPolicy = {
  ...{ types: 'json', compressAboveBytes: undefined, encrypt: undefined, redact: [] },
  ...{ offloadAboveBytes: undefined, offloadTo: undefined, maxBytes: undefined, warnAtRatio: 0.8 },
};

test('a queue whose bodies no store could keep is refused', () => {
  const payloads = new Payloads({
    ...{ config: { bodies: { stores: [], graceMs: 1 } }, keys: createKeys('coordinator') },
    // Nothing is sent when a queue is defined.
    hub: { command: { isReady: false, since: 0 } } as unknown as Hub,
    ...{ announce: () => {}, observer: undefined },
  });
  const invalid = expect.objectContaining({ code: 'CONFIG_INVALID' });
  const long = 'q'.repeat(256);
  expect(() => payloads.define(long, { ...POLICY, offloadAboveBytes: 0 })).toThrow(invalid);
  payloads.define(long, { ...POLICY, compressAboveBytes: 0 });
  payloads.define('q'.repeat(255), { ...POLICY, offloadAboveBytes: 0 });
  expect(() => payloads.define('q', { ...POLICY, offloadTo: 'cold' })).toThrow(invalid);
});
