import { expect, test } from 'vitest';
import { FakeClock } from '../base/fake-clock.ts';
import { ConnectionLost } from '../errors.ts';
import { acknowledgeAgain } from './acknowledgement.ts';

const withCode = (code: number): Error => Object.assign(new Error(`code ${code}`), { code });

/** Answers each try with the next outcome; errors are thrown. */
function setUp(outcomes: unknown[], stillActive = false, failures: Error[] = []) {
  const clock = new FakeClock();
  const sent: unknown[] = [];
  const send = async (): Promise<unknown> => {
    const outcome = outcomes[sent.length];
    sent.push(outcome);
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
  const options = {
    send,
    whenConnected: async () => {},
    alreadyDone: async () => {
      const failure = failures.shift();
      if (failure) throw failure;
      return 'already done';
    },
    keepLock: async () => stillActive,
    onRetry: () => {},
    clock,
  };
  const done = send().catch((failure: unknown) => acknowledgeAgain(failure, options));
  done.catch(() => {});
  return { clock, sent, done };
}

test('an acknowledgement that is refused for a while passes later', async () => {
  const refused = new Error('NOREPLICAS Not enough good replicas to write.');
  const { clock, sent, done } = setUp([refused, refused, 'acknowledged']);
  await clock.pass(1_000);
  expect(await done).toBe('acknowledged');
  expect(sent).toHaveLength(3);
});

test('an acknowledgement whose script is forgotten again and again passes later: the job did not fail', async () => {
  const forgotten = new Error('NOSCRIPT No matching script. Please use EVAL.');
  const { clock, sent, done } = setUp([forgotten, forgotten, 'acknowledged']);
  await clock.pass(1_000);
  expect(await done).toBe('acknowledged');
  expect(sent).toHaveLength(3);
});

test.each([-1, -3])('after a lost reply, code %i means that it was carried out', async (code) => {
  const { done } = setUp([new ConnectionLost(true), withCode(code)]);
  expect(await done).toBe('already done');
});

test('after a lost reply, a missing lock on a job that is gone from active means carried out', async () => {
  const { done } = setUp([new ConnectionLost(true), withCode(-2)]);
  expect(await done).toBe('already done');
});

test('after a lost reply, a job still active gets its lock back and is acknowledged', async () => {
  const { done } = setUp([new ConnectionLost(true), withCode(-2), 'acknowledged'], true);
  expect(await done).toBe('acknowledged');
});

test.each([-1, -2, -3, -6])('on a first try, code %i is a real error', async (code) => {
  const { done } = setUp([withCode(code)]);
  await expect(done).rejects.toMatchObject({ code });
});

test('a command that was certainly not sent proves nothing about a missing job', async () => {
  const { done } = setUp([new ConnectionLost(false), withCode(-1)]);
  await expect(done).rejects.toMatchObject({ code: -1 });
});

test('a lock that somebody else has by now is never overridden', async () => {
  const { done } = setUp([new ConnectionLost(true), withCode(-6)], true);
  await expect(done).rejects.toMatchObject({ code: -6 });
});

test('a lock that ran out in an outage is taken again, whatever the reason, and the job acknowledged', async () => {
  const { done } = setUp([withCode(-2), 'acknowledged'], true);
  expect(await done).toBe('acknowledged');
});

test('a refusal is waited out for as long as it lasts', async () => {
  const refused = new Error('OOM command not allowed');
  const { clock, done } = setUp([...Array.from({ length: 100 }, () => refused), 'acknowledged']);
  await clock.pass(300_000);
  expect(await done).toBe('acknowledged');
});

test('after a script was stopped half way by a denial, a job that is gone means carried out', async () => {
  const { clock, done } = setUp([new Error('NOPERM this user has no permissions'), withCode(-3)]);
  await clock.pass(1_000);
  expect(await done).toBe('already done');
});

test('a connection that breaks again while the answer is made up does not lose the next job', async () => {
  const { sent, done } = setUp([new ConnectionLost(true), withCode(-1), withCode(-1)], false, [
    new ConnectionLost(true),
  ]);
  expect(await done).toBe('already done');
  expect(sent).toHaveLength(3);
});
