/**
 * The data of a server as it was at a second in the past, in a new folder: for a FLUSHALL, or jobs removed by mistake.
 *
 * It works on a copy of the append-only file, cuts it there with Redis's own tool, and loads it. That needs the times in
 * the file (`aof-timestamp-enabled yes`) and reaches back to the last time that the server wrote its file anew. Queues
 * are paused and ids raised, as after any restore. The original and its server are never touched.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { chown, mkdir, readdir, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type Clock, systemClock } from '../../base/clock.ts';
import { utcStamp } from '../../base/units.ts';
import { CoordinatorError, messageOf } from '../../errors.ts';
import { queueDatabase, readLoadedData } from '../scratch/loaded-data.ts';
import { startScratchServer } from '../scratch/scratch-server.ts';
import type { OnProgress } from '../verify-backup.ts';
import { type AofFile, aofManifestName, type DataNames } from './aof-files.ts';
import { copyAof } from './copy-aof.ts';
import { namesIn } from './data-folder.ts';
import { type PreparedQueue, prepareQueues } from './prepare-queues.ts';

/** What is rewound, how far, and where to. */
export interface RewindOptions {
  readonly dataDir: string;
  /** Seconds since 1970; what was written in that second is in. */
  readonly toSeconds: number;
  /** A folder that is made, or empty. */
  readonly out: string;
  readonly redisServer?: string | undefined;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock;
}

/** What is in the new folder. */
export interface Rewinding {
  readonly out: string;
  /** Epoch ms. */
  readonly at: number;
  readonly keys: number;
  readonly queues: readonly PreparedQueue[];
  readonly tookMs: number;
}

/** Rewinds. Rejects with BACKUP_FAILED, and leaves no folder then. */
export async function rewindData(options: RewindOptions): Promise<Rewinding> {
  const { dataDir, toSeconds, onProgress, clock = systemClock } = options;
  const out = resolve(options.out);
  const startedAt = clock.monotonic();
  const names = await namesIn(dataDir).catch((error: unknown) => {
    throw failed(`${dataDir} cannot be read: ${messageOf(error)}`);
  });
  const isMade = await makeEmpty(out);
  try {
    await onProgress?.('copies', null);
    const files = await copyAof(dataDir, out, names);
    await onProgress?.('cuts', null);
    await cut(options, join(out, names.folder), names, files);
    const loaded = await loadCut(options, out, names);
    await giveAway(dataDir, out, names);
    const tookMs = Math.round(clock.monotonic() - startedAt);
    return { out, at: toSeconds * 1_000, ...loaded, tookMs };
  } catch (error) {
    await rm(join(out, names.folder), { recursive: true, force: true });
    if (isMade) await rmdir(out).catch(() => {});
    throw error;
  }
}

/** To the user of the server, whose data it is. */
async function giveAway(dataDir: string, out: string, names: DataNames): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(dataDir);
  const inner = join(out, names.folder);
  const files = (await readdir(inner)).map((name) => join(inner, name));
  for (const path of [...files, inner, out]) await chown(path, uid, gid);
}

/** Whether it had to be made. */
async function makeEmpty(out: string): Promise<boolean> {
  const made = await mkdir(out, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw failed(`${out} cannot be made: ${messageOf(error)}`);
  });
  if ((await readdir(out)).length > 0)
    throw failed(`${out} is not empty: name a folder that is not there yet`);
  return made !== undefined;
}

/** Cuts the copy, after a look at how far back it reaches. */
async function cut(
  { toSeconds, redisServer }: RewindOptions,
  folder: string,
  names: DataNames,
  files: readonly AofFile[],
): Promise<void> {
  const first = await firstSecond(join(folder, files.at(-1)!.name));
  if (first === undefined)
    throw failed(
      'The append-only file holds no times: they are written with "aof-timestamp-enabled yes", and only since the server has last written its file anew. Restore a backup instead',
    );
  if (toSeconds < first)
    throw failed(
      `It reaches back to ${timeOf(first)}, and ${timeOf(toSeconds)} was asked for: restore a backup that was made before`,
    );
  const args = ['--truncate-to-timestamp', String(toSeconds), join(folder, aofManifestName(names))];
  const { code, output } = await runCheck(redisServer, args);
  if (code !== 0)
    throw failed(`The copy cannot be cut: ${output.trim().split('\n').slice(-2).join(' | ')}`);
}

/** The first time that is written in a file. */
async function firstSecond(path: string): Promise<number | undefined> {
  const stream = createReadStream(path, { encoding: 'latin1' });
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
      const seconds = /^#TS:(\d+)$/.exec(line)?.[1];
      if (seconds) return Number(seconds);
    }
    return undefined;
  } finally {
    stream.destroy();
  }
}

/** Redis's own tool, which lies beside the server. */
async function runCheck(
  redisServer: string | undefined,
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly output: string }> {
  const tools = ['redis-check-aof', 'valkey-check-aof'].map((tool) =>
    redisServer?.includes('/') ? join(dirname(redisServer), tool) : tool,
  );
  for (const tool of tools) {
    const child = spawn(tool, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text) => {
        output = `${output}${text}`.slice(-10_000);
      });
    const closed = once(child, 'close');
    try {
      const [code] = await closed;
      return { code, output };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  throw failed(`There is no ${tools.join(' and no ')}: it comes with the server's tools`);
}

async function loadCut(
  { toSeconds, redisServer, onProgress, signal, clock }: RewindOptions,
  out: string,
  names: DataNames,
): Promise<Pick<Rewinding, 'keys' | 'queues'>> {
  const server = await startScratchServer({
    ...{ folder: out, program: redisServer, signal },
    settings: {
      ...{ appendonly: 'yes', appenddirname: names.folder, appendfilename: names.file },
      ...{ 'aof-timestamp-enabled': 'yes', appendfsync: 'always' },
    },
    onLoading: (ratio) => onProgress?.('loads', ratio),
  });
  try {
    const { databases } = await readLoadedData(server.client);
    const keys = databases.reduce((sum, each) => sum + each.keys, 0);
    await onProgress?.('pauses', null);
    const labels = queueDatabase(databases)?.labels ?? [];
    const queues = await prepareQueues(server.client, labels, toSeconds * 1_000, clock);
    return { keys, queues };
  } finally {
    await server.stop({ isClean: true });
  }
}

function timeOf(seconds: number): string {
  return utcStamp(seconds * 1_000);
}

function failed(problem: string): CoordinatorError {
  return new CoordinatorError('BACKUP_FAILED', `${problem}. The data of the server is untouched`);
}
