/** No answer of the face shows who logs in to Redis, or with what. */
import { expect, onTestFinished, test } from 'vitest';
import { nextEvent, startCoordinator } from '../support/coordinators.ts';
import { startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { ask, ROUTES } from './ask.ts';
import { serveFace } from './hosts.ts';

const PASSWORD = 'hunter2-p%40ss';
const USER = 'rosalind';

async function allAnswers(origin: string): Promise<{ text: string; statuses: number[] }> {
  const answers = await Promise.all(
    [...ROUTES, '/nothing'].map(async (route) => {
      const { status, text, headers } = await ask(`${origin}${route}`);
      return { status, text: `${text}\n${JSON.stringify([...headers])}` };
    }),
  );
  return {
    text: answers.map(({ text }) => text).join('\n'),
    statuses: answers.map(({ status }) => status),
  };
}

function expectNoSecret(text: string): void {
  for (const secret of [PASSWORD, decodeURIComponent(PASSWORD), 'hunter2', USER])
    expect(text).not.toContain(secret);
}

test('a wrong password: unhealthy with the reason, and neither user nor password anywhere', async () => {
  const server = await startRedis({ password: 'another' });
  onTestFinished(() => server.stop());
  const url = `redis://${USER}:${PASSWORD}@127.0.0.1:${server.port}/0`;
  const coordinator = await startCoordinator({ url });
  coordinator.process('locked-out', async () => {});
  const origin = await serveFace(coordinator);
  const { json } = await until(
    async () => {
      const answer = await ask(`${origin}/health/redis`);
      return answer.text.includes('WRONGPASS') && answer;
    },
    { what: 'the refusal is known' },
  );
  expect(json()).toMatchObject({
    status: 'unhealthy',
    redis: { host: '127.0.0.1', port: server.port, connected: false },
  });
  const { text, statuses } = await allAnswers(origin);
  expect(statuses).toEqual([503, 200, 503, 503, 200, 404]);
  expectNoSecret(text);
});

test('the right password is not shown either', async () => {
  const server = await startRedis({ aclLines: [`user ${USER} on >hunter2-p@ss ~* &* +@all`] });
  onTestFinished(() => server.stop());
  const url = `redis://${USER}:${PASSWORD}@127.0.0.1:${server.port}`;
  const coordinator = await startCoordinator({ url });
  coordinator.process('let-in', async () => {});
  const origin = await serveFace(coordinator);
  await until(async () => (await ask(`${origin}/health/ready`)).status === 200);
  const { text, statuses } = await allAnswers(origin);
  expect(statuses).toEqual([200, 200, 200, 200, 200, 404]);
  expectNoSecret(text);
});

test('a Redis that was lost shows no secret in its error', async () => {
  const server = await startRedis({ aclLines: [`user ${USER} on >hunter2-p@ss ~* &* +@all`] });
  onTestFinished(() => server.stop());
  const url = `redis://${USER}:${PASSWORD}@127.0.0.1:${server.port}`;
  const coordinator = await startCoordinator({ url });
  const origin = await serveFace(coordinator);
  const failed = nextEvent(coordinator, 'connection.error', ({ message }) =>
    message.includes('ECONNREFUSED'),
  );
  await server.kill();
  await failed;
  const { text, statuses } = await allAnswers(origin);
  expect(statuses).toEqual([503, 200, 200, 503, 200, 404]);
  expect(text).toContain('ECONNREFUSED');
  expectNoSecret(text);
});
