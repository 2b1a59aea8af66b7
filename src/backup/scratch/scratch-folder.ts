/**
 * A folder for data that must not stay: for this user alone, gone when the work has ended or this process has.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guardFolder } from './guard-process.ts';

/** Does some work with one. */
export async function withScratchFolder<T>(work: (path: string) => Promise<T>): Promise<T> {
  const path = await mkdtemp(join(tmpdir(), 'drover-data-'));
  const release = guardFolder(path);
  try {
    return await work(path);
  } finally {
    await rm(path, { recursive: true, force: true });
    release();
  }
}
