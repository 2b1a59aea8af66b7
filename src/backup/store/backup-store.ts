/**
 * Where backups lie: a folder or a bucket, a flat list of files. Shapes only.
 */

/** A file of a store. */
export interface StoredFile {
  readonly name: string;
  readonly bytes: number;
}

/** Keeps files whole or not at all: a `put` that fails or is killed leaves nothing under the name. */
export interface BackupStore {
  /** For messages, without secrets. */
  readonly where: string;
  /** Writes over a file of that name in one step. Resolves when it would survive a power cut. */
  put(name: string, content: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void>;
  /** Rejects with NOT_FOUND when it is read and there is none. */
  get(name: string, signal?: AbortSignal): AsyncIterable<Uint8Array>;
  list(signal?: AbortSignal): Promise<readonly StoredFile[]>;
  /** What is not there is gone already. */
  delete(name: string, signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
