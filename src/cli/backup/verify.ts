/**
 * `drover backup verify`: loads a backup into a server of its own, and says whether all is in it that was counted.
 */
import { COUNTED_STATES, type StateCounts } from '../../backup/manifest.ts';
import { type Verification, verifyBackup } from '../../backup/verify-backup.ts';
import { formatDuration, formatSize } from '../../base/units.ts';
import { EXIT } from '../failure.ts';
import type { Work } from '../work.ts';
import { reportTo, withChosenBackup } from './chosen-backup.ts';
import { noteVerification } from './note-backup.ts';

/** Verifies one. */
export function backupVerify(work: Work): Promise<number> {
  return withChosenBackup(work, async (chosen) => {
    const report = await verifyBackup(chosen);
    if (report.isRight) await noteVerification(work, chosen);
    await reportTo(work, report, linesOf(report, chosen.store.where));
    return report.isRight ? EXIT.ok : EXIT.failure;
  });
}

function linesOf(report: Verification, where: string): string[] {
  const { name, isRight, problems, keys, queues, bytes, tookMs } = report;
  const expired = keys.expired ? `, and ${keys.expired} whose time has come since` : '';
  return [
    `${name} in ${where} ${isRight ? 'is whole and loads' : 'is not what it should be'}`,
    `  ${keys.found} keys${expired}, ${formatSize(bytes)}, in ${formatDuration(tookMs)}`,
    ...queues.map(({ queue, found }) => `  ${queue}: ${jobsIn(found)}`),
    ...problems.map((problem) => `  Wrong: ${problem}`),
  ];
}

function jobsIn(counts: StateCounts): string {
  const some = COUNTED_STATES.filter((state) => counts[state] > 0);
  return some.map((state) => `${counts[state]} ${state}`).join(', ') || 'no jobs';
}
