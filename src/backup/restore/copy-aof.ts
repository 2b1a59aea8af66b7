/**
 * Copies an append-only file while its server may go on writing it.
 *
 * Files only grow, so as many bytes are copied as were there in the beginning. The server changes the manifest when it
 * writes its file anew: when that happened meanwhile, the copy is made again. The original is only read.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { CoordinatorError, messageOf } from '../../errors.ts';
import { type AofFile, aofManifestName, type DataNames, parseAofManifest } from './aof-files.ts';

const ATTEMPTS = 5;

/** Copies it into an empty folder; its files in order. Rejects with BACKUP_FAILED. */
export async function copyAof(dataDir: string, to: string, names: DataNames): Promise<AofFile[]> {
  const from = join(dataDir, names.folder);
  const target = join(to, names.folder);
  const manifest = join(from, aofManifestName(names));
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const before = await readFile(manifest, 'utf8').catch((error: unknown) => {
      throw failed(`${dataDir} holds no append-only file (${messageOf(error)})`);
    });
    await rm(target, { recursive: true, force: true });
    await mkdir(target, { mode: 0o700 });
    const files = parseAofManifest(before).filter(({ type }) => type !== 'h');
    const isWhole = await copyFiles(from, target, files);
    if (isWhole && (await readFile(manifest, 'utf8')) === before) {
      await writeFile(join(target, aofManifestName(names)), before, { mode: 0o600 });
      return files;
    }
  }
  throw failed(`The server writes ${from} anew again and again: try when that has ended`);
}

/** False when one of them has gone meanwhile. */
async function copyFiles(from: string, to: string, files: readonly AofFile[]): Promise<boolean> {
  try {
    const sizes = await Promise.all(files.map(({ name }) => stat(join(from, name))));
    for (const [i, { name }] of files.entries()) {
      const { size } = sizes[i]!;
      const path = join(to, name);
      if (size === 0) await writeFile(path, '', { mode: 0o600 });
      else
        await pipeline(
          createReadStream(join(from, name), { end: size - 1 }),
          createWriteStream(path, { mode: 0o600 }),
        );
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw failed(`The append-only file cannot be copied to ${to}: ${messageOf(error)}`);
  }
}

function failed(problem: string): CoordinatorError {
  return new CoordinatorError('BACKUP_FAILED', `${problem}. The original is untouched`);
}
