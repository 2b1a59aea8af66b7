/**
 * Folders of a test's own, and what is in them, byte for byte.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { onTestFinished } from 'vitest';

/** An empty folder that goes with the test. */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'drover-photos-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/** The same, with these files in it. */
export async function makeFolderOf(files: Readonly<Record<string, Buffer>>): Promise<string> {
  const folder = await makeFolder();
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  return folder;
}

/** Names of what has begun to come in and is not whole yet. */
export function listIncoming(data: string): Promise<string[]> {
  return readdir(join(data, 'incoming'));
}

/** Path → SHA-256 of every file below a folder. Receipts are left out: they say when a photo came. */
export async function digestFolder(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !relative(folder, path).startsWith('receipts'))
    .sort();
  const digests = paths.map(async (path) => {
    const digest = createHash('sha256').update(await readFile(path));
    return [relative(folder, path), digest.digest('hex')] as const;
  });
  return Object.fromEntries(await Promise.all(digests));
}
