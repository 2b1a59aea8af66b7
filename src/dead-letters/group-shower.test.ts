/** Messages of groups are shown without the secrets of the dead letters that they come from. */
import { expect, test } from 'vitest';
import { CoordinatorError } from '../errors.ts';
import { toRedactionPaths } from '../payloads/redaction-path.ts';
import { type DeadLetter, parseDeadLetter } from './dead-letter.ts';
import { type FailureGroup, mergeGroups, parseGroupPart } from './failure-group.ts';
import { type GroupShowerOptions, showGroups } from './group-shower.ts';

const paths = toRedactionPaths(['name']);
const pointer = '{"$drover":"p1,9,,,files,01A,9,c"}';

function groupOf(fingerprint: string, ...queues: string[]): FailureGroup {
  const fields = { count: '1', message: 'no Miller here', sample: `of-${fingerprint}` };
  const parts = queues.map((queue) => parseGroupPart(queue, fingerprint, fields)!);
  return mergeGroups(parts, 0)[0]!;
}

function letterOf(fingerprint: string, data = '{"name":"Miller"}'): DeadLetter {
  const originalJob = JSON.stringify({ name: 'n', data, opts: '{}', timestamp: '1' });
  return parseDeadLetter('q', '1', { failedAt: '1', fingerprint, originalJob })!;
}

async function shown(
  groups: readonly FailureGroup[],
  options: Partial<GroupShowerOptions>,
): Promise<string[]> {
  const hidden = await showGroups(groups, {
    pathsOf: async (queue) => (queue === 'plain' ? [] : paths),
    letterOf: async (_, jobId) => letterOf(jobId.slice(3)),
    hiderOf: async () => (text) => text.replace('Miller', '<hidden 1>'),
    ...options,
  });
  expect(hidden.map(({ fingerprint }) => fingerprint)).toEqual(
    groups.map(({ fingerprint }) => fingerprint),
  );
  return hidden.map(({ message }) => message);
}

test('the newest dead letter says what is secret in the message', async () => {
  expect(await shown([groupOf('a', 'q'), groupOf('b', 'plain')], {})).toEqual([
    'no <hidden 1> here',
    'no Miller here',
  ]);
});

test('what is secret in one queue of a group is secret in all of it', async () => {
  expect(await shown([groupOf('a', 'plain', 'q')], {})).toEqual(['no <hidden 1> here']);
});

test.each([
  ['gone', async () => undefined],
  ['of another cause by now', async () => letterOf('other')],
  ['without its job', async () => ({ ...letterOf('a'), originalJob: undefined })],
])('the message is hidden when the dead letter is %s', async (_, letter) => {
  expect(await shown([groupOf('a', 'q')], { letterOf: letter })).toEqual(['<hidden>']);
});

test('a store that is away hides what lies in it, and is not asked for each group', async () => {
  let asked = 0;
  const groups = Array.from({ length: 50 }, (_, i) => groupOf(`a${i}`, 'q'));
  const messages = await shown([...groups, groupOf('near', 'q')], {
    letterOf: async (_, jobId) =>
      letterOf(jobId.slice(3), jobId === 'of-near' ? undefined : pointer),
    async hiderOf(_, stored) {
      if (stored !== pointer) return (text) => text.replace('Miller', '<hidden 1>');
      asked += 1;
      throw new CoordinatorError('BODY_STORE_UNAVAILABLE', 'away');
    },
  });
  expect(asked).toBeLessThanOrEqual(4);
  expect(messages).toEqual([...groups.map(() => '<hidden>'), 'no <hidden 1> here']);
});
