import { describe, expect, it } from 'vitest';
import { type GroupPart, mergeGroups, parseGroupPart } from './failure-group.ts';

const HOUR = 3_600_000;
const now = 500_000 * HOUR + 5;

function part(queue: string, fields: Record<string, string> = {}): GroupPart {
  return parseGroupPart(queue, 'ab', {
    ...{ type: 'Error', message: 'm', frames: 'f a.js\ng b.js', sample: '1', count: '1' },
    ...{ firstSeen: String(now), lastSeen: String(now), state: 'open' },
    ...fields,
  })!;
}

describe('the hash of a group', () => {
  it('that is not there is none, and one of another version is read as far as it goes', () => {
    expect(parseGroupPart('q', 'ab', {})).toBeUndefined();
    expect(parseGroupPart('q', 'ab', { count: '3', state: 'odd' })).toMatchObject({
      ...{ count: 3, state: 'open', stateSince: 0, frames: [], jobNames: [], firstSeen: 0 },
    });
  });

  it('counts names, versions and hours', () => {
    const { frames, jobNames, versions, hours } = part('q', {
      ...{ 'n:a': '1', 'n:b': '5', 'n#': '2', 'v:1.0': '6', 'h:500000': '6' },
    });
    expect(frames).toEqual(['f a.js', 'g b.js']);
    expect(jobNames).toEqual([
      { name: 'b', count: 5 },
      { name: 'a', count: 1 },
    ]);
    expect(versions).toEqual([{ name: '1.0', count: 6 }]);
    expect([...hours]).toEqual([[500_000, 6]]);
  });
});

describe('merging the parts of queues', () => {
  it('adds up, takes the newest as sample, and counts the hours of one day', () => {
    const a = part('a', {
      ...{ count: '2', firstSeen: String(now - 30 * HOUR), lastSeen: String(now - HOUR) },
      ...{ 'h:499999': '2', 'h:499970': '9', 'n:x': '2', sample: '7' },
    });
    const b = part('b', { count: '3', 'h:500000': '1', 'h:499977': '2', 'n:x': '3', sample: '8' });
    const [group] = mergeGroups([a, b], now);
    expect(group).toMatchObject({
      ...{ count: 5, firstSeen: now - 30 * HOUR, lastSeen: now, sample: '8', sampleQueue: 'b' },
      queues: [
        { name: 'b', count: 3 },
        { name: 'a', count: 2 },
      ],
      jobNames: [{ name: 'x', count: 5 }],
    });
    expect(group!.sparkline).toEqual([2, ...Array(21).fill(0), 2, 1]);
  });

  it('puts the last seen first', () => {
    const old = { ...part('a'), fingerprint: 'cd', lastSeen: now - 1 };
    expect(mergeGroups([old, part('a')], now).map(({ fingerprint }) => fingerprint)).toEqual([
      'ab',
      'cd',
    ]);
    expect(mergeGroups([], now)).toEqual([]);
  });

  it.each([
    ['the newest decision counts', ['ignored', 10, 5], ['open', 20, 5], 'open'],
    [
      'what was resolved everywhere stays so',
      ['resolved', 20, 5],
      ['resolved', 20, 19],
      'resolved',
    ],
    [
      'what one queue has seen since is regressed',
      ['resolved', 20, 5],
      ['open', 0, 25],
      'regressed',
    ],
    [
      'ignored stays ignored when another queue sees it',
      ['ignored', 20, 5],
      ['open', 0, 25],
      'ignored',
    ],
  ] as const)('%s', (_what, one, other, state) => {
    const [a, b] = [one, other].map(([state, since, seen]) =>
      part('q', { state, stateSince: String(since), stateBy: 'jane', lastSeen: String(seen) }),
    );
    expect(mergeGroups([a!, b!], now)[0]).toMatchObject({ state });
  });
});
