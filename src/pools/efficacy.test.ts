import { describe, expect, it } from 'vitest';
import {
  type EfficacyMemory,
  efficacyCapOf,
  efficacyInWords,
  learnEfficacy,
  NO_EFFICACY,
} from './efficacy.ts';

type Mode = 'off' | 'advise' | 'enforce';

/** Slots that are asked for second by second, as far as efficacy lets them be; always all busy. */
function run(
  mode: Mode,
  {
    seconds,
    wanted,
    rate,
  }: { seconds: number; wanted: (i: number) => number; rate: (slots: number) => number },
) {
  let memory: EfficacyMemory = NO_EFFICACY;
  const slots: number[] = [];
  for (let i = 0; i < seconds; i++) {
    const ready = Math.min(wanted(i), efficacyCapOf(memory) ?? Number.POSITIVE_INFINITY);
    slots.push(ready);
    memory = learnEfficacy(
      memory,
      {
        ready,
        ended: rate(ready),
        busySeconds: ready,
        elapsedSeconds: 1,
        nowSeconds: i,
        serviceSeconds: ready / rate(ready),
      },
      mode,
    );
  }
  return { memory, slots };
}

/** Something behind the jobs lets 20 of them through a second, whatever the slots. */
const limited = (slots: number): number => Math.min(slots, 20);
const growing = (i: number): number => Math.min(100, 10 + i);

describe('efficacy', () => {
  it('holds back slots that do not end more jobs, when it may', () => {
    const { slots } = run('enforce', { seconds: 300, wanted: growing, rate: limited });
    expect(Math.max(...slots.slice(250))).toBeLessThan(40);
    expect(Math.min(...slots.slice(250))).toBeGreaterThanOrEqual(20);
  });

  it('only says so by default', () => {
    const { memory, slots } = run('advise', { seconds: 300, wanted: growing, rate: limited });
    expect(Math.max(...slots)).toBe(100);
    expect(efficacyInWords(memory)).toMatch(
      /^more slots do not end more jobs: \d+ slots end [\d.]+ a second, \d+ slots end 20\.0 a second/,
    );
  });

  it('says nothing while more slots end more jobs, or when it is off', () => {
    const scaling = run('advise', { seconds: 300, wanted: growing, rate: (slots) => slots });
    expect(efficacyInWords(scaling.memory)).toBeNull();
    const off = run('off', { seconds: 300, wanted: growing, rate: limited });
    expect(efficacyInWords(off.memory)).toBeNull();
  });

  it('lets jobs have their slots that have only become longer', () => {
    const { slots } = run('enforce', {
      seconds: 600,
      wanted: (i) => (i < 100 ? 20 : 80),
      rate: (ready) => (ready > 20 || ready < 20 ? ready / 4 : ready),
    });
    expect(slots.at(-1)).toBe(80);
  });

  it('lets slots come back when what was at its limit is not any more', () => {
    let most = 20;
    const { slots } = run('enforce', {
      seconds: 1_500,
      wanted: (i) => {
        if (i === 400) most = 1_000;
        return growing(i);
      },
      rate: (ready) => Math.min(ready, most),
    });
    expect(slots[399]).toBeLessThan(40);
    expect(slots.at(-1)).toBe(100);
  });

  it('forgets everything when slots have been to spare for a minute', () => {
    let { memory } = run('enforce', { seconds: 300, wanted: growing, rate: limited });
    expect(efficacyCapOf(memory)).not.toBeNull();
    const seen = { ready: 20, ended: 2, busySeconds: 2, elapsedSeconds: 1, serviceSeconds: 1 };
    for (let i = 300; i < 360; i++)
      memory = learnEfficacy(memory, { ...seen, nowSeconds: i }, 'enforce');
    expect(efficacyCapOf(memory)).toBeNull();
  });

  const idle = { ended: 0, busySeconds: 0, elapsedSeconds: 1, serviceSeconds: 1 };

  it('forgets everything as well when there have been no slots for a minute', () => {
    let { memory } = run('enforce', { seconds: 300, wanted: growing, rate: limited });
    expect(efficacyCapOf(memory)).not.toBeNull();
    for (let i = 300; i < 360; i++)
      memory = learnEfficacy(memory, { ...idle, ready: 0, nowSeconds: i }, 'enforce');
    expect(efficacyCapOf(memory)).toBeNull();
  });

  it.each(['test', 'cap', 'probe'] as const)(
    'measures nothing while slots are to spare, in state %s',
    (state) => {
      const window = { seconds: 5, ended: 100, busySeconds: 100 };
      const throughput = { slots: 20, endedPerSecond: 20 };
      const memory = {
        ...{ ...NO_EFFICACY, state, window, best: throughput, suspect: throughput },
        ...{ proven: throughput, cap: 20, untilSeconds: 1_000 },
      };
      for (const ready of [0, 20]) {
        const after = learnEfficacy(memory, { ...idle, ready, nowSeconds: 10 }, 'enforce');
        expect(after).toEqual({ ...memory, slackSeconds: 1 });
      }
    },
  );
});
