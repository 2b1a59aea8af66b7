import { expect, test } from 'vitest';
import { sleep } from '../../base/wait.ts';
import type { OperatorSources } from '../operator-sources.ts';
import { RedisOperations } from './redis-operations.ts';

test('a server that answers slowly is asked less often: nobody waits longer than for any call', async () => {
  let pings = 0;
  const redis = {
    async ping() {
      pings += 1;
      await sleep(30);
    },
    call: async () => [],
  };
  const operations = new RedisOperations({
    hub: { command: { raw: async () => redis } },
    gate: {
      timeoutMs: 50,
      run: (_on: unknown, _policy: unknown, _lost: unknown, send: () => unknown) => send(),
    },
  } as unknown as OperatorSources);
  const { pingMs } = await operations.latency();
  expect(pings).toBeLessThanOrEqual(2);
  expect(pingMs.samples).toBe(pings);
});
