/**
 * The newest backup of a store, by the times in their names. Pure.
 */

import { BACKUP_NAME, manifestFile } from './manifest.ts';
import type { StoredFile } from './store/backup-store.ts';

/** Its name; undefined when there is none. A file without a manifest is no backup. @param label of the instance */
export function newestBackup(files: readonly StoredFile[], label: string): string | undefined {
  const names = files.flatMap(({ name }) => {
    const backup = name.replace(/\.json$/, '');
    return manifestFile(backup) === name && BACKUP_NAME.exec(backup)?.[1] === label ? [backup] : [];
  });
  return names.sort().at(-1);
}
