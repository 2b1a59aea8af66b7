import { expect, test } from 'vitest';
import { FakeClock } from '../base/fake-clock.ts';
import { CoordinatorError } from '../errors.ts';
import type { AuditRecord } from './audit-entry.ts';
import { AuditLog } from './audit-log.ts';
import type { AuditIntent } from './audit-trail.ts';

const intent: AuditIntent = {
  ...{ action: 'queues.pause', actor: { kind: 'basic', id: 'ann', name: 'Ann' }, queue: 'photos' },
  ...{ parameters: { reason: 'deploy' }, address: null, correlationId: 'c' },
};
const done = { result: 'done', code: null } as const;
const refused = { result: 'refused', code: 'FORBIDDEN' } as const;

function open({ isReadOnly = false } = {}) {
  const clock = new FakeClock();
  const told: string[] = [];
  const written: AuditRecord[] = [];
  const chain = {
    ...{ isReachable: true, fails: false, hasNoRight: false },
    async append(record: AuditRecord) {
      if (chain.fails) throw new CoordinatorError('QUEUE_UNAVAILABLE', 'Redis cannot be reached');
      if (chain.hasNoRight) return undefined;
      return written.push(record);
    },
  };
  const announce = (name: string, payload: object): void => {
    told.push(name === 'audit.resumed' ? `${name} ${JSON.stringify(payload)}` : name);
  };
  const options = { chain, announce, isReadOnly: () => isReadOnly, now: () => clock.now(), clock };
  return { audit: new AuditLog(options), chain, told, written, clock };
}

test('an intention, its result with the time it took, and the event', async () => {
  const { audit, written, told, clock } = open();
  const id = await audit.begin(intent);
  await clock.pass(1_200);
  await audit.end(id, intent, done);
  expect(written).toMatchObject([
    { kind: 'intent', ...intent },
    {
      kind: 'result',
      of: 1,
      action: 'queues.pause',
      correlationId: 'c',
      tookMs: 1_200,
      result: 'done',
    },
  ]);
  expect(told).toEqual(['operator.acted']);
});

test('an intention that cannot be written rejects; a result and a refusal never do', async () => {
  const { audit, chain, told } = open();
  const id = await audit.begin(intent);
  chain.fails = true;
  await expect(audit.begin(intent)).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
  await audit.end(id, intent, done);
  await audit.refuse(intent, refused);
  expect(audit.held).toBe(2);
  expect(told).toEqual(['operator.acted', 'audit.held', 'operator.acted']);
});

test('what is held is written when Redis is back, in its order, and what fails again stays', async () => {
  const { audit, chain, told, written } = open();
  const id = await audit.begin(intent);
  chain.isReachable = false;
  await audit.end(id, intent, done);
  await audit.refuse(intent, refused);
  await audit.flush();
  expect(audit.held).toBe(2);
  chain.isReachable = true;
  chain.fails = true;
  await audit.flush();
  expect(audit.held).toBe(2);
  chain.fails = false;
  await audit.flush();
  await audit.flush();
  expect(written.map(({ kind }) => kind)).toEqual(['intent', 'result', 'refused']);
  expect(told.at(-1)).toBe('audit.resumed {"written":2,"lost":0}');
});

test('no more than 1,000 are held: the oldest go, and their number is told', async () => {
  const { audit, chain, told } = open();
  chain.isReachable = false;
  for (let i = 0; i < 1_007; i += 1)
    await audit.refuse({ ...intent, actor: { ...intent.actor, id: `ann ${i}` } }, refused);
  expect(audit.held).toBe(1_000);
  chain.isReachable = true;
  await audit.flush();
  expect(told.at(-1)).toBe('audit.resumed {"written":1000,"lost":7}');
  expect(told.filter((name) => name === 'audit.held')).toHaveLength(1);
});

test.each([{ isReadOnly: true }, { hasNoRight: true }])(
  'with %j there are only the events',
  async ({ isReadOnly = false, hasNoRight = false }) => {
    const { audit, chain, told, written } = open({ isReadOnly });
    chain.hasNoRight = hasNoRight;
    const id = await audit.begin(intent);
    expect(told).toEqual(['operator.acted']); // Whoever is killed now leaves a trace.
    await audit.end(id, intent, done);
    await audit.refuse(intent, refused);
    expect(told).toEqual(['operator.acted', 'operator.acted', 'operator.acted']);
    expect([written.length, audit.held]).toEqual([0, 0]);
  },
);

test('refusals without end push out nothing that others have done: the audit has some, the log all of them', async () => {
  const { audit, written, told, clock } = open();
  for (let i = 0; i < 1_000; i += 1) await audit.refuse(intent, refused);
  expect(told).toHaveLength(1_000);
  expect(written).toHaveLength(30);
  const other = { ...intent, actor: { kind: 'token', id: 'bob', name: 'Bob' } } as const;
  await audit.refuse(other, refused);
  expect(written).toHaveLength(31);
  await clock.pass(24 * 3_600_000);
  for (let i = 0; i < 1_000; i += 1) await audit.refuse(intent, refused);
  expect(written).toHaveLength(61);
});
