// @ts-check
/**
 * A process that restores a backup, and is killed at a step of it if that is wanted. Runs on the built package.
 *
 * Settings from the environment: STORE, NAME, DATA_DIR, FORCE, KILL_AT (a step). Printed: each step.
 */

import { restoreBackup } from '../../dist/backup/restore/restore-backup.js';
import { folderStore } from '../../dist/backup/store/folder-store.js';

const { STORE = '', NAME = '', DATA_DIR = '', FORCE, KILL_AT } = process.env;
let last = '';
try {
  await restoreBackup({
    store: folderStore(STORE),
    name: NAME,
    dataDir: DATA_DIR,
    isForced: FORCE === '1',
    onProgress(step) {
      if (step === last) return;
      last = step;
      console.log(step);
      if (step === KILL_AT) process.kill(process.pid, 'SIGKILL');
    },
  });
  console.log('done');
} catch (error) {
  console.log(/** @type {{ code?: string }} */ (error).code, String(error));
  process.exitCode = 1;
}
