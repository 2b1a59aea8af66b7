/**
 * Reads a backup and finds out on the way whether it is what its manifest says.
 *
 * Lengths and checksums are compared of what lies in the store and of what comes out of it. Whoever reads `readPlain` has
 * the backup only when it ends without an error: what came before may be damaged.
 */
import { createHash, type Hash } from 'node:crypto';
import { utcStamp } from '../base/units.ts';
import { CoordinatorError, messageOf } from '../errors.ts';
import {
  BACKUP_NAME,
  type BackupManifest,
  manifestFile,
  parseManifest,
  snapshotFile,
} from './manifest.ts';
import { decrypt, unpack } from './pack.ts';
import type { BackupStore } from './store/backup-store.ts';

/** How a backup is read. */
export interface ReadOptions {
  /** Of age: `AGE-SECRET-KEY-1…`. */
  readonly identities?: readonly string[];
  readonly signal?: AbortSignal;
}

/** No manifest is so long: one line of a queue has 300 bytes. */
const MOST_MANIFEST_BYTES = 64 * 1024 * 1024;

/** The manifest of a backup. Throws NOT_FOUND and BACKUP_DAMAGED. */
export async function readManifest(
  store: BackupStore,
  name: string,
  signal?: AbortSignal,
): Promise<BackupManifest> {
  if (!BACKUP_NAME.test(name))
    throw new CoordinatorError(
      'INPUT_INVALID',
      `"${name}" is no name of a backup, such as queue-20261127T070000Z: "drover backup list" shows those that are there`,
    );
  const file = manifestFile(name);
  const manifest = parseManifest(await readText(store, file, signal), file);
  const wrong = strangerIn(manifest, name);
  if (wrong) throw damaged(name, wrong);
  return manifest;
}

/** The snapshot as Redis wrote it. Throws BACKUP_DAMAGED, at its end at the latest. */
export async function* readPlain(
  store: BackupStore,
  manifest: BackupManifest,
  { identities = [], signal }: ReadOptions = {},
): AsyncGenerator<Uint8Array> {
  const { name, stored, plain, encryption } = manifest;
  if (encryption === 'age' && identities.length === 0)
    throw new CoordinatorError(
      'CONFIG_INVALID',
      `The backup ${name} is encrypted: give the identity of one of its recipients by --identity`,
    );
  const lying = new Measure(stored, 'in the store');
  const coming = new Measure(plain, 'unpacked');
  const source = lying.of(store.get(stored.file, signal));
  const opened = encryption === 'age' ? decrypt(source, identities) : source;
  try {
    for await (const chunk of unpack(opened)) {
      coming.add(chunk);
      yield chunk;
    }
    lying.end();
    coming.end();
  } catch (error) {
    signal?.throwIfAborted();
    throw damageOf(error, manifest, lying);
  }
}

/** Takes the length and the checksum of what passes. */
class Measure {
  readonly #hash: Hash = createHash('sha256');
  readonly #expected: { readonly bytes: number; readonly sha256: string };
  readonly #where: string;
  #bytes = 0;
  #isWhole = false;

  constructor(expected: { readonly bytes: number; readonly sha256: string }, where: string) {
    this.#expected = expected;
    this.#where = where;
  }

  async *of(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      this.add(chunk);
      yield chunk;
    }
    this.#isWhole = true;
  }

  /** Throws as soon as there is too much, whatever would still come. */
  add(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    this.#hash.update(chunk);
    if (this.#bytes > this.#expected.bytes)
      throw new Damage(`it is longer ${this.#where} than the ${this.#expected.bytes} bytes it had`);
  }

  end(): void {
    const short = this.shortness(true);
    if (short) throw new Damage(short);
    if (this.#hash.digest('hex') !== this.#expected.sha256)
      throw new Damage(`its checksum ${this.#where} is another one: it was changed`);
  }

  /** What is missing at its end, if it came to one. */
  shortness(isEnd: boolean = this.#isWhole): string | undefined {
    const { bytes } = this.#expected;
    return isEnd && this.#bytes < bytes
      ? `it is cut short: ${this.#bytes} of ${bytes} bytes are ${this.#where}`
      : undefined;
  }
}

class Damage extends Error {}

/** What an error on the way says of the backup. */
function damageOf(error: unknown, { name, stored }: BackupManifest, lying: Measure): unknown {
  if (error instanceof CoordinatorError && error.code === 'NOT_FOUND')
    return damaged(name, `its file ${stored.file} is missing`, error);
  if (error instanceof CoordinatorError) return error;
  const text = messageOf(error);
  if (error instanceof Damage) return damaged(name, text, error);
  const short = lying.shortness();
  if (short) return damaged(name, short, error);
  if (/no identity matched/.test(text))
    return new CoordinatorError(
      'BACKUP_DAMAGED',
      `The backup ${name} cannot be decrypted: none of the identities that were given is one of its recipients. Give the right one by --identity`,
      { cause: error },
    );
  return damaged(name, `it cannot be unpacked (${text})`, error);
}

function damaged(name: string, why: string, cause?: unknown): CoordinatorError {
  return new CoordinatorError(
    'BACKUP_DAMAGED',
    `The backup ${name} is damaged: ${why}. Use another one: "drover backup list" shows those that are there`,
    { cause },
  );
}

/** What does not belong to the backup of that name. */
function strangerIn(manifest: BackupManifest, name: string): string | undefined {
  const { label, madeAt, stored, encryption } = manifest;
  const [, ofLabel, stamp] = BACKUP_NAME.exec(name)!;
  const file = snapshotFile(name, encryption);
  if (manifest.name !== name) return `its manifest is that of ${manifest.name}`;
  if (label !== ofLabel) return `its manifest has the label "${label}"`;
  if (utcStamp(madeAt) !== stamp) return `its manifest has another time, ${utcStamp(madeAt)}`;
  if (stored.file !== file) return `its manifest names "${stored.file}" and not ${file}`;
  return undefined;
}

async function readText(
  store: BackupStore,
  file: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of store.get(file, signal)) {
    bytes += chunk.length;
    if (bytes > MOST_MANIFEST_BYTES)
      throw new CoordinatorError('BACKUP_DAMAGED', `The manifest ${file} is too long to be one`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
