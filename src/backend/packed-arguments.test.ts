/** Where the data of jobs is in the arguments of adds. */
import { expect, test } from 'vitest';
import type { PayloadCodec, PayloadCodecs } from '../payloads/payload-codec.ts';
import { changeArguments, pack } from './packed-arguments.ts';

const codecs: PayloadCodecs = {
  of: (label) =>
    ({
      pack: (_, json) =>
        label === 'slow' ? Promise.resolve(`${label}(${json})`) : `${label}(${json})`,
    }) as PayloadCodec,
};
const target = { prefix: 'bull', queue: 'q' };
const job = (data: string) => ({ name: 'x', data });

test('each kind of add has its data changed by its queue, in copies', () => {
  const single = [job('1'), 'id'];
  expect(changeArguments(codecs, target, 'addJob', single, pack)).toEqual([job('q(1)'), 'id']);
  expect(single).toEqual([job('1'), 'id']);
  const many = [[{ job: job('1') }, { job: job('{}') }]];
  expect(changeArguments(codecs, target, 'addJobs', many, pack)).toEqual([
    [{ job: job('q(1)') }, { job: job('{}') }],
  ]);
  const scheduler = ['id', 5, '1', {}];
  expect(changeArguments(codecs, target, 'addJobScheduler', scheduler, pack)).toEqual([
    ...['id', 5, 'q(1)', {}],
  ]);
});

test('each node of a flow is packed by its own queue, and the whole is awaited when one of them takes time', async () => {
  const node = (queueName: string, data: string) => ({
    ...{ prefix: 'other', queueName, jobData: job(data) },
  });
  const flow = [[node('a', '1'), node('b', '2')]];
  expect(changeArguments(codecs, target, 'addFlow', flow, pack)).toEqual([
    [node('a', 'other:a(1)'), node('b', 'other:b(2)')],
  ]);
  const slow = [[{ ...node('slow', '1'), prefix: 'bull' }, node('b', '2')]];
  const changed = changeArguments(codecs, target, 'addFlow', slow, pack);
  expect(changed).toBeInstanceOf(Promise);
  expect(await changed).toEqual([
    [{ ...node('slow', 'slow(1)'), prefix: 'bull' }, node('b', 'other:b(2)')],
  ]);
});

test('data without fields, which BullMQ compares with, stays and costs no copy', () => {
  for (const [kind, args] of [
    ['addJob', [job('{}')]],
    ['addJobs', [[{ job: job('{}') }]]],
    ['addJobScheduler', ['id', 5, '{}']],
  ] as const)
    expect(changeArguments(codecs, target, kind, args, pack)).toBe(args);
});
