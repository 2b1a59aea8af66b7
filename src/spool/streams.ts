/**
 * Who writes to a folder: each process has a stream of its own, and takes over those whose process is gone.
 *
 * A process says that it lives by writing a file again and again; how old that file is, the file system's own
 * clock tells. Two that take over the same stream, or one that was only frozen, do no harm: what Redis has
 * taken over is written there, and a file is renamed before it is read (see `segment.ts`).
 */
import { readdir, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How long a process that has not written counts as living. */
const ABANDONED_MS = 30_000;

/** The process that writes. */
export interface Writer {
  readonly host: string;
  /** 0 when the stream has been left on purpose. */
  readonly pid: number;
}

const LEFT: Writer = { host: '', pid: 0 };

/** A stream's files. */
interface Stream {
  readonly name: string;
  readonly files: string[];
}

const FILE = /^([0-9a-f-]{36})\..+\.spool$/;
const lifeSign = (folder: string, stream: string): string => join(folder, `${stream}.alive`);

/** Says that a stream's process lives. */
export async function beat(folder: string, stream: string, writer: Writer): Promise<void> {
  await writeFile(lifeSign(folder, stream), JSON.stringify(writer), { mode: 0o600 });
}

/** Says that its process has left it. */
export function leave(folder: string, stream: string): Promise<void> {
  return beat(folder, stream, LEFT);
}

/** The stream is empty. */
export async function forget(folder: string, stream: string): Promise<void> {
  await unlink(lifeSign(folder, stream)).catch(() => {});
}

/**
 * Takes over the streams whose processes are gone, each as a whole or not at all, and renames their files.
 *
 * @param own this process's streams, which have just been given a sign of life
 */
export async function takeOver(
  folder: string,
  own: ReadonlySet<string>,
  writer: Writer,
): Promise<{ stream: string; paths: string[] }[]> {
  const [self] = own;
  const { mtimeMs: now } = await stat(lifeSign(folder, self!));
  const taken: { stream: string; paths: string[] }[] = [];
  for (const stream of await listStreams(folder)) {
    const { name, files } = stream;
    if (own.has(name) || !(await isAbandoned(folder, stream, writer, now))) continue;
    if (!(await claim(folder, name, self!, writer))) continue;
    const paths: string[] = [];
    for (const file of files) {
      const path = join(folder, `${file.split('.', 2).join('.')}.of-${self}.spool`);
      await rename(join(folder, file), path);
      paths.push(path);
    }
    taken.push({ stream: name, paths });
  }
  return taken;
}

/** Only one process succeeds: renaming is atomic. */
async function claim(folder: string, name: string, self: string, writer: Writer): Promise<boolean> {
  const claimed = join(folder, `${name}.claimed-by-${self}`);
  try {
    await rename(lifeSign(folder, name), claimed);
  } catch {
    return false;
  }
  await beat(folder, name, writer);
  await unlink(claimed);
  return true;
}

async function listStreams(folder: string): Promise<Stream[]> {
  const streams = new Map<string, string[]>();
  for (const file of (await readdir(folder)).sort(byNumber)) {
    const name = FILE.exec(file)?.[1];
    if (name) streams.set(name, [...(streams.get(name) ?? []), file]);
  }
  return [...streams].map(([name, files]) => ({ name, files }));
}

async function isAbandoned(
  folder: string,
  stream: Stream,
  self: Writer,
  now: number,
): Promise<boolean> {
  const path = lifeSign(folder, stream.name);
  try {
    const { mtimeMs } = await stat(path);
    if (now - mtimeMs > ABANDONED_MS) return true;
    const writer = JSON.parse(await readFile(path, 'utf8')) as Writer;
    return writer.pid === 0 || (writer.host === self.host && !isRunning(writer.pid));
  } catch {
    // No sign at all: its process was ended within a claim. Whoever creates one makes it abandoned.
    const { mtimeMs } = await stat(join(folder, stream.files[0]!)).catch(() => ({ mtimeMs: now }));
    if (now - mtimeMs > ABANDONED_MS)
      await writeFile(path, JSON.stringify(LEFT), { flag: 'wx', mode: 0o600 }).catch(() => {});
    return false;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function byNumber(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
