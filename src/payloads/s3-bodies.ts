/**
 * Bodies as objects of an S3-compatible store: `<prefix><queue>/<id>`.
 *
 * The SDK is an optional peer, loaded when a body is first moved: whoever keeps no bodies there needs none. Its own
 * retries apply, within the deadline of each call.
 */
import type { S3Client } from '@aws-sdk/client-s3';
import { abortable } from '../base/wait.ts';
import type { BodyKey, BodyStore, StoredBody } from '../config/body-store.ts';
import { CoordinatorError } from '../errors.ts';
import { isBodyId } from './body-id.ts';
import { fromFolderName, toFolderName } from './folder-name.ts';
import { S3Access, type S3Ready, type S3Sdk } from './s3-access.ts';

/** What is used of a client of `@aws-sdk/client-s3`. */
export interface S3Sender {
  send(command: object, options?: { abortSignal?: AbortSignal }): Promise<object>;
}

/** A bucket for bodies. */
export interface S3BodiesOptions {
  readonly bucket: string;
  /** What its objects begin with. Give each deployment its own. @default `bodies/` */
  readonly prefix?: string;
  /** A client of `@aws-sdk/client-s3`; closing it is left to you. */
  readonly client?: S3Sender;
  /** Or what one is made of: `region`, `endpoint`, `credentials`, `forcePathStyle`. */
  readonly clientOptions?: Readonly<Record<string, unknown>>;
  /** @default `s3` */
  readonly name?: string;
}

/** What S3 takes in one request. */
const MOST_DELETED = 1_000;

/** Keeps bodies in a bucket. Throws CONFIG_INVALID. */
export function s3Bodies(options: S3BodiesOptions): BodyStore {
  const { bucket, prefix = 'bodies/', name = 's3' } = options;
  if (typeof bucket !== 'string' || bucket === '')
    throw new CoordinatorError('CONFIG_INVALID', 's3Bodies needs the name of a bucket');
  return new S3Bodies(name, { ...options, prefix }, () => import('@aws-sdk/client-s3'));
}

/** Made by `s3Bodies`. Its declaration names no type of the SDK, which need not be installed. */
export class S3Bodies implements BodyStore {
  readonly name: string;
  readonly #options: S3BodiesOptions & { readonly prefix: string };
  readonly #access: S3Access;

  constructor(
    name: string,
    options: S3BodiesOptions & { readonly prefix: string },
    load: () => Promise<object>,
  ) {
    this.name = name;
    this.#options = options;
    const { client, clientOptions } = options;
    this.#access = new S3Access({ user: 's3Bodies', client, clientOptions, load });
  }

  async put(key: BodyKey, body: Buffer, signal: AbortSignal): Promise<void> {
    const at = this.#at(key);
    await this.#ask(signal, ({ sdk, client }) =>
      client.send(new sdk.PutObjectCommand({ ...at, Body: body, ContentLength: body.length }), {
        abortSignal: signal,
      }),
    );
  }

  get(key: BodyKey, signal: AbortSignal): Promise<Buffer | undefined> {
    const at = this.#at(key);
    return this.#ask(signal, async ({ sdk, client }) => {
      try {
        const answer = await client.send(new sdk.GetObjectCommand(at), { abortSignal: signal });
        const bytes = Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
        if (answer.ContentLength !== undefined && answer.ContentLength !== bytes.length)
          throw new Error(`${bytes.length} of ${answer.ContentLength} bytes came`);
        return bytes;
      } catch (error) {
        if ((error as Error).name === 'NoSuchKey') return undefined;
        throw error;
      }
    });
  }

  async delete(keys: readonly BodyKey[], signal: AbortSignal): Promise<void> {
    for (let start = 0; start < keys.length; start += MOST_DELETED) {
      const objects = keys.slice(start, start + MOST_DELETED).map((key) => this.#at(key));
      await this.#ask(signal, ({ sdk, client }) => this.#delete(sdk, client, objects, signal));
    }
  }

  async *list(signal: AbortSignal): AsyncIterable<readonly StoredBody[]> {
    const { bucket, prefix } = this.#options;
    let from: string | undefined;
    do {
      const page = await this.#ask(signal, ({ sdk, client }) =>
        client.send(
          new sdk.ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: from }),
          { abortSignal: signal },
        ),
      );
      const bodies = (page.Contents ?? []).flatMap(({ Key = '', Size = 0 }) =>
        this.#bodyOf(Key, Size),
      );
      if (bodies.length > 0) yield bodies;
      from = page.NextContinuationToken;
      if (page.IsTruncated && !from) throw new Error('a list was cut short and does not go on');
    } while (from);
  }

  async close(): Promise<void> {
    this.#access.close();
  }

  async #delete(
    sdk: S3Sdk,
    client: S3Client,
    objects: readonly { Key: string }[],
    signal: AbortSignal,
  ): Promise<void> {
    const { bucket } = this.#options;
    const Delete = { Objects: objects.map(({ Key }) => ({ Key })), Quiet: true };
    const command = new sdk.DeleteObjectsCommand({ Bucket: bucket, Delete });
    const { Errors = [] } = await client.send(command, { abortSignal: signal });
    const [first] = Errors.filter(({ Code }) => Code !== 'NoSuchKey');
    if (first) throw new Error(`${first.Key} was not deleted: ${first.Code} ${first.Message}`);
  }

  #at({ queue, id }: BodyKey): { Bucket: string; Key: string } {
    if (!isBodyId(id)) throw new Error(`"${id}" is no id of a body`);
    const { bucket, prefix } = this.#options;
    return { Bucket: bucket, Key: `${prefix}${toFolderName(queue)}/${id}` };
  }

  /** Other things may lie in the bucket. */
  #bodyOf(key: string, bytes: number): StoredBody[] {
    const [folder = '', id = '', ...rest] = key.slice(this.#options.prefix.length).split('/');
    const queue = fromFolderName(folder);
    return queue !== undefined && isBodyId(id) && rest.length === 0 ? [{ queue, id, bytes }] : [];
  }

  #ask<T>(signal: AbortSignal, send: (ready: S3Ready) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    return abortable(
      this.#access.ready().then((ready) => send(ready)),
      signal,
    );
  }
}
