/**
 * Finished reports, as files: each is there whole or not at all.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export class Reports {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async write(id: string, text: string): Promise<void> {
    const draft = join(this.#folder, `${id}.${randomUUID()}.draft`);
    await mkdir(this.#folder, { recursive: true });
    await writeFile(draft, text, { flush: true });
    await rename(draft, this.#path(id));
  }

  /** `null` when it is not finished, or was never asked for. */
  async read(id: string): Promise<string | null> {
    try {
      return await readFile(this.#path(id), 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    }
  }

  #path(id: string): string {
    return join(this.#folder, `${id}.csv`);
  }
}
