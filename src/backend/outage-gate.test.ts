import { expect, test } from 'vitest';
import { FakeClock } from '../base/fake-clock.ts';
import { ConnectionLost } from '../errors.ts';
import type { Connection } from '../redis/connection.ts';
import type { Hub } from '../redis/hub.ts';
import { OutageGate } from './outage-gate.ts';

/** Only the two members the gate reads; the real ones are tried in test/redis. */
function setUp(isReady: boolean) {
  const clock = new FakeClock();
  const never = new Promise<never>(() => {});
  const connection = { isReady, client: never, lastError: 'ECONNREFUSED' } as unknown as Connection;
  const gate = new OutageGate(
    { isConfigured: true, refusals: { report() {} } } as unknown as Hub,
    2_000,
    clock,
  );
  return { clock, connection, gate };
}

test('without a connection a call is refused within its time, and never sent afterwards', async () => {
  const { clock, connection, gate } = setUp(false);
  let sent = 0;
  const call = gate.run(connection, 'fail', 'unknown', async () => {
    sent += 1;
  });
  const outcome = expect(call).rejects.toMatchObject({
    code: 'QUEUE_UNAVAILABLE',
    retryable: true,
  });
  await clock.pass(2_000);
  await outcome;
  expect(sent).toBe(0);
});

test('a call that was sent and not answered is unknown, not failed', async () => {
  const { clock, connection, gate } = setUp(true);
  const call = gate.run(connection, 'fail', 'unknown', () => new Promise<never>(() => {}));
  const outcome = expect(call).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  await clock.pass(2_000);
  await outcome;
});

test('an add whose connection broke after it was sent is not sent again', async () => {
  const { connection, gate } = setUp(true);
  let sent = 0;
  const call = gate.run(connection, 'wait', 'unknown', async () => {
    sent += 1;
    throw new ConnectionLost(true);
  });
  await expect(call).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  expect(sent).toBe(1);
});

test('an add whose script is forgotten is sent again: nothing was done', async () => {
  const { clock, connection, gate } = setUp(true);
  let sent = 0;
  const call = gate.run(connection, 'fail', 'unknown', async () => {
    sent += 1;
    if (sent < 3) throw new Error('NOSCRIPT No matching script. Please use EVAL.');
    return 'added';
  });
  await clock.pass(1_000);
  expect(await call).toBe('added');
});

test('a read whose connection broke is sent again', async () => {
  const { connection, gate } = setUp(true);
  let sent = 0;
  const answer = await gate.run(connection, 'fail', 'repeat', async () => {
    sent += 1;
    if (sent === 1) throw new ConnectionLost(true);
    return 'answer';
  });
  expect(answer).toBe('answer');
});

test('a refusal that passes in time is waited out, one that does not is named', async () => {
  const { clock, connection, gate } = setUp(true);
  let refusals = 2;
  const passing = gate.run(connection, 'fail', 'unknown', async () => {
    if (refusals-- > 0) throw new Error('LOADING Redis is loading the dataset in memory');
    return 'added';
  });
  await clock.pass(500);
  expect(await passing).toBe('added');
  const lasting = gate.run(connection, 'fail', 'unknown', async () => {
    throw new Error('OOM command not allowed');
  });
  const outcome = expect(lasting).rejects.toThrow('OOM');
  await clock.pass(5_000);
  await outcome;
});

test('an error of the command itself passes through at once', async () => {
  const { connection, gate } = setUp(true);
  const call = gate.run(connection, 'fail', 'unknown', async () => {
    throw new Error('Missing key for job 7');
  });
  await expect(call).rejects.toThrow('Missing key');
});

test('with patience, what Redis works on is waited for, and nothing else', async () => {
  const { clock, connection, gate } = setUp(true);
  const answers: ((answer: string) => void)[] = [];
  const slow = gate.run(
    connection,
    'patient',
    'unknown',
    () => new Promise<string>((resolve) => answers.push(resolve)),
  );
  await clock.pass(60_000);
  answers[0]!('done');
  expect(await slow).toBe('done');

  let sent = 0;
  const refused = gate.run(connection, 'patient', 'unknown', async () => {
    sent += 1;
    throw new Error('OOM command not allowed');
  });
  const refusal = expect(refused).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
  await clock.pass(5_000);
  await refusal;
  const tries = sent;
  await clock.pass(60_000);
  expect(sent).toBe(tries);
});

test('with patience, what is refused after its time is over is not tried again', async () => {
  const { clock, connection, gate } = setUp(true);
  const rejections: ((error: Error) => void)[] = [];
  const call = gate.run(
    connection,
    'patient',
    'repeat',
    () => new Promise<never>((_resolve, reject) => rejections.push(reject)),
  );
  const outcome = expect(call).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
  await clock.pass(10_000);
  rejections[0]!(new ConnectionLost(true));
  await outcome;
  expect(rejections).toHaveLength(1);
});
