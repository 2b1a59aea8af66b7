import type { JobJson } from 'bullmq';
import { expect, test } from 'vitest';
import type { Fetched } from './find-fetched.ts';
import { HeldJobs } from './held-jobs.ts';

const fetched = (id: string, attempt = 1): Fetched => [
  { attemptsStarted: attempt } as JobJson,
  id,
  0,
  0,
];
const NOTHING: Fetched = [null, '', 0, 0];

test('a slot holds one job after the other', () => {
  const held = new HeldJobs();
  held.took(NOTHING, 'slot');
  expect(held.attempts).toEqual({});
  held.took(fetched('1'), 'slot');
  held.left('1', 'slot', fetched('2', 3));
  expect(held.attempts).toEqual({ 2: 3 });
  held.left('2', 'slot', NOTHING);
  expect(held.all).toEqual([]);
});

test('a job that its own acknowledgement fetched again is still held', () => {
  const held = new HeldJobs();
  held.took(fetched('1', 1), 'slot');
  held.left('1', 'slot', fetched('1', 2));
  expect(held.attempts).toEqual({ 1: 2 });
});

test('jobs fetched by hand with one token are all held until each has left', () => {
  const held = new HeldJobs();
  for (const id of ['1', '2', '3']) held.took(fetched(id), 'mine');
  expect(held.attempts).toEqual({ 1: 1, 2: 1, 3: 1 });
  held.left('2', 'mine', undefined);
  expect(held.attempts).toEqual({ 1: 1, 3: 1 });
  held.left('1', 'mine', fetched('4'));
  expect(held.attempts).toEqual({ 3: 1, 4: 1 });
  held.left('3', 'mine', undefined);
  held.left('4', 'mine', undefined);
  expect(held.all).toEqual([]);
});

test('a job that its slot fetched again before it left is held once, with its new attempt', () => {
  const held = new HeldJobs();
  held.took(fetched('1', 1), 'slot');
  held.took(fetched('1', 2), 'slot');
  expect(held.attempts).toEqual({ 1: 2 });
  held.left('1', 'slot', undefined);
  expect(held.all).toEqual([]);
});

test('what was never held can leave', () => {
  const held = new HeldJobs();
  held.left('1', '0', undefined);
  held.left('1', '0', fetched('2'));
  expect(held.all.map(({ jobId, token }) => [jobId, token])).toEqual([['2', '0']]);
});
