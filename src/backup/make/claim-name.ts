/**
 * Takes a name for a backup that nobody else takes.
 *
 * Names have the time to the second, and two runs may begin in the same one, on two hosts with the same store. Each writes
 * a file `<name>.claim-<word>` and then looks: whoever sees any other file of that name gives way and takes a later
 * second. Of two that write before either looks, both see the other: never do both go on.
 */
import { randomBytes, randomInt } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { utcStamp } from '../../base/units.ts';
import { sleep } from '../../base/wait.ts';
import { CoordinatorError } from '../../errors.ts';
import { backupName } from '../manifest.ts';
import type { BackupStore, StoredFile } from '../store/backup-store.ts';

/** A name of one's own. */
export interface ClaimedName {
  readonly name: string;
  /** Epoch ms. */
  readonly madeAt: number;
  /** To be called when the backup is there, or will not be. */
  release(): Promise<void>;
}

const CLAIM = /^(.+)-(\d{8}T\d{6}Z)\.claim-[0-9a-f]+$/;
const MOST_TRIES = 20;
/** No backup takes so long: whoever made the claim was killed. */
const ABANDONED_MS = 24 * 60 * 60_000;

/** Takes the next name that is free. Throws BACKUP_FAILED. */
export async function claimName(
  store: BackupStore,
  label: string,
  clock: Clock,
  signal?: AbortSignal,
): Promise<ClaimedName> {
  for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
    const madeAt = clock.now();
    const name = backupName(label, madeAt);
    const claim = `${name}.claim-${randomBytes(4).toString('hex')}`;
    const release = (): Promise<void> => store.delete(claim).catch(() => {}); // Removed when it is old.
    await store.put(claim, contentOf(name), signal);
    try {
      const files = await store.list(signal);
      if (!files.some((file) => file.name.startsWith(`${name}.`) && file.name !== claim)) {
        await removeAbandoned(store, label, files, madeAt);
        return { name, madeAt, release };
      }
    } catch (error) {
      await release();
      throw error;
    }
    await release();
    const pauseMs = 1_000 - (madeAt % 1_000) + randomInt(2_000);
    await sleep(pauseMs, { clock, ...(signal && { signal }) });
  }
  throw new CoordinatorError(
    'BACKUP_FAILED',
    `Other backups of "${label}" are begun in ${store.where} all the time: give each instance a --label of its own`,
  );
}

async function removeAbandoned(
  store: BackupStore,
  label: string,
  files: readonly StoredFile[],
  now: number,
): Promise<void> {
  const oldest = utcStamp(now - ABANDONED_MS);
  for (const { name } of files) {
    const [, ofLabel, stamp] = CLAIM.exec(name) ?? [];
    if (ofLabel === label && stamp! < oldest) await store.delete(name).catch(() => {});
  }
}

async function* contentOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`${text}\n`);
}
