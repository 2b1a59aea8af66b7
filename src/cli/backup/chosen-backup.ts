/**
 * Which backup a command is about, and how it reports: the flags that verifying, restoring and the drill share.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { newestBackup } from '../../backup/find-backup.ts';
import { keysOf } from '../../backup/pack.ts';
import type { BackupStore } from '../../backup/store/backup-store.ts';
import { openStore } from '../../backup/store/open-store.ts';
import type { OnProgress } from '../../backup/verify-backup.ts';
import { CoordinatorError, messageOf } from '../../errors.ts';
import type { Console } from '../console.ts';
import { EXIT, UsageError } from '../failure.ts';
import { fieldsOf } from '../input.ts';
import { printableJson, printableLines } from '../printable.ts';
import { toJson } from '../show.ts';
import { surroundings } from '../surroundings.ts';
import type { Work } from '../work.ts';

/** Flags of all commands that read a backup. */
export interface ReadingFlags {
  readonly backup?: string;
  readonly from?: string;
  readonly label?: string;
  readonly identity?: string;
  readonly redisServer?: string;
}

/** What those flags say. */
export interface ChosenBackup {
  readonly store: BackupStore;
  readonly name: string;
  readonly identities: readonly string[];
  readonly redisServer: string | undefined;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

const USUAL_PLACE = './backups';
const NEWEST = 'latest';

/** Does some work with the backup that is meant. Ctrl-C ends it: then nothing was changed. */
export async function withChosenBackup(
  work: Work,
  run: (chosen: ChosenBackup) => Promise<number>,
): Promise<number> {
  const { command, typed, console, interrupted } = work;
  const flags = fieldsOf(command, typed) as ReadingFlags;
  const identities = identitiesIn(flags.identity);
  const store = openStore(flags.from ?? USUAL_PLACE, surroundings());
  try {
    const name = await nameOf(store, flags);
    return await interruptible(console, interrupted(), (signal) =>
      run({
        ...{ store, name, identities, signal, redisServer: flags.redisServer },
        onProgress: progressOn(console),
      }),
    );
  } finally {
    await store.close();
  }
}

/** Long work that Ctrl-C ends without a change. */
export async function interruptible(
  console: Console,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<number>,
): Promise<number> {
  try {
    return await run(signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    console.progress('');
    console.say('Stopped: nothing was changed.');
    return EXIT.failure;
  } finally {
    console.progress('');
  }
}

/** The answer: JSON, or lines for people. */
export async function reportTo(
  { settings, console }: Work,
  answer: object,
  lines: readonly string[],
): Promise<void> {
  console.progress('');
  await console.data(
    settings.output === 'json' ? printableJson(toJson(answer)) : printableLines(lines.join('\n')),
  );
}

/** A line that is written again when it reads otherwise. */
export function progressOn(console: Console): OnProgress {
  let shown = '';
  return (step, ratio) => {
    const line = ratio === null ? `${step} …` : `${step} ${Math.floor(ratio * 100)} %`;
    if (line === shown) return;
    shown = line;
    console.progress(line);
  };
}

async function nameOf(
  store: BackupStore,
  { backup = NEWEST, label = 'queue' }: ReadingFlags,
): Promise<string> {
  if (backup !== NEWEST) return backup;
  const newest = newestBackup(await store.list(), label);
  if (newest) return newest;
  throw new CoordinatorError(
    'NOT_FOUND',
    `There is no backup with the label "${label}" in ${store.where}: "drover backup list" shows what is there, --from names another place`,
  );
}

function identitiesIn(path: string | undefined): readonly string[] {
  if (path === undefined) return [];
  try {
    return keysOf(readFileSync(resolve(path), 'utf8'));
  } catch (error) {
    throw new UsageError(`--identity ${path} cannot be read: ${messageOf(error)}`);
  }
}
