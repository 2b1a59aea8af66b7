/**
 * Has Redis itself take a note of a backup that was made or verified: what its doctor and metrics go by.
 */

import { type Recorded, recordBackup } from '../../backup/keep/record-backup.ts';
import { openSocket, type RedisSocket } from '../../backup/make/redis-socket.ts';
import { readManifest } from '../../backup/read-backup.ts';
import { type RedisAddress, resolveAddress } from '../../config/redis-address.ts';
import { messageOf } from '../../errors.ts';
import { createKeys } from '../../keys.ts';
import { printable } from '../printable.ts';
import type { Work } from '../work.ts';
import type { ChosenBackup } from './chosen-backup.ts';

/** Tells it, and says in a line when that was not possible. Never rejects. */
export async function noteBackup(
  { settings, console }: Pick<Work, 'settings' | 'console'>,
  address: RedisAddress,
  backup: Recorded,
): Promise<void> {
  const { timeoutMs: connectMs, coordinatorPrefix = 'coordinator' } = settings;
  let socket: RedisSocket | undefined;
  const ask = async (...words: string[]): Promise<unknown> => {
    socket ??= await openSocket(address, { connectMs });
    return socket.command(...words);
  };
  const refusal = await recordBackup(ask, createKeys(coordinatorPrefix), backup);
  socket?.close();
  if (refusal !== null) console.say(printable(refusal));
}

/**
 * The same of a backup that was just found whole. Whoever verifies where no Redis is named has nobody to tell. Never
 * rejects.
 */
export async function noteVerification(
  work: Pick<Work, 'settings' | 'console'>,
  { store, name }: Pick<ChosenBackup, 'store' | 'name'>,
): Promise<void> {
  const { redisUrl, server } = work.settings;
  try {
    const address = server ? undefined : resolveAddress(redisUrl, undefined);
    if (address) await noteBackup(work, address, await readManifest(store, name));
  } catch (error) {
    work.console.say(printable(`Redis was not told of the verification: ${messageOf(error)}`));
  }
}
