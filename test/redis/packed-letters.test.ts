/**
 * Dead letters of jobs whose payloads are compressed and encrypted: what is shown to whom.
 */
import { randomBytes } from 'node:crypto';
import { defineQueue, keyRing } from 'drover';
import { expect, onTestFinished, test } from 'vitest';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

const CARD = '4111222233334444';
const NOTE = 'word '.repeat(200);

test.each([true, false])(
  'packed dead letters are opened for views, encrypted: %s',
  async (isEncrypted) => {
    const server = await startRedis();
    onTestFinished(() => server.stop());
    const encrypt = keyRing({ current: 'k1', keys: { k1: randomBytes(32) } });
    const queue = defineQueue('cards', {
      payload: { redact: ['card'], compressAbove: 64, ...(isEncrypted && { encrypt }) },
      job: { attempts: 1 },
    });
    const coordinator = await startCoordinator(server);
    coordinator.process(queue, async (job) => {
      throw new Error(`card ${(job.data as { card: string }).card} refused`);
    });
    const { id } = await coordinator.queue(queue).add('charge', { card: CARD, note: NOTE });
    const closed = await until(() => coordinator.deadLetters.get('cards', id!));

    expect(JSON.stringify(closed)).not.toContain(CARD);
    expect(closed.failureReason).toMatch(/^card <hidden (local-)?[0-9a-f]{8}> refused$/);
    if (isEncrypted) expect(closed.originalJob!.data).toBe('"<encrypted>"');
    else
      expect(JSON.parse(closed.originalJob!.data)).toEqual({
        card: expect.stringMatching(/^<hidden (local-)?[0-9a-f]{8}>$/),
        note: NOTE,
      });

    const open = await coordinator.deadLetters.get('cards', id!, { mayReadData: true });
    expect(JSON.parse(open.originalJob!.data)).toEqual({ card: CARD, note: NOTE });

    const stored = await createClient(server).hgetall(`bull:cards:${id}`);
    expect(stored.data).toMatch(/^\{"\$drover":"z1,/);
    expect(JSON.stringify(stored)).not.toContain(CARD);
  },
);
