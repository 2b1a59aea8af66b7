/**
 * The step in which prepared data becomes the data of a folder, with an eye on whoever starts a server meanwhile.
 *
 * Up to the switch everything can be taken back, and is when something fails or a server comes up: supervisors start what
 * was stopped. Right after it one more look tells which data a server has that came up at the very moment.
 */
import { basename } from 'node:path';
import { type Clock, systemClock } from '../../base/clock.ts';
import { sleep } from '../../base/wait.ts';
import { CoordinatorError } from '../../errors.ts';
import type { OnProgress } from '../verify-backup.ts';
import type { DataFolder } from './data-folder.ts';
import { dataUsers, isUsed, usersInWords } from './data-users.ts';
import { openFilesOf } from './folder-servers.ts';
import {
  bring,
  clearOld,
  type Placing,
  replaceDump,
  setAside,
  switchTo,
  takeBack,
} from './place-data.ts';

/** What is switched to what. */
export interface SwitchOptions {
  readonly folder: DataFolder;
  readonly placing: Placing;
  /** The prepared data; it is moved. */
  readonly dump: string;
  readonly redisUrl?: string | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly clock?: Clock;
}

const LOOKS = 50;
const LOOK_EVERY_MS = 100;

/** Switches. Rejects with RESTORE_REFUSED when a server came up; then all is as it was. */
export async function switchData(options: SwitchOptions): Promise<void> {
  const { folder, placing, dump, onProgress } = options;
  try {
    await onProgress?.('sets aside', null);
    if (placing.aside) await setAside(folder, placing.aside);
    await onProgress?.('brings', null);
    await bring(folder, dump, placing);
    await checkUnused(options);
    await onProgress?.('switches', null);
    await switchTo(folder, placing);
    await onProgress?.('looks', null);
    await checkNew(options);
  } catch (error) {
    await takeBack(folder, placing);
    throw error;
  }
  await onProgress?.('replaces the dump', null);
  await replaceDump(folder, dump);
  await onProgress?.('clears', null);
  await clearOld(folder.path, folder.names, placing);
}

async function checkUnused({ folder, redisUrl }: SwitchOptions): Promise<void> {
  const users = await dataUsers(folder.path, redisUrl);
  if (isUsed(users)) throw cameUp(usersInWords(users));
}

/** A server that came up has the new data, or it is as if nothing had been done. */
async function checkNew(options: SwitchOptions): Promise<void> {
  const { folder, redisUrl } = options;
  const users = await dataUsers(folder.path, redisUrl);
  for (const pid of users.pids)
    if (!(await hasNew(pid, options))) throw cameUp(usersInWords(users));
}

/** What it has open tells it, while it loads and later; one that opens nothing has read the old dump. */
async function hasNew(
  pid: number,
  { folder, placing, clock = systemClock }: SwitchOptions,
): Promise<boolean> {
  const ours = placing.files.map(({ name }) => name);
  for (let look = 0; look < LOOKS; look += 1) {
    const names = (await openFilesOf(pid)).map((path) => basename(path));
    if (names.some((name) => ours.includes(name))) return true;
    if (names.some((name) => name.startsWith(`${folder.names.file}.`))) return false;
    await sleep(LOOK_EVERY_MS, { clock });
  }
  return false;
}

function cameUp(who: string): CoordinatorError {
  return new CoordinatorError(
    'RESTORE_REFUSED',
    `While data was brought back, ${who} came up in the folder: stop it where it is started (systemctl stop, docker compose stop) and try again. The data is as it was`,
  );
}
