/**
 * `drover backup rewind`: the data of a server as it was at a second in the past, in a new folder.
 */
import { resolve } from 'node:path';
import { rewindData } from '../../backup/restore/rewind.ts';
import { systemClock } from '../../base/clock.ts';
import { formatDuration } from '../../base/units.ts';
import { EXIT, UsageError } from '../failure.ts';
import { fieldsOf } from '../input.ts';
import type { Work } from '../work.ts';
import { interruptible, progressOn, reportTo } from './chosen-backup.ts';

interface Wishes {
  readonly dataDir: string;
  readonly toTime: string;
  readonly out: string;
  readonly redisServer?: string;
}

/** Rewinds a copy. */
export function backupRewind(work: Work): Promise<number> {
  const { command, typed, console, interrupted } = work;
  const wishes = fieldsOf(command, typed) as unknown as Wishes;
  const toSeconds = secondsOf(wishes.toTime);
  return interruptible(console, interrupted(), async (signal) => {
    const report = await rewindData({
      ...{ dataDir: resolve(wishes.dataDir), out: resolve(wishes.out), toSeconds, signal },
      ...{ redisServer: wishes.redisServer, onProgress: progressOn(console) },
    });
    const { out, keys, queues, tookMs } = report;
    await reportTo(work, report, [
      `${out} has the data of ${wishes.toTime}: ${keys} keys, ${queues.length} queues, in ${formatDuration(tookMs)}`,
      'To use it: stop the server, move its data folder aside, move this one into its place, and start the server.',
      'All queues are paused in it, and ids of new jobs begin far above the old ones. To go on:',
      ...queues
        .filter(({ wasPaused }) => !wasPaused)
        .map(({ queue }) => `  npx drover queue resume ${queue}`),
    ]);
    return EXIT.ok;
  });
}

/** Seconds since 1970, or a time with its zone: one without would mean another time on another machine. */
function secondsOf(text: string): number {
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)$/.test(text);
  const seconds = /^\d{9,11}$/.test(text)
    ? Number(text)
    : isTime
      ? Math.floor(Date.parse(text) / 1_000)
      : Number.NaN;
  if (Number.isNaN(seconds))
    throw new UsageError(
      `--to-time "${text}" is no time: give 2026-11-27T07:00:00Z, or seconds since 1970`,
    );
  if (seconds * 1_000 > systemClock.now())
    throw new UsageError(`--to-time "${text}" lies in the future`);
  return seconds;
}
