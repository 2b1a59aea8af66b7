/**
 * Checks of what Redis writes to disk, and of the machine under it. Pure.
 */
import { formatDuration, formatSize } from '../../base/units.ts';
import type { BackupRecord } from '../../metrics/backup-records.ts';
import {
  type Check,
  critical,
  EVERY_REDIS,
  field,
  figure,
  grown,
  information,
  judged,
  setting,
  unverified,
  type Verdict,
  warning,
} from '../check.ts';
import { both, valueOr } from '../reading.ts';
import type { Sample } from '../sample.ts';

const SLOW_FORK_MS = 100;
const VERY_SLOW_FORK_MS = 1_000;
const BACKUP_EVERY_MS = 30 * 60_000;
const VERIFIED_EVERY_MS = 7 * 24 * 3_600_000;
/** Clocks of two machines may differ by so much. */
const AHEAD_MS = 5 * 60_000;
const MAKE_BACKUP = 'npx drover backup make';
const VERIFY_BACKUP = 'npx drover backup verify latest';
const LITTLE_DISK = 0.2;
const NO_DISK = 0.05;
const MIN_REWRITE_BYTES = 64 * 1_048_576;

/** Disk and machine. */
export const PERSISTENCE_CHECKS: readonly Check[] = [
  {
    id: 'PER01',
    title: 'Redis cannot write to its disk',
    area: 'live',
    rule: 'rdb_last_bgsave_status, aof_last_write_status or aof_last_bgrewrite_status not ok, or MISCONF answered: critical',
    why: 'Every write is refused, PING too; a restart now loses what is only in memory.',
    remedy: [
      'Free disk and memory first; do not restart Redis before',
      'redis-cli BGSAVE (a file that cannot be written heals by itself within a second once there is space)',
    ],
    isCheap: true,
    judge: judgeWrites,
  },
  {
    id: 'PER02',
    title: 'The disk is too slow',
    area: 'live',
    rule: 'an fsync pending in two of five looks: warning; delayed ones since the last look: critical; latency events of the append-only file: warning',
    why: 'What is acknowledged is not on disk yet: a crash loses seconds.',
    remedy: [
      'Move backups and other loads off this disk, or take a faster one',
      'redis-cli LATENCY LATEST',
    ],
    judge: judgeFsync,
  },
  {
    id: 'PER03',
    title: 'A fork takes long',
    area: 'live',
    rule: 'latest_fork_usec above 100 ms: warning, above 1 s: critical',
    why: 'Redis stands still while it forks: every lock runs on.',
    remedy: [
      'echo never > /sys/kernel/mm/transparent_hugepage/enabled',
      'Split queues over two instances',
    ],
    judge: (sample) =>
      judged(figure(sample, 'latest_fork_usec'), (micros) => {
        const seen = `the last fork took ${formatDuration(micros / 1_000)}`;
        if (micros > VERY_SLOW_FORK_MS * 1_000) return critical(seen);
        return micros > SLOW_FORK_MS * 1_000 ? warning(seen) : undefined;
      }),
  },
  {
    id: 'PER04',
    title: 'The append-only file is not rewritten',
    area: 'live',
    rule: 'two failed rewrites in a row, or ten times its base: warning',
    why: 'The disk fills, and the next start takes as long as the file is.',
    remedy: [
      'redis-cli BGREWRITEAOF',
      'redis-cli INFO persistence, and the log, for why it failed',
    ],
    judge: judgeRewrites,
  },
  {
    id: 'PER05',
    title: 'There is no fresh backup',
    area: 'live',
    rule: 'older than twice 15 min: warning; none verified for 7 days: warning; unverified where Redis was told of none',
    why: 'What FLUSHALL, a bug or a lost disk takes comes back from a backup only.',
    remedy: [MAKE_BACKUP, VERIFY_BACKUP],
    judge: ({ server }) =>
      judged(server.backups, (records) =>
        records.length === 0
          ? unverified('Redis was told of no backup: it may have some that Drover did not make')
          : judgeBackups(records, server.at),
      ),
  },
  {
    id: 'CFG13',
    title: 'The machine is not prepared for Redis',
    area: 'configuration',
    rule: 'vm.overcommit_memory not 1, or huge pages always: warning; disk below 20 %: warning; below 5 % or twice the data: critical',
    why: 'Forks fail or stall, and a full disk stops every write.',
    remedy: [
      'sysctl -w vm.overcommit_memory=1',
      'echo never > /sys/kernel/mm/transparent_hugepage/enabled',
      'Free disk: twice the size of the append-only file and the snapshot',
    ],
    profiles: EVERY_REDIS,
    judge: judgeHost,
  },
  {
    id: 'LOD01',
    title: 'Redis is reading its data',
    area: 'live',
    rule: 'loading: information; more than 60 s to go: warning',
    why: 'Until then every command is refused.',
    remedy: ['Wait; redis-cli INFO persistence shows how far it is'],
    profiles: EVERY_REDIS,
    judge: (sample) =>
      judged(field(sample, 'loading'), (loading) => {
        if (loading !== '1') return undefined;
        const left = valueOr(figure(sample, 'loading_eta_seconds'), 0);
        const seen = `loading, about ${left} s to go`;
        return left > 60 ? warning(seen) : information(seen);
      }),
  },
];

const STATES = ['rdb_last_bgsave_status', 'aof_last_write_status', 'aof_last_bgrewrite_status'];

function judgeWrites(sample: Sample): readonly Verdict[] {
  const { info } = sample.server;
  const bad = judged(info, (fields) =>
    STATES.filter((name) => (fields.get(name) ?? 'ok') !== 'ok').map((name) => {
      const isAof = name.startsWith('aof');
      const seen = `${name} is ${fields.get(name)}`;
      return name === 'aof_last_bgrewrite_status'
        ? critical(seen, ['Free disk and memory first', 'redis-cli BGREWRITEAOF'])
        : critical(seen, isAof ? ['Free disk: it heals by itself within a second'] : undefined);
    }),
  );
  const refused = valueOr(grown(sample, 'errorstat_MISCONF', 'count'), { by: 0 }).by;
  return refused > 0
    ? [...bad, critical(`${refused} commands were refused with MISCONF since the last look`)]
    : bad;
}

function judgeFsync(sample: Sample): readonly Verdict[] {
  if (valueOr(field(sample, 'aof_enabled'), null) === '0') return [];
  const verdicts: Verdict[] = [];
  const pending = sample.server.pendingFsyncs.filter((count) => count > 0).length;
  if (pending >= 2)
    verdicts.push(
      warning(`an fsync was pending in ${pending} of ${sample.server.pendingFsyncs.length} looks`),
    );
  const delayed = grown(sample, 'aof_delayed_fsync');
  if (!delayed.isRead) verdicts.push(unverified(delayed.reason));
  else if (delayed.value.by > 0)
    verdicts.push(critical(`${delayed.value.by} fsyncs were delayed since the last look`));
  const slow = valueOr(sample.server.latency, []).filter(({ event }) => event.startsWith('aof-'));
  for (const { event, longestMs } of slow)
    verdicts.push(warning(`${event}: up to ${longestMs} ms`));
  return verdicts;
}

function judgeRewrites(sample: Sample): readonly Verdict[] {
  if (valueOr(field(sample, 'aof_enabled'), null) === '0') return [];
  const failures = valueOr(figure(sample, 'aof_rewrites_consecutive_failures'), 0);
  if (failures >= 2) return [warning(`${failures} rewrites failed in a row`)];
  return judged(
    both(figure(sample, 'aof_current_size'), figure(sample, 'aof_base_size')),
    ([current, base]) =>
      current > MIN_REWRITE_BYTES * 10 && current > 10 * Math.max(base, MIN_REWRITE_BYTES)
        ? warning(`the file is ${formatSize(current)}, its base ${formatSize(base)}`)
        : undefined,
  );
}

/** Labels are names that one server was given: its newest backup counts. What is dated ahead of now tells nothing. */
function judgeBackups(records: readonly BackupRecord[], now: number): readonly Verdict[] {
  const newest = (times: readonly (number | null)[]): number =>
    Math.max(...times.filter((at) => at !== null && at <= now + AHEAD_MS).map(Number));
  const ageMs = now - newest(records.map(({ madeAt }) => madeAt));
  const verifiedMs = now - newest(records.map(({ verifiedAt }) => verifiedAt));
  const verdicts: Verdict[] = [];
  if (ageMs > BACKUP_EVERY_MS)
    verdicts.push(
      warning(
        Number.isFinite(ageMs)
          ? `the last backup is ${formatDuration(ageMs)} old`
          : 'the last backup is dated ahead of now: a clock is wrong',
        [MAKE_BACKUP],
      ),
    );
  if (verifiedMs > VERIFIED_EVERY_MS)
    verdicts.push(
      warning(
        Number.isFinite(verifiedMs)
          ? `the last verification of a backup was ${formatDuration(verifiedMs)} ago`
          : 'no backup was verified yet',
        [VERIFY_BACKUP],
      ),
    );
  return verdicts;
}

function judgeHost(sample: Sample): readonly Verdict[] {
  return judged(sample.server.host, (host) => {
    const verdicts: Verdict[] = [];
    if (host.overcommit !== null && host.overcommit !== '1')
      verdicts.push(
        warning(`vm.overcommit_memory is ${host.overcommit}`, ['sysctl -w vm.overcommit_memory=1']),
      );
    const disables = valueOr(setting(sample, 'disable-thp'), 'yes') === 'yes';
    if (host.hugePages === 'always' && !disables)
      verdicts.push(
        warning('transparent huge pages are on', [
          'echo never > /sys/kernel/mm/transparent_hugepage/enabled',
        ]),
      );
    const backlog = Number(valueOr(setting(sample, 'tcp-backlog'), 0));
    if (host.somaxconn !== null && host.somaxconn < backlog)
      verdicts.push(
        warning(`somaxconn ${host.somaxconn} is below tcp-backlog ${backlog}`, [
          'sysctl -w net.core.somaxconn=1024',
        ]),
      );
    const files = valueOr(figure(sample, 'maxclients'), 0) + 32;
    if (host.openFiles !== null && host.openFiles < files)
      verdicts.push(
        warning(`Redis may open ${host.openFiles} files, maxclients needs ${files}`, [
          'ulimit -n 65536, or LimitNOFILE=65536 of its service',
        ]),
      );
    verdicts.push(...judgeDisk(sample, host.diskFreeRatio, host.diskFreeBytes));
    return verdicts;
  });
}

function judgeDisk(sample: Sample, ratio: number | null, freeBytes: number | null): Verdict[] {
  if (ratio === null || freeBytes === null) return [];
  // Whoever keeps nothing on disk needs none.
  const save = valueOr(setting(sample, 'save'), null);
  if (save === '' && valueOr(field(sample, 'aof_enabled'), null) === '0') return [];
  const data =
    valueOr(figure(sample, 'aof_current_size'), 0) + valueOr(figure(sample, 'used_memory'), 0);
  const seen = `${formatSize(freeBytes)} free (${Math.round(100 * ratio)} %)`;
  const remedy = ['Free disk: twice the size of the append-only file and the snapshot'];
  if (ratio < NO_DISK || freeBytes < 2 * data) return [critical(seen, remedy)];
  return ratio < LITTLE_DISK ? [warning(seen, remedy)] : [];
}
