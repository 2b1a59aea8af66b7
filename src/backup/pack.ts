/**
 * Packs a snapshot for the store and unpacks it again: gzip, then age when somebody is to be able to read it alone.
 *
 * Both are streams that wait for whoever reads them, so memory stays small whatever the size. age is an optional peer,
 * loaded when something is first encrypted or decrypted: whoever encrypts nothing needs none. The files are those that
 * the programs `gzip` and `age` make and read.
 */
import { pipeline, Readable, type Transform } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import { CoordinatorError, messageOf } from '../errors.ts';

type Age = typeof import('age-encryption');
/** Loads the package. Its declaration names no type of it, which need not be installed. */
export type LoadAge = () => Promise<object>;

const loadInstalled: LoadAge = () => import('age-encryption');

/** While a snapshot is read, Redis holds back what is written meanwhile: speed is worth more than the last percent. */
const GZIP_LEVEL = 1;
const CHUNK_BYTES = 64 * 1024;

/** Compresses, and encrypts for the recipients if there are any. Throws CONFIG_INVALID. */
export async function pack(
  plain: AsyncIterable<Uint8Array>,
  recipients: readonly string[],
  load: LoadAge = loadInstalled,
): Promise<AsyncIterable<Uint8Array>> {
  if (recipients.length === 0) return through(plain, () => createGzip(GZIP));
  const encrypter = await encrypterFor(recipients, load);
  const compressed = ReadableStream.from(through(plain, () => createGzip(GZIP)));
  return encrypter.encrypt(compressed as ReadableStream<Uint8Array>);
}

const GZIP = { level: GZIP_LEVEL, chunkSize: CHUNK_BYTES };

/** Throws CONFIG_INVALID when it could not be encrypted for one of them. */
export async function checkRecipients(
  recipients: readonly string[],
  load: LoadAge = loadInstalled,
): Promise<void> {
  if (recipients.length > 0) await encrypterFor(recipients, load);
}

/** Decompresses. Fails with what zlib says when it is not whole. */
export function unpack(packed: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return through(packed, () => createGunzip({ chunkSize: CHUNK_BYTES }));
}

/**
 * Decrypts. Fails with what age says when it is not for one of the identities or not whole. Throws CONFIG_INVALID when an
 * identity is none.
 */
export async function* decrypt(
  encrypted: AsyncIterable<Uint8Array>,
  identities: readonly string[],
  load: LoadAge = loadInstalled,
): AsyncGenerator<Uint8Array> {
  const { Decrypter } = await loaded(load);
  const decrypter = new Decrypter();
  for (const identity of identities) {
    try {
      decrypter.addIdentity(identity);
    } catch {
      // The error may show the identity, which is the secret itself.
      throw new CoordinatorError(
        'CONFIG_INVALID',
        'An identity is not one of age: a line of its file that is no comment begins with AGE-SECRET-KEY-1, as age-keygen writes it',
      );
    }
  }
  const source = ReadableStream.from(encrypted) as ReadableStream<Uint8Array>;
  yield* await decrypter.decrypt(source);
}

/** The lines of a file of recipients or identities that are no comments. */
export function keysOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

async function encrypterFor(
  recipients: readonly string[],
  load: LoadAge,
): Promise<InstanceType<Age['Encrypter']>> {
  const { Encrypter } = await loaded(load);
  const encrypter = new Encrypter();
  for (const recipient of recipients) {
    if (recipient.startsWith('AGE-SECRET-KEY-'))
      throw new CoordinatorError(
        'CONFIG_INVALID',
        'A recipient is given that is an identity, which must stay secret: give its public key, age1…, which age-keygen -y prints',
      );
    try {
      encrypter.addRecipient(recipient);
    } catch (cause) {
      throw new CoordinatorError(
        'CONFIG_INVALID',
        `"${recipient}" is no recipient of age (${messageOf(cause)}): it begins with age1, as age-keygen prints it`,
        { cause },
      );
    }
  }
  return encrypter;
}

async function loaded(load: LoadAge): Promise<Age> {
  try {
    return (await load()) as Age;
  } catch (cause) {
    throw new CoordinatorError(
      'CONFIG_INVALID',
      'Encrypted backups need the package age-encryption, which cannot be loaded: npm install age-encryption',
      { cause },
    );
  }
}

/** Begins when it is read. Ends the source when nobody reads on, and the reading when the source fails. */
async function* through(
  source: AsyncIterable<Uint8Array>,
  make: () => Transform,
): AsyncGenerator<Uint8Array> {
  const step = make();
  // The error also comes to whoever reads the step.
  pipeline(Readable.from(source), step, () => {});
  yield* step;
}
