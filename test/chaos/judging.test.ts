/** The judge sees what it is there for: each kind of harm, made up here, is told as a broken promise. */
import { describe, expect, test } from 'vitest';
import type { Books } from './harness/books.ts';
import { judge } from './harness/invariants.ts';
import { Ledger } from './harness/ledger.ts';
import { measure } from './harness/measure.ts';
import type { Member } from './harness/member.ts';
import { createRandom } from './harness/random-numbers.ts';
import { type Bounds, type Side, USUAL_BOUNDS, USUAL_SETUP } from './harness/scenario.ts';
import type { Stage } from './harness/stage.ts';
import { toPage } from './report/page.ts';
import { SCENARIOS } from './scenarios/all.ts';
import { randomScenario } from './scenarios/random.ts';

const TIMES = { faultAtMs: 1_000, healedAtMs: 2_000 };
const SOCKETS = ['command', 'wait', 'events'].map(
  (role) => `id=1 name=chaos:bullmq-${role}:h:7 age=1`,
);

interface MadeUp {
  readonly bounds?: Partial<Bounds>;
  readonly books?: Partial<Books>;
  readonly member?: Partial<Member>;
  readonly clients?: string[];
  readonly side?: Side;
  readonly noiseMs?: number;
}

/** Two jobs that ran in order after the heal, on one worker; then `harm`. */
function broken(harm: (ledger: Ledger) => void, made: MadeUp = {}): string[] {
  const ledger = new Ledger();
  for (const id of ['a', 'b']) {
    ledger.write('p', 900, 'sent', [id]);
    ledger.write('p', 910, 'accepted', [id, '10']);
    ledger.write('w', 2_100, 'started', [id]);
    ledger.write('w', 2_120, 'ended', [id]);
  }
  harm(ledger);
  const member = {
    ...{ name: 'w', pid: 7, app: { isRunning: true }, isLive: true, isDismissed: false },
    ...{ vitals: [], unhandled: [], errors: [], httpMs: [1], logs: [] },
    ...made.member,
  } as unknown as Member;
  const books: Books = {
    ...{ completed: new Set(['a', 'b']), failed: new Set<string>(), active: [], waiting: [] },
    ...{ waitingChildren: [], orphans: [], completedTwice: [] },
    ...made.books,
  };
  const fleet = { members: [member], live: [member] };
  const stage = {
    ...{
      side: made.side ?? 'drover',
      setup: USUAL_SETUP,
      ledger,
      fleet,
      producer: member,
      noise: { p99Ms: made.noiseMs ?? 0 },
    },
  } as unknown as Stage;
  return judge({
    ...{ stage, books, times: TIMES, figures: measure(stage, books, TIMES) },
    bounds: { ...USUAL_BOUNDS, ...made.bounds },
    clients: (made.clients ?? SOCKETS).join('\n'),
  })
    .filter(({ state }) => state === 'broken')
    .map(({ promise, seen }) => `${promise}: ${seen}`);
}

const nothing = (): void => {};

describe('the judge', () => {
  test('finds nothing where all is well', () => {
    expect(broken(nothing, { bounds: { inOrder: true, errorsPerSecond: 1 } })).toEqual([]);
  });

  test.for<[what: string, harm: (ledger: Ledger) => void, made: MadeUp, words: string]>([
    [
      'a lost job',
      (ledger) => ledger.write('p', 950, 'accepted', ['c', '1']),
      {},
      'no accepted job is lost: 1 lost',
    ],
    [
      'a job that ran and is not in the books',
      nothing,
      { books: { completed: new Set(['a']) } },
      'every accepted job is finished in the books: 1: b',
    ],
    ['a stuck job', nothing, { books: { active: ['b'] } }, 'nothing stays active or waiting: 1: b'],
    ['an orphan', nothing, { books: { orphans: ['x'] } }, 'no job is outside all sets: 1: x'],
    [
      'a job that failed',
      nothing,
      { books: { completed: new Set(['a']), failed: new Set(['b']) } },
      'no job fails that did not fail by itself: 1 failed',
    ],
    [
      'a job that completed twice',
      nothing,
      { books: { completedTwice: ['a'] } },
      'each job completes once: 1: a',
    ],
    [
      'a repeat',
      (ledger) => ledger.write('w', 2_200, 'started', ['a']),
      {},
      'at most 0 jobs run again: 1 did',
    ],
    [
      'a refused add that ran',
      (ledger) => {
        ledger.write('p', 900, 'sent', ['r']);
        ledger.write('p', 900, 'refused', ['r', '5', 'QUEUE_UNAVAILABLE']);
        ledger.write('w', 2_200, 'started', ['r']);
        ledger.write('w', 2_200, 'ended', ['r']);
      },
      {},
      'a refused add never runs: 1: r',
    ],
    [
      'jobs out of order',
      (ledger) => ledger.started.reverse(),
      { bounds: { inOrder: true } },
      'jobs run in the order in which they came: 1 out of order',
    ],
    [
      'work that does not go on',
      (ledger) => ledger.started.splice(0),
      { bounds: { allWorkersResume: false } },
      'work goes on within 5000 ms: never',
    ],
    [
      'an add without an answer',
      (ledger) => ledger.write('p', 950, 'sent', ['c']),
      {},
      'every add gets an answer: 1 did not',
    ],
    [
      'an unhandled rejection',
      nothing,
      { member: { unhandled: ['no'] } },
      'processes stay well: unhandled rejection: no; unhandled rejection: no',
    ],
    [
      'a process that ended by itself',
      nothing,
      { member: { app: { isRunning: false } as Member['app'], isLive: false } },
      'processes stay well: w has ended: no word; w has ended: no word',
    ],
    [
      'one socket too many',
      nothing,
      { clients: [...SOCKETS, SOCKETS[0]!] },
      '1 to 3 sockets per process: 2: w has 4, w has 4',
    ],
    [
      'slow answers',
      nothing,
      { member: { httpMs: [300] } },
      'HTTP answers p99 within 50 ms: 300 ms',
    ],
  ])('tells %s', ([, harm, made, words]) => {
    expect(broken(harm, made)).toContain(words);
  });

  test('puts slow answers down to the machine where the harness was late itself', () => {
    expect(broken(nothing, { member: { httpMs: [300] }, noiseMs: 100 })).toEqual([]);
  });

  test('tells a storm of errors and memory that grows', () => {
    const vitals = [
      { atMs: 900, memoryMb: 80, errors: 0, logLines: 0 },
      { atMs: 1_900, memoryMb: 180, errors: 500, logLines: 11 },
    ];
    expect(broken(nothing, { member: { vitals }, bounds: { errorsPerSecond: 1 } })).toEqual([
      'processes stay well: 11 log lines per second; memory grew by 100 MB',
      'at most 1 error events per second and worker: 500',
    ]);
  });
});

describe('the lots', () => {
  test('are the same for the same seed, and others for others', () => {
    expect(randomScenario(7)).toMatchObject({ fault: randomScenario(7).fault });
    expect(new Set(Array.from({ length: 50 }, (_, i) => randomScenario(i).fault)).size).toBe(50);
  });

  test('numbers are those that the seed has on every machine', () => {
    const random = createRandom(1);
    expect([random.between(0, 99), random.between(0, 99), random.between(0, 99)]).toEqual([
      62, 0, 52,
    ]);
  });
});

describe('the page', () => {
  test('has both sides of what ran, and the reason for what did not', () => {
    const [first, second] = SCENARIOS;
    const why = { checks: [], notes: [], tookMs: 0, notRun: 'needs root' };
    const figures = {
      ...{ sent: 1, accepted: 1, refused: 0, unknown: 0, pending: 3, repeats: 0, lost: 0 },
      ...{ failed: 0, stuck: 0, resumeMs: null, gapMs: 0, slowestAddMs: 2_000 },
      ...{ errorsPerSecond: 0, logLinesPerSecond: 0, httpP99Ms: 1, memoryGrowthMb: 0, noiseMs: 0 },
    };
    const checks = [{ promise: 'no job is lost', seen: '1 lost', state: 'broken' as const }];
    const outcome = { scenario: first!.name, figures, checks, notes: [], tookMs: 1 };
    const page = toPage({
      ...{ date: '2030-01-01', command: 'npm run reliability' },
      machine: { cpu: 'cpu', cores: 2 } as never,
      entries: [
        {
          scenario: first!,
          drover: { ...outcome, side: 'drover', checks: [] },
          bare: { ...outcome, side: 'bare' },
        },
        {
          scenario: second!,
          drover: { ...why, scenario: second!.name, side: 'drover' },
          bare: { ...why, scenario: second!.name, side: 'bare' },
        },
      ],
    });
    expect(page).toContain('| Drover | yes | never |');
    expect(page).toContain('| bare | **no** (1) | never | 0 | 0 | 0 | 0 | 2.0 s, 3 open |');
    expect(page).toContain('**not kept**: no job is lost: 1 lost');
    expect(page).toMatch(new RegExp(`\\| ${second!.name}: .* \\| needs root \\|`));
  });
});
