/**
 * Checks of how quick the server is, and of what makes it slow. Pure.
 */
import { formatDuration } from '../../base/units.ts';
import {
  type Check,
  critical,
  grown,
  judged,
  unverified,
  type Verdict,
  warning,
} from '../check.ts';
import { both, mapped } from '../reading.ts';
import type { Sample } from '../sample.ts';

const SLOW_TRIP_MS = 10;
const VERY_SLOW_TRIP_MS = 100;
const SLOW_SCRIPT_MS = 50;
const VERY_SLOW_SCRIPT_MS = 1_000;
const RECENT_MS = 24 * 3_600_000;
const BUSY_CPU = 0.8;
const SKEW_MS = 500;
const BIG_SKEW_MS = 5_000;

/** Speed. */
export const LATENCY_CHECKS: readonly Check[] = [
  {
    id: 'LAT01',
    title: 'Redis is far away or busy',
    area: 'live',
    rule: 'p99 of 20 PINGs above 10 ms: warning, above 100 ms: critical',
    why: 'Each job takes a few round trips: their time is what a worker cannot work.',
    remedy: [
      'npx drover redis latency',
      'Run the workers beside Redis; redis-cli SLOWLOG GET 10 if the network is not the cause',
    ],
    judge: ({ server }) =>
      judged(server.roundTripsMs, (trips) => {
        const p99 = [...trips].sort((a, b) => a - b).at(-1) ?? 0;
        const seen = `a PING takes up to ${p99.toFixed(1)} ms (${trips.length} tries)`;
        if (p99 > VERY_SLOW_TRIP_MS) return critical(seen);
        return p99 > SLOW_TRIP_MS ? warning(seen) : undefined;
      }),
  },
  {
    id: 'LAT02',
    title: 'A script holds everybody up',
    area: 'live',
    rule: 'a script in the slow log of the last day above 50 ms: warning, above 1 s: critical',
    why: 'Redis does one thing at a time: nothing else runs meanwhile, no lock is renewed.',
    remedy: [
      'npx drover redis slowlog (which script, which queue)',
      'Clean in smaller steps, and keep fewer finished jobs (removeOnComplete with a count)',
      'redis-cli SLOWLOG RESET (once it is mended)',
    ],
    judge: judgeScripts,
  },
  {
    id: 'LAT03',
    title: 'A script does not end',
    area: 'live',
    rule: 'BUSY answered: critical',
    why: 'Redis refuses all else until it ends.',
    remedy: [
      'redis-cli SCRIPT KILL (works while it has not written)',
      'UNKILLABLE: only redis-cli SHUTDOWN NOSAVE, which loses what came after the last fsync',
    ],
    judge: (sample) => {
      const { info } = sample.server;
      // Then INFO is refused, too.
      if (!info.isRead && /\bBUSY\b/.test(info.reason)) return [critical('Redis answers BUSY')];
      return judged(grown(sample, 'errorstat_BUSY', 'count'), ({ by }) =>
        by > 0 ? critical(`${by} commands were refused with BUSY since the last look`) : undefined,
      );
    },
  },
  {
    id: 'LAT04',
    title: 'Somebody uses commands that stop or empty the server',
    area: 'live',
    rule: 'KEYS since the last look: warning; FLUSHALL or FLUSHDB: critical',
    why: 'KEYS walks through everything while all wait; FLUSHALL deletes every queue.',
    remedy: [
      'Find the caller: redis-cli MONITOR for a moment, or npx drover redis connections',
      'redis-cli ACL SETUSER <user> -keys -flushall -flushdb',
    ],
    judge: judgeCommands,
  },
  {
    id: 'LAT05',
    title: 'Redis has no time left',
    area: 'live',
    rule: 'the main thread busy above 80 % between two looks: warning',
    why: 'From here on everything waits.',
    remedy: ['Split the queues over two instances', 'npx drover redis slowlog'],
    judge: (sample) =>
      judged(both(mainThread(sample, 'user'), mainThread(sample, 'sys')), ([user, sys]) => {
        const share = ((user.by + sys.by) * 1_000) / user.overMs;
        return share > BUSY_CPU
          ? warning(`the main thread is busy ${Math.round(100 * share)} %`)
          : undefined;
      }),
  },
  {
    id: 'CLK01',
    title: 'Clocks differ',
    area: 'live',
    rule: 'the server, or a host with workers, off by more than 500 ms: warning; 5 s: critical',
    why: 'Delays, rate limits and schedules use the clocks of the clients, locks the one of the server.',
    remedy: ['timedatectl set-ntp true, on the host that is off'],
    judge: judgeClocks,
  },
];

const mainThread = (sample: Sample, part: 'user' | 'sys'): ReturnType<typeof grown> =>
  grown(sample, `used_cpu_${part}_main_thread`);

function judgeScripts({ server }: Sample): readonly Verdict[] {
  return judged(server.slow, (commands) => {
    const slow = commands
      .filter(
        ({ at, tookMs, command }) =>
          /^(?:evalsha|eval|fcall)/i.test(command) &&
          tookMs > SLOW_SCRIPT_MS &&
          server.at - at < RECENT_MS,
      )
      .sort((a, b) => b.tookMs - a.tookMs)[0];
    if (!slow) return undefined;
    const which = slow.script ?? 'a script that is not of BullMQ';
    const where = slow.queue ? ` on the queue ${slow.queue}` : '';
    const seen = `${which}${where} took ${formatDuration(slow.tookMs)}`;
    return slow.tookMs > VERY_SLOW_SCRIPT_MS ? critical(seen) : warning(seen);
  });
}

function judgeCommands(sample: Sample): readonly Verdict[] {
  const [keys, all, db] = ['keys', 'flushall', 'flushdb'].map((name) =>
    grown(sample, `cmdstat_${name}`, 'calls'),
  );
  if (!keys!.isRead) return [unverified(keys!.reason)];
  return judged(both(keys!, both(all!, db!)), ([walked, [a, b]]) => {
    const verdicts: Verdict[] = [];
    if (a.by + b.by > 0)
      verdicts.push(critical(`FLUSHALL or FLUSHDB ran ${a.by + b.by} times since the last look`));
    if (walked.by > 0) verdicts.push(warning(`KEYS ran ${walked.by} times since the last look`));
    return verdicts;
  });
}

function judgeClocks({ server }: Sample): readonly Verdict[] {
  const off = (who: string, aheadMs: number): Verdict | undefined => {
    const seen = `${who} is ${Math.round(Math.abs(aheadMs))} ms ${aheadMs > 0 ? 'ahead' : 'behind'}`;
    if (Math.abs(aheadMs) > BIG_SKEW_MS) return critical(seen);
    return Math.abs(aheadMs) > SKEW_MS ? warning(seen) : undefined;
  };
  const hosts = mapped(server.hostsAheadMs, (byHost) =>
    [...byHost].flatMap(([host, ahead]) => off(`the clock of ${host}`, ahead) ?? []),
  );
  return [
    ...judged(server.clockAheadMs, (ahead) => off("Redis's clock", ahead)),
    ...(hosts.isRead ? hosts.value : []),
  ];
}
