import { expect, test } from 'vitest';
import { createBodyId } from '../payloads/body-id.ts';
import { Candidates } from './candidates.ts';

const bodies = Array.from({ length: 5_000 }, () => ({
  ...{ queue: 'a', id: createBodyId(), bytes: 10 },
}));

function fill(turn: number, parts: number, most: number): Candidates {
  const candidates = new Candidates({ turn, parts, most });
  for (const body of bodies) candidates.add('files', body);
  return candidates;
}

test('few bodies are all looked at', () => {
  const candidates = fill(7, 1, 10_000);
  expect([candidates.size, candidates.bodies, candidates.bytes]).toEqual([5_000, 5_000, 50_000]);
  expect(candidates.parts).toBe(1);
});

test('of very many there are never more than may be, and each has its turn', () => {
  expect(fill(0, 1, 500).parts).toBeGreaterThanOrEqual(16);
  expect(fill(0, 1, 500).size).toBeLessThanOrEqual(500);
  const turns = Array.from({ length: 64 }, (_, turn) => fill(turn, 64, 500));
  expect(turns.map(({ parts }) => parts)).toEqual(turns.map(() => 64));
  const seen = turns.flatMap((one) => [...one.values()].map(({ id }) => id));
  expect([seen.length, new Set(seen).size]).toEqual([5_000, 5_000]);
});

test('the number of parts comes down again', () => {
  const candidates = fill(0, 64, 10_000);
  expect(candidates.wantedParts).toBe(32);
  expect(fill(0, 1, 10_000).wantedParts).toBe(1);
});

test('a reference counts for all stores that have the body', () => {
  const candidates = new Candidates({ turn: 0, parts: 1 });
  const [body] = bodies;
  candidates.add('old-name', body!);
  candidates.add('new-name', body!);
  expect(candidates.size).toBe(1);
  expect(candidates.release(body!.id)).toBe(true);
  expect(candidates.size).toBe(0);
});
