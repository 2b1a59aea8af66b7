/** A Redis that hangs, or is full: no operator waits longer than any call may, and all are told in known words. */
import { expect, onTestFinished, test } from 'vitest';
import type { AuditTrail } from '../../src/access/audit-trail.ts';
import { withDeadline } from '../../src/base/wait.ts';
import { CoordinatorError } from '../../src/errors.ts';
import { ACTIONS, type ActionName } from '../../src/operations/actions.ts';
import { ControlSurface } from '../../src/operations/control-surface.ts';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { type RedisOptions, startRedis } from '../support/redis-server.ts';
import { inputOf } from './inputs.ts';
import { callerOf, plainQueue } from './operate-queues.ts';

/** Less than it takes to notice that a socket is dead. */
const PATIENCE_MS = 8_000;
const ADMIN = {
  principal: { kind: 'token', id: 'ann', name: 'ann', grants: [{ may: ['admin'] }] },
} as const;
const UNAUDITED: AuditTrail = {
  begin: async () => '1',
  end: async () => {},
  refuse: async () => {},
};

async function serve(options?: RedisOptions) {
  const server = await startRedis(options);
  onTestFinished(() => server.stop());
  return server;
}

test('every action ends while Redis hangs, also when it began before, and says so in known words', async () => {
  const server = await serve();
  const coordinator = await startCoordinator(server, { addTimeoutMs: 300 });
  await plainQueue(server, 'mails').add('mail', {});
  await plainQueue(server, 'letters').add('mail', {});
  await callerOf(coordinator).call('queues.list', {});
  const { operations } = coordinator;
  // What is written down before it is done would end there: the act itself is looked at here.
  const gate = new ControlSurface({
    ...{ operations, audit: UNAUDITED, isReadOnly: () => false, limit: () => 0 },
    announce: () => {},
  });
  server.freeze();
  // The doctor takes its time to find out why.
  const names = (Object.keys(ACTIONS) as ActionName[]).filter((each) => !/^doctor/.test(each));
  const answers = await Promise.all(
    names.map(async (name) => [name, await outcomeOf(gate, name)] as const),
  );
  server.thaw();
  const known = ['answered', 'QUEUE_UNAVAILABLE', 'OUTCOME_UNKNOWN'];
  expect(answers.filter(([, outcome]) => !known.includes(outcome))).toEqual([]);
});

test(
  'a queue of a Redis that is full cannot be emptied, and whoever asks is told why',
  async () => {
    const server = await serve();
    const coordinator = await startCoordinator(server, { addTimeoutMs: 300 });
    const queue = plainQueue(server, 'mails');
    await queue.add('mail', {});
    const ask = callerOf(coordinator);
    await createClient(server).config('SET', 'maxmemory', '1mb');
    const emptied = ask.call('queues.empty', { queue: 'mails', confirm: 'mails' });
    const cleaned = coordinator.queue('mails').clean(0, 100, 'wait');
    for (const refused of await Promise.allSettled([emptied, cleaned])) {
      expect(refused).toMatchObject({ reason: { code: 'QUEUE_UNAVAILABLE' } });
      expect(refused).toMatchObject({ reason: { message: expect.stringContaining('OOM') } });
    }
  },
  PATIENCE_MS,
);

async function outcomeOf(gate: ControlSurface, name: ActionName): Promise<string> {
  const ask = async (): Promise<string> => {
    try {
      const output: unknown = await gate.call(name, inputOf(name), ADMIN);
      const stream = (output as Partial<AsyncIterable<unknown>> | null)?.[Symbol.asyncIterator];
      if (stream) await stream.call(output).next();
      return 'answered';
    } catch (error) {
      return error instanceof CoordinatorError ? error.code : String(error);
    }
  };
  const waited = await withDeadline(ask(), PATIENCE_MS);
  return waited.settled ? waited.value : 'nobody knows';
}
