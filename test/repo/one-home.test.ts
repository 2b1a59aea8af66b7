/** What may stand in one place only: environment, time, clients, keys, logging. */
import { describe, expect, it } from 'vitest';
import { findings, readSources } from './sources.ts';

const sources = readSources();
const outside = (...homes: string[]) =>
  sources.filter(({ path }) => !homes.some((home) => path === home || path.startsWith(home)));

describe('one home', () => {
  it('only config/ reads the environment and the terminal', () => {
    const others = outside('config/', 'cli/', 'bin/');
    expect(findings(others, /\bprocess\.(env|argv|stdout|stdin|stderr)\b/)).toEqual([]);
    expect(findings(others, /from '(node:)?process'/)).toEqual([]);
  });

  it('only base/ knows the time and sets timers', () => {
    const others = outside('base/');
    const time = /\b(Date\.now|performance\.now|process\.hrtime|new Date)\b/;
    const timer = /\b(setTimeout|setInterval|setImmediate|clearTimeout|clearInterval)\(/;
    expect(findings(others, time)).toEqual([]);
    expect(findings(others, timer)).toEqual([]);
    expect(findings(others, /from '(node:)?timers(\/promises)?'/)).toEqual([]);
  });

  it('only redis/ makes clients; elsewhere ioredis is a type', () => {
    const others = outside('redis/');
    expect(findings(others, /\bnew (Redis|IORedis|RedisClient|Cluster|RedisConnection)\(/)).toEqual(
      [],
    );
    const values = others.flatMap(({ path, imports }) =>
      imports
        .filter(({ from, isType }) => from === 'ioredis' && !isType)
        .map(({ line }) => `src/${path}:${line}`),
    );
    expect(values).toEqual([]);
  });

  it("only keys.ts builds keys, the catalogues show them, and nobody builds BullMQ's", () => {
    const others = outside(
      'keys.ts',
      'key-catalogue.ts',
      'payload-key-catalogue.ts',
      'operator-key-catalogue.ts',
    );
    // A literal that goes on from a prefix, or that begins with the name of ours.
    expect(findings(others, /[pP]refix\}:/)).toEqual([]);
    expect(findings(others, /['"`](coordinator|bull):/)).toEqual([]);
  });

  it('only log-lines.ts and cli/ log', () => {
    // The logger that a processor gets is the user's: it passes their lines on and has none of its own.
    const others = outside('log-lines.ts', 'cli/', 'workers/running-job.ts');
    expect(findings(others, /\bconsole\.\w+/)).toEqual([]);
    expect(findings(others, /\blogger(\.(info|warn|error|debug|trace|fatal)\(|\[)/)).toEqual([]);
    const makers = others.filter(({ path }) => path !== 'create-logger.ts');
    expect(findings(makers, /from 'pino(-pretty)?'/)).toEqual([]);
  });

  it('nothing that can change lives at the top of a module', () => {
    expect(findings(sources, /^(?:export )?(?:let|var) \w+/m)).toEqual([]);
    expect(
      findings(sources, /^(?:export )?const \w+[^=\n]* = (?:new (?:Map|WeakMap|Set)\(\)|\[\])/m),
    ).toEqual([]);
  });

  it('what calls itself pure waits for nothing and asks no clock', () => {
    const pure = sources.filter(({ text }) => /\bPure\b/.test(text.split('*/')[0] ?? ''));
    expect(pure.length).toBeGreaterThan(5);
    expect(
      findings(pure, /\bawait\b|\bsystemClock\b|\basync\b|from 'node:(?!util)[\w/]+'/),
    ).toEqual([]);
  });
});
