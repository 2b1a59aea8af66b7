/**
 * `drover backup drill`: restores a backup for practice, without touching anything, and reports how it went.
 */
import { drillBackup } from '../../backup/drill.ts';
import { formatDuration } from '../../base/units.ts';
import { EXIT } from '../failure.ts';
import type { Work } from '../work.ts';
import { reportTo, withChosenBackup } from './chosen-backup.ts';
import { noteVerification } from './note-backup.ts';

/** Does it; fails unless all went well. */
export function backupDrill(work: Work): Promise<number> {
  return withChosenBackup(work, async (chosen) => {
    const report = await drillBackup(chosen);
    const { name, isRight, steps, tookMs } = report;
    if (report.verification.isRight) await noteVerification(work, chosen);
    await reportTo(work, report, [
      ...steps.map(
        (each) =>
          `${each.isRight ? 'ok   ' : 'FAIL '} ${each.step.padEnd(10)} ${formatDuration(each.tookMs).padStart(8)}  ${each.found}`,
      ),
      isRight
        ? `${name} comes back: ${formatDuration(tookMs)} from the backup to a job that was done`
        : `${name} does not come back as it should`,
    ]);
    return isRight ? EXIT.ok : EXIT.failure;
  });
}
