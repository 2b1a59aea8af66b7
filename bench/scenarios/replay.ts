/**
 * Dead letters put back into their queue: how many a second, and how soon an abort takes hold.
 */
import { startChild } from '../harness/children.ts';
import { startRedis } from '../harness/redis.ts';
import { alone } from '../harness/report.ts';
import { repeat } from '../harness/rounds.ts';
import { roundsOf, type Scenario } from '../harness/scenario.ts';
import type { ReplayWorker } from '../workers/replay.ts';

const ROUNDS = 5;

export const replay: Scenario = {
  name: 'replay',
  describe: 'replay of 100,000 dead letters, and the time that an abort takes',
  async run(options) {
    const letters = options.quick ? 5_000 : 100_000;
    const rounds = roundsOf(options, ROUNDS);
    await using redis = await startRedis();
    await using child = startChild<ReplayWorker>('replay');
    await child.call('open', { url: redis.url });
    const replays = await repeat(rounds, async () => {
      await child.call('seed', { letters });
      const figures = await child.call('replayAll', { letters });
      options.progress(`${Math.round(figures.perSecond)} dead letters/s`);
      return figures;
    });
    const aborts = await repeat(rounds, async () => {
      await child.call('seed', { letters });
      return child.call('abort', { letters });
    });
    const what = (rest: string): string => `replay of ${letters} dead letters, ${rest}`;
    return [
      alone(
        { what: what('unpaced'), unit: 'dead letters/s', bar: 5_000, better: 'higher' },
        replays.map(({ perSecond }) => perSecond),
      ),
      alone(
        { what: what('call to end, with the dry run'), unit: 'ms', bar: null, better: 'lower' },
        replays.map(({ tookMs }) => tookMs),
      ),
      alone({ what: what('abort'), unit: 'ms', bar: 1_000, better: 'lower' }, aborts),
    ];
  },
};
