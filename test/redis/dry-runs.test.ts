/** What only looks writes nothing to Redis, over the whole catalogue; a dry run writes the audit alone. */
import { expect, onTestFinished, test } from 'vitest';
import { CoordinatorError } from '../../src/errors.ts';
import { ACTIONS, type ActionName } from '../../src/operations/actions.ts';
import { HANDLERS } from '../../src/operations/handlers.ts';
import { createClient, createCoordinator } from '../support/coordinators.ts';
import { startMonitor } from '../support/monitor.ts';
import { startRedis } from '../support/redis-server.ts';
import { inputOf } from './inputs.ts';
import { callerOf, plainQueue } from './operate-queues.ts';

/** With `dryRun`, where there is such a thing; undefined for what changes something. */
function lookingInput(name: ActionName): object | undefined {
  const input = inputOf(name);
  if (ACTIONS[name].effect === 'reads') return input;
  const dry = { ...input, dryRun: true };
  return HANDLERS[name].input.safeParse(dry).success ? dry : undefined;
}

test('looking, planning and dry runs write nothing but the audit', async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const redis = createClient(server);
  for (const name of ['mails', 'letters']) await plainQueue(server, name).add('mail', {});
  await plainQueue(server, 'mails').upsertJobScheduler('s', { every: 3_600_000 });
  // Not started: none of its loops runs.
  const coordinator = createCoordinator(server);
  const ask = callerOf(coordinator);
  const seen = await startMonitor(server);
  // The doctor, who looks long, has tests of his own.
  const names = (Object.keys(ACTIONS) as ActionName[]).filter((each) => !each.startsWith('doctor'));
  const asked = names.flatMap((name) => {
    const input = lookingInput(name);
    return input ? [[name, input] as const] : [];
  });
  const answers = await Promise.all(
    asked.map(async ([name, input]) => {
      try {
        const output: unknown = await ask.call(name, input as never);
        const stream = (output as Partial<AsyncIterable<unknown>> | null)?.[Symbol.asyncIterator];
        if (stream) await stream.call(output).next();
        return 'answered';
      } catch (error) {
        return error instanceof CoordinatorError ? error.code : String(error);
      }
    }),
  );
  const known = ['answered', 'NOT_FOUND', 'POOL_UNKNOWN'];
  expect(asked.filter((_, i) => !known.includes(answers[i]!))).toEqual([]);
  const dry = ['queues.empty', 'queues.clean', 'queues.obliterate'];
  expect(asked.map(([name]) => name)).toEqual(expect.arrayContaining([...dry, 'jobs.plan']));
  const commands = (await redis.call('COMMAND')) as [string, number, string[]][];
  const writing = new Set(
    commands.filter(([, , is]) => is.includes('write')).map(([name]) => name),
  );
  const writes = seen.filter(({ command }) => writing.has(command));
  expect(writes.length).toBeGreaterThan(0);
  expect(writes.filter(({ text }) => !text.includes('"coordinator:audit'))).toEqual([]);
});
