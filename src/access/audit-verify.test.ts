import { expect, test } from 'vitest';
import {
  type ChainPlace,
  chainEntry,
  GENESIS,
  parseAnchor,
  type StoredEntry,
} from './audit-entry.ts';
import { AuditVerifier } from './audit-verify.ts';

function chain(length: number, from: ChainPlace = GENESIS): StoredEntry[] {
  const entries: StoredEntry[] = [];
  for (let last = from; entries.length < length; last = entries.at(-1)!)
    entries.push(
      chainEntry(last, {
        ...{ kind: 'intent', at: 1, action: 'queues.pause', queue: 'a', parameters: {} },
        ...{ actor: { kind: 'basic', id: 'ann', name: 'Ann' }, address: null, correlationId: 'c' },
      }),
    );
  return entries;
}

const TEN = chain(10);

function verify(
  entries: readonly StoredEntry[],
  {
    anchors = [] as readonly ChainPlace[],
    outside = undefined as ChainPlace | undefined,
    head = TEN[9] as ChainPlace | null,
    mostEntries = 1,
  } = {},
) {
  const byNumber = new Map(anchors.map(({ n, hash }) => [n, hash]));
  const verifier = new AuditVerifier({ anchors: byNumber, outside, mostEntries });
  for (const entry of entries) verifier.add(entry);
  return verifier.finish(head ?? undefined);
}

test('a whole run from the first entry is whole', () => {
  const { n, hash } = TEN[9]!;
  expect(verify(TEN)).toEqual({
    ...{ from: 1, to: 10, checked: 10, anchors: 0, fault: null, head: { n, hash } },
  });
});

test('nothing at all is whole, a head without entries is not', () => {
  expect(verify([], { head: null })).toMatchObject({ from: null, to: null, fault: null });
  expect(verify([])).toMatchObject({
    fault: 'the head is at entry 10, and the entries after 0 are missing',
  });
});

test('each entry in turn: changing its text, its hash, or taking it out is found', () => {
  for (const [i, entry] of TEN.entries()) {
    const changed = { ...entry, text: entry.text.replace('Ann', 'Bob') };
    expect(verify(TEN.with(i, changed)).fault).toContain(`entry ${i + 1} was changed`);
    const rehashed = chainEntry(TEN[i - 1] ?? GENESIS, JSON.parse(changed.text));
    // With a hash that fits, the next one does not follow, or the head.
    expect(verify(TEN.with(i, rehashed)).fault).toMatch(/was changed|hash of the head/);
    expect(verify(TEN.toSpliced(i, 1)).fault).toMatch(
      i === 9
        ? /entries after 9 are missing/
        : i === 0
          ? /no anchor at 1/
          : new RegExp(`entry ${i + 1} is missing`),
    );
  }
});

test('entries that were swapped, repeated or put in are found', () => {
  expect(verify(TEN.with(3, TEN[4]!).with(4, TEN[3]!)).fault).toBe('entry 4 is missing');
  expect(verify(TEN.toSpliced(4, 0, TEN[3]!)).fault).toContain('entry 4 comes after entry 4');
  const [foreign] = chain(1, { n: 4, hash: 'f'.repeat(64) });
  expect(verify(TEN.with(4, foreign!)).fault).toContain('entry 5 was changed or put in');
});

test('renumbering is found, since the text holds the number', () => {
  const moved = chain(9).map((entry) => ({ ...entry, n: entry.n + 1 }));
  const [start] = TEN;
  expect(verify(moved, { anchors: [{ ...GENESIS, n: 1 }, start!].slice(0, 1) }).fault).toBe(
    'entry 2 has the text of another one',
  );
});

test('a trimmed beginning needs its anchor, and one that fits', () => {
  const rest = TEN.slice(4);
  expect(verify(rest).fault).toContain('the entries before 5 are gone, and no anchor at 4');
  expect(verify(rest, { anchors: [TEN[3]!] })).toMatchObject({
    from: 5,
    checked: 6,
    anchors: 1,
    fault: null,
  });
  expect(verify(rest, { anchors: [TEN[2]!] }).fault).toContain('no anchor at 4');
  expect(verify(rest, { anchors: [{ n: 4, hash: 'f'.repeat(64) }] }).fault).toContain(
    'entry 5 was changed',
  );
  expect(verify(rest, { outside: TEN[3]! })).toMatchObject({ fault: null });
});

test('an anchor on the way that does not fit is found', () => {
  expect(verify(TEN, { anchors: [TEN[3]!, TEN[7]!] })).toMatchObject({ anchors: 2, fault: null });
  expect(verify(TEN, { anchors: [{ n: 4, hash: 'f'.repeat(64) }] }).fault).toContain(
    'entry 4 does not fit the anchor',
  );
});

test('a head that does not fit is found', () => {
  expect(verify(TEN, { head: null }).fault).toContain('the head is gone');
  expect(verify(TEN, { head: { n: 10, hash: 'f'.repeat(64) } }).fault).toContain(
    'hash of the head',
  );
  expect(verify(TEN, { head: TEN[8]! }).fault).toContain('although there is an entry 10');
});

test('an anchor of the outside: fits, does not fit, is later than the end, or older than all that is left', () => {
  expect(verify(TEN, { outside: TEN[6]! }).fault).toBeNull();
  expect(verify(TEN, { outside: { n: 7, hash: 'f'.repeat(64) } }).fault).toContain(
    'entry 7 is not the one',
  );
  expect(verify(TEN, { outside: { n: 11, hash: TEN[9]!.hash } }).fault).toContain(
    'the audit ends at 10',
  );
  expect(verify([], { head: null, outside: TEN[1]! }).fault).toContain('the audit ends at 0');
  const rest = TEN.slice(4);
  const anchors = [TEN[1]!, TEN[3]!];
  expect(verify(rest, { anchors, outside: TEN[1]! }).fault).toBeNull();
  expect(verify(rest, { anchors, outside: TEN[2]! }).fault).toContain('proves nothing');
  expect(verify(rest, { anchors, outside: { n: 2, hash: 'f'.repeat(64) } }).fault).toContain(
    'does not fit the one in Redis',
  );
});

test('text that is no entry of ours is a fault, not an exception', () => {
  expect(verify([{ n: 1, text: '{', hash: 'x' }]).fault).toContain('entry 1 was changed');
});

test.each([
  '',
  '17',
  '17:',
  '0:f',
  `-1:${'f'.repeat(64)}`,
  `17:${'g'.repeat(64)}`,
  `1e3:${'f'.repeat(64)}`,
])('%j is no anchor', (text) => expect(parseAnchor(text)).toBeUndefined());

test('an anchor is read as it is written', () => {
  expect(parseAnchor(` 17:${'a'.repeat(64)}\n`)).toEqual({ n: 17, hash: 'a'.repeat(64) });
});

test('parameters that are too long are replaced by their size', () => {
  const { text } = chainEntry(GENESIS, {
    ...{ kind: 'intent', at: 1, action: 'jobs.add', queue: 'a', address: null, correlationId: 'c' },
    ...{
      actor: { kind: 'basic', id: 'ann', name: 'Ann' },
      parameters: { deep: { text: 'x'.repeat(50_000) } },
    },
  });
  expect(text.length).toBeLessThan(500);
  expect(JSON.parse(text).parameters.omitted).toMatch(/^\[500\d\d characters\]$/);
});

test('a run that was cut at an anchor, and is shorter than what is kept, was cut by somebody else', () => {
  const rest = { anchors: [TEN[5]!], mostEntries: 5 };
  expect(verify(TEN.slice(6), rest)).toMatchObject({
    fault: expect.stringContaining(
      'the entries before 7 are gone, although only 4 are left of the 5',
    ),
  });
  expect(verify(TEN.slice(6), { ...rest, mostEntries: 4 })).toMatchObject({ from: 7, fault: null });
});

test('an anchor behind the end tells that there was more', () => {
  const [kept] = chain(1, TEN[9]);
  const fault = expect.stringContaining('an anchor is of entry 11, and the audit ends at');
  expect(verify(TEN, { anchors: [kept!] })).toMatchObject({ fault });
  expect(verify([], { anchors: [kept!], head: null })).toMatchObject({ fault });
});
