/**
 * Backups in a bucket of an S3-compatible store, as objects `<prefix><name>`.
 *
 * What is longer than one part goes up in parts, a few at a time, and is put together at the end: until then there is no
 * object, and what an object of that name held stays. A put that fails takes its parts back; those of a killed process
 * are seen by nobody but cost money, so the next put of that place gives up the ones that are older than a day.
 *
 * No call waits for ever: sockets that are silent for a minute are cut. The SDK is an optional peer.
 */
import type { CompletedPart, UploadPartCommandOutput } from '@aws-sdk/client-s3';
import { type Clock, systemClock } from '../../base/clock.ts';
import { withDeadline } from '../../base/wait.ts';
import { CoordinatorError, messageOf } from '../../errors.ts';
import { S3Access, type S3Ready } from '../../payloads/s3-access.ts';
import type { BackupStore, StoredFile } from './backup-store.ts';
import { inParts } from './in-parts.ts';

/** A place in a bucket. */
export interface S3StoreOptions {
  readonly bucket: string;
  /** What its objects begin with: '' or ending in a slash. */
  readonly prefix: string;
  /** `region`, `endpoint`, `credentials` …; what is missing comes from the environment, as the SDK reads it. */
  readonly clientOptions?: Readonly<Record<string, unknown>>;
  readonly clock?: Clock;
}

/** S3 takes 10,000 parts of an object, and some stores want all to be of one size: 80 GB. */
const PART_BYTES = 8 * 1_048_576;
const MOST_PARTS = 10_000;
/** So many parts are on their way while more are taken from the source. */
const MOST_AT_ONCE = 3;
const SILENCE_MS = 60_000;
const GIVING_UP_MS = 10_000;
const ABANDONED_MS = 24 * 3_600_000;

/** Keeps backups in a bucket. Does no I/O. */
export function s3Store(
  options: S3StoreOptions,
  load: () => Promise<object> = () => import('@aws-sdk/client-s3'),
): BackupStore {
  return new S3Store(options, load);
}

/** Made by `s3Store`. */
class S3Store implements BackupStore {
  readonly where: string;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #access: S3Access;
  readonly #clock: Clock;

  constructor(options: S3StoreOptions, load: () => Promise<object>) {
    const { bucket, prefix, clientOptions, clock = systemClock } = options;
    this.where = `s3://${bucket}/${prefix}`;
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.#clock = clock;
    const requestHandler = { connectionTimeout: GIVING_UP_MS, socketTimeout: SILENCE_MS };
    this.#access = new S3Access({
      user: 'A backup in S3',
      clientOptions: { requestHandler, ...clientOptions },
      load,
    });
  }

  async put(
    name: string,
    content: AsyncIterable<Uint8Array>,
    signal: AbortSignal = NEVER(),
  ): Promise<void> {
    signal.throwIfAborted();
    const ready = await this.#access.ready();
    const parts = inParts(content, PART_BYTES, signal);
    try {
      const first = await parts.next();
      const second = await parts.next();
      if (!second.done)
        await this.#putInParts(ready, name, chain([first.value!, second.value], parts), signal);
      else await this.#putWhole(ready, name, first.value ?? Buffer.alloc(0), signal);
    } finally {
      await parts.return(undefined);
    }
  }

  async *get(name: string, signal: AbortSignal = NEVER()): AsyncGenerator<Uint8Array> {
    signal.throwIfAborted();
    const { sdk, client } = await this.#access.ready();
    const answer = await this.#told(`read ${name}`, signal, () =>
      client.send(new sdk.GetObjectCommand(this.#at(name)), { abortSignal: signal }),
    );
    const { Body, ContentLength } = answer;
    let bytes = 0;
    const body = (Body as AsyncIterable<Uint8Array> | undefined)?.[Symbol.asyncIterator]();
    try {
      while (body) {
        const next = await this.#told(`read ${name}`, signal, () =>
          withDeadline(body.next(), SILENCE_MS),
        );
        signal.throwIfAborted();
        if (!next.settled) throw this.#failure(`read ${name}`, new Error('it sends no more'));
        if (next.value.done) break;
        bytes += next.value.value.length;
        yield next.value.value;
      }
    } finally {
      // Its return would wait for a read that may never end.
      (Body as { destroy?: () => void } | undefined)?.destroy?.();
    }
    if (ContentLength !== undefined && bytes !== ContentLength)
      throw this.#failure(`read ${name}`, new Error(`${bytes} of ${ContentLength} bytes came`));
  }

  async list(signal: AbortSignal = NEVER()): Promise<readonly StoredFile[]> {
    signal.throwIfAborted();
    const { sdk, client } = await this.#access.ready();
    const place = { Bucket: this.#bucket, Prefix: this.#prefix, Delimiter: '/' };
    const files: StoredFile[] = [];
    for (let from: string | undefined; ; ) {
      const command = new sdk.ListObjectsV2Command({ ...place, ContinuationToken: from });
      const page = await this.#told('list it', signal, () =>
        client.send(command, { abortSignal: signal }),
      );
      for (const { Key = '', Size = 0 } of page.Contents ?? [])
        if (Key !== this.#prefix) files.push({ name: Key.slice(this.#prefix.length), bytes: Size });
      from = page.NextContinuationToken;
      if (!from && !page.IsTruncated) return files;
      if (!from) throw this.#failure('list it', new Error('the list ends before its end'));
    }
  }

  async delete(name: string, signal: AbortSignal = NEVER()): Promise<void> {
    signal.throwIfAborted();
    const { sdk, client } = await this.#access.ready();
    await this.#told(`delete ${name}`, signal, () =>
      client.send(new sdk.DeleteObjectCommand(this.#at(name)), { abortSignal: signal }),
    );
  }

  async close(): Promise<void> {
    this.#access.close();
  }

  async #putWhole(
    { sdk, client }: S3Ready,
    name: string,
    Body: Buffer,
    signal: AbortSignal,
  ): Promise<void> {
    const object = { ...this.#at(name), Body, ContentLength: Body.length };
    await this.#told(`write ${name}`, signal, () =>
      client.send(new sdk.PutObjectCommand(object), { abortSignal: signal }),
    );
  }

  async #putInParts(
    ready: S3Ready,
    name: string,
    parts: AsyncIterable<Buffer>,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#giveUpAbandoned(ready);
    const { sdk, client } = ready;
    const what = `write ${name}`;
    const { UploadId } = await this.#told(what, signal, () =>
      client.send(new sdk.CreateMultipartUploadCommand(this.#at(name)), { abortSignal: signal }),
    );
    const upload = { ...this.#at(name), UploadId };
    try {
      const Parts = await this.#sendParts(ready, upload, name, parts, signal);
      await this.#told(what, signal, () =>
        client.send(
          new sdk.CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }),
          { abortSignal: signal },
        ),
      );
    } catch (error) {
      const giving = client.send(new sdk.AbortMultipartUploadCommand(upload));
      await withDeadline(giving, GIVING_UP_MS).catch(() => {}); // It is given up when it is old.
      throw error;
    }
  }

  /** Sends all, a few at a time; the first failure ends the others. */
  async #sendParts(
    { sdk, client }: S3Ready,
    upload: {
      readonly Bucket: string;
      readonly Key: string;
      readonly UploadId: string | undefined;
    },
    name: string,
    parts: AsyncIterable<Buffer>,
    signal: AbortSignal,
  ): Promise<CompletedPart[]> {
    const ended = new AbortController();
    const either = AbortSignal.any([signal, ended.signal]);
    const done: CompletedPart[] = [];
    const underWay = new Set<Promise<void>>();
    const send = async (Body: Buffer, PartNumber: number): Promise<void> => {
      const part = { ...upload, PartNumber, Body, ContentLength: Body.length };
      const answer = await client.send(new sdk.UploadPartCommand(part), { abortSignal: either });
      done[PartNumber - 1] = completed(answer, PartNumber);
    };
    let number = 0;
    try {
      for await (const body of parts) {
        number += 1;
        if (number > MOST_PARTS) throw this.#failure(`write ${name}`, new Error(TOO_LONG));
        const sent = send(body, number);
        sent.then(() => underWay.delete(sent)).catch(() => {}); // It stays, and is met below.
        underWay.add(sent);
        if (underWay.size >= MOST_AT_ONCE)
          await this.#told(`write ${name}`, signal, () => Promise.race(underWay));
      }
      await this.#told(`write ${name}`, signal, () => Promise.all(underWay));
      return done;
    } finally {
      ended.abort();
      await Promise.allSettled(underWay); // A part that arrives after the end would stay.
    }
  }

  async #giveUpAbandoned({ sdk, client }: S3Ready): Promise<void> {
    const place = { Bucket: this.#bucket, Prefix: this.#prefix };
    const before = this.#clock.now() - ABANDONED_MS;
    try {
      const { Uploads = [] } = await client.send(new sdk.ListMultipartUploadsCommand(place));
      for (const { Key, UploadId, Initiated } of Uploads)
        if (Initiated && Initiated.getTime() < before)
          await client.send(
            new sdk.AbortMultipartUploadCommand({ Bucket: this.#bucket, Key, UploadId }),
          );
    } catch {} // Some may not list them; a rule of the bucket does the same.
  }

  #at(name: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#bucket, Key: `${this.#prefix}${name}` };
  }

  async #told<T>(what: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted(); // The SDK has errors of its own for it.
      throw this.#failure(what, error);
    }
  }

  #failure(what: string, error: unknown): unknown {
    if (error instanceof CoordinatorError) return error;
    const { name = '' } = error as Error;
    if (name === 'NoSuchKey')
      return new CoordinatorError('NOT_FOUND', `Cannot ${what}: it is not in ${this.where}`);
    const said = messageOf(error) || name;
    const remedy = REMEDIES.find(([of]) => of.test(`${name} ${said}`))?.[1];
    return new CoordinatorError(
      'BACKUP_FAILED',
      `Cannot ${what} in ${this.where}: ${said}${remedy ? `. ${remedy}` : ''}`,
      { cause: error },
    );
  }
}

const NEVER = (): AbortSignal => new AbortController().signal;
const TOO_LONG = 'it is longer than 80 GB, which is the most of one object here';

const REMEDIES: readonly (readonly [said: RegExp, remedy: string])[] = [
  [/NoSuchBucket/, 'Make the bucket first, or mend the name of it'],
  [
    /CredentialsProvider|Could not load credentials/,
    'Give AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile in AWS_PROFILE',
  ],
  [/Region is missing/, 'Give AWS_REGION; stores that have none take "us-east-1"'],
  [
    /AccessDenied|Forbidden|InvalidAccessKeyId|SignatureDoesNotMatch/,
    'Look at the keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and at what their user may do in the bucket',
  ],
  [
    /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|TimeoutError/,
    'Look at AWS_ENDPOINT_URL_S3 and at the network',
  ],
];

/** What names a part at the end, with the checksum that the SDK has sent with it. */
function completed(answer: UploadPartCommandOutput, PartNumber: number): CompletedPart {
  const { ETag, ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME, ChecksumSHA1, ChecksumSHA256 } =
    answer;
  const sums = { ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME, ChecksumSHA1, ChecksumSHA256 };
  return { ETag, PartNumber, ...sums };
}

async function* chain(
  first: readonly Buffer[],
  rest: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  yield* first;
  yield* rest;
}
