/**
 * `drover backup restore`: brings a backup back into the data folder of a stopped server, and says what to expect then.
 */
import { resolve } from 'node:path';
import { type Restoration, restoreBackup } from '../../backup/restore/restore-backup.ts';
import { formatDuration, formatTime } from '../../base/units.ts';
import { EXIT, UsageError } from '../failure.ts';
import { fieldsOf } from '../input.ts';
import type { Work } from '../work.ts';
import { reportTo, withChosenBackup } from './chosen-backup.ts';

interface Wishes {
  readonly dataDir: string;
  readonly force?: boolean;
}

/** Restores one. By force only when that was confirmed: it ends a server and sets its data aside. */
export function backupRestore(work: Work): Promise<number> {
  const { dataDir: typed, force = false } = fieldsOf(work.command, work.typed) as unknown as Wishes;
  const dataDir = resolve(typed);
  return withChosenBackup(work, async (chosen) => {
    if (force) await confirmForce(work, chosen.name, dataDir);
    const { redisUrl } = work.settings;
    const report = await restoreBackup({ ...chosen, dataDir, isForced: force, redisUrl });
    await reportTo(work, report, linesOf(report));
    return report.problems.length === 0 ? EXIT.ok : EXIT.partial;
  });
}

async function confirmForce(
  { settings, ask, console }: Work,
  name: string,
  dataDir: string,
): Promise<void> {
  if (settings.isConfirmed) return;
  if (!settings.canAsk) throw new UsageError('"restore --force" must be confirmed: give --yes');
  console.say(
    `This ends a server that uses ${dataDir}, and sets the data there aside for the backup ${name}.`,
  );
  const answer = await ask('Go on? [y/N] ');
  if (!/^y(?:es)?$/i.test(answer?.trim() ?? '')) throw new UsageError('Nothing was done.');
}

function linesOf(report: Restoration): string[] {
  const { name, madeAt, dataDir, aside, keys, queues, rdbVersion, problems, unknown } = report;
  const active = queues.reduce((sum, each) => sum + each.active, 0);
  const overdue = queues.reduce((sum, each) => sum + each.overdue, 0);
  const resumable = queues.filter(({ wasPaused }) => !wasPaused).map(({ queue }) => queue);
  const paused = queues.length - resumable.length;
  return [
    `Restored ${name} of ${formatTime(madeAt)} into ${dataDir}: ${keys} keys, ${queues.length} queues, in ${formatDuration(report.tookMs)}`,
    ...(aside ? [`What was there is in ${dataDir}/${aside}: delete it when all is well`] : []),
    ...problems.map((problem) => `Not as it was counted: ${problem}`),
    ...unknown,
    'What to expect:',
    `  Start the server now. It must read RDB version ${rdbVersion}.`,
    `  ${active} jobs were active and run again, once their locks have ended.`,
    `  ${overdue} delayed jobs are overdue and run as soon as their queue goes on.`,
    '  Ids of new jobs begin far above the old ones. Locks, limits and deduplication whose time has come are gone.',
    '  All queues are paused. Look first: drover doctor, drover queue list. Then:',
    ...resumable.map((queue) => `    npx drover queue resume ${queue}`),
    ...(paused > 0 ? [`  ${paused} queues were paused when the backup was made.`] : []),
  ];
}
