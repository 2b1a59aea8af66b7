/**
 * `drover backup make`: a backup of a running Redis into a folder or a bucket, with a report of what is in it.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type BackupProgress, makeBackup } from '../../backup/make/make-backup.ts';
import { type BackupManifest, COUNTED_STATES } from '../../backup/manifest.ts';
import { keysOf } from '../../backup/pack.ts';
import { openStore } from '../../backup/store/open-store.ts';
import { systemClock } from '../../base/clock.ts';
import { formatDuration, formatSize } from '../../base/units.ts';
import { type RedisAddress, resolveAddress } from '../../config/redis-address.ts';
import { CoordinatorError, messageOf } from '../../errors.ts';
import type { Console } from '../console.ts';
import { EXIT, UsageError } from '../failure.ts';
import { fieldsOf } from '../input.ts';
import { printable, printableJson } from '../printable.ts';
import type { Settings } from '../settings.ts';
import { toJson } from '../show.ts';
import { surroundings } from '../surroundings.ts';
import type { Work } from '../work.ts';
import { lowerPriority } from './lower-priority.ts';
import { noteBackup } from './note-backup.ts';
import { type KeepFlags, keepOf, rotateBackups } from './rotate-backups.ts';

interface Wishes extends KeepFlags {
  readonly to?: string;
  readonly label?: string;
  readonly recipient?: readonly string[];
  readonly recipientsFile?: string;
  readonly force?: boolean;
}

const USUAL_PLACE = './backups';

/** Makes one; Ctrl-C ends it without a trace. */
export async function backupMake(work: Work): Promise<number> {
  const { command, typed, settings, console, interrupted } = work;
  const { to = USUAL_PLACE, label, force = false, ...keys } = fieldsOf(command, typed) as Wishes;
  const keep = keepOf(keys);
  const address = addressOf(settings);
  const recipients = [...(keys.recipient ?? []), ...recipientsIn(keys.recipientsFile)];
  const store = openStore(to, surroundings());
  const signal = interrupted();
  lowerPriority();
  const startedAt = systemClock.monotonic();
  try {
    const manifest = await makeBackup({
      ...{ address, store, recipients, signal, isForced: force, connectMs: settings.timeoutMs },
      ...(label !== undefined && { label }),
      onProgress: progressOn(console),
      onRemark: (text) => console.say(printable(text)),
    });
    console.progress('');
    const tookMs = systemClock.monotonic() - startedAt;
    await noteBackup(work, address, manifest);
    const rotated = await rotateBackups(work, store, manifest.label, keep, signal);
    await report(work, manifest, { where: store.where, tookMs, deleted: rotated?.deleted ?? [] });
    return rotated ? EXIT.ok : EXIT.partial;
  } catch (error) {
    console.progress('');
    if (!signal.aborted) throw error;
    console.say('Stopped: no backup was made. Earlier ones and Redis are untouched.');
    return EXIT.failure;
  } finally {
    await store.close();
  }
}

/** The Redis that was named. Throws USAGE and CONFIG_INVALID. */
function addressOf({ redisUrl, server }: Settings): RedisAddress {
  if (server)
    throw new UsageError(
      'A backup is made of Redis itself, not through a server: give --redis-file, or REDIS_URL',
    );
  const address = resolveAddress(redisUrl, undefined);
  if (address) return address;
  throw new CoordinatorError(
    'CONFIG_INVALID',
    'No Redis is named: set REDIS_URL or give --redis URL',
  );
}

function recipientsIn(path: string | undefined): readonly string[] {
  if (path === undefined) return [];
  let keys: readonly string[];
  try {
    keys = keysOf(readFileSync(resolve(path), 'utf8'));
  } catch (error) {
    throw new UsageError(`--recipients-file ${path} cannot be read: ${messageOf(error)}`);
  }
  // Whoever names a file wants an encrypted backup, and must not get an open one.
  if (keys.length === 0) throw new UsageError(`--recipients-file ${path} holds no key, age1…`);
  return keys;
}

/** A line that is written again when it reads otherwise. */
function progressOn(console: Console): (progress: BackupProgress) => void {
  let shown = '';
  return ({ copiedBytes, expectedBytes }) => {
    const of = expectedBytes === null ? '' : ` of about ${formatSize(expectedBytes)}`;
    const line = `Copied ${formatSize(copiedBytes)}${of}`;
    if (line === shown) return;
    shown = line;
    console.progress(line);
  };
}

/** What is reported beside the manifest. */
interface Outcome {
  readonly where: string;
  readonly tookMs: number;
  /** Names of old backups that were let go. */
  readonly deleted: readonly string[];
}

async function report(
  { settings, console }: Work,
  manifest: BackupManifest,
  { where, tookMs, deleted }: Outcome,
): Promise<void> {
  if (settings.output === 'json') {
    await console.data(printableJson(toJson({ ...manifest, where, deleted })));
    return;
  }
  const { stored, plain, encryption, counted } = manifest;
  const { keys, queues } = counted;
  const about = counted.isExact ? '' : 'about ';
  const jobs = Object.values(queues).reduce(
    (sum, { least }) => sum + COUNTED_STATES.reduce((all, state) => all + least[state], 0),
    0,
  );
  const form = encryption === 'age' ? 'compressed and encrypted' : 'compressed, not encrypted';
  await console.data(
    [
      `Backed up ${settings.where} to ${printable(where)} as ${manifest.name}`,
      `  ${about}${keys.most} keys, ${about}${jobs} jobs in ${Object.keys(queues).length} queues`,
      `  ${formatSize(plain.bytes)}, ${form} ${formatSize(stored.bytes)}, in ${formatDuration(tookMs)}`,
      ...(deleted.length > 0 ? [`  ${deleted.length} old ones were let go`] : []),
      `  To see whether it comes back: drover backup verify ${manifest.name}`,
    ].join('\n'),
  );
}
