/**
 * A client of an S3-compatible store, made when it is first needed.
 *
 * The SDK is an optional peer: it is loaded at the first call, and whoever stores nothing there needs none. A client that
 * was handed in is used and left open; one that was made here is ended by `close`.
 */
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { CoordinatorError } from '../errors.ts';

/** The SDK. */
export type S3Sdk = typeof import('@aws-sdk/client-s3');

/** The SDK and a client of it. */
export interface S3Ready {
  readonly sdk: S3Sdk;
  readonly client: S3Client;
}

/** What access needs. */
export interface S3AccessOptions {
  /** Whose it is, for the message: `s3Bodies`. */
  readonly user: string;
  /** Of the same package. */
  readonly client?: object | undefined;
  readonly clientOptions?: Readonly<Record<string, unknown>> | undefined;
  /** Loads the package. */
  readonly load: () => Promise<object>;
}

/** Loads the SDK once, and makes one client. */
export class S3Access {
  readonly #options: S3AccessOptions;
  #made: S3Client | undefined;
  #sdk: S3Sdk | undefined;

  constructor(options: S3AccessOptions) {
    this.#options = options;
  }

  /** Both. Rejects with CONFIG_INVALID when the package is not there. */
  async ready(): Promise<S3Ready> {
    const sdk = await this.#loaded();
    const { client, clientOptions = {} } = this.#options;
    // What was handed in is a client of that package, seen through what is used of it.
    if (client) return { sdk, client: client as S3Client };
    this.#made ??= new sdk.S3Client(clientOptions as S3ClientConfig);
    return { sdk, client: this.#made };
  }

  /** Ends the client that was made here. */
  close(): void {
    this.#made?.destroy();
    this.#made = undefined;
  }

  async #loaded(): Promise<S3Sdk> {
    const { user, load } = this.#options;
    try {
      this.#sdk ??= (await load()) as S3Sdk;
      return this.#sdk;
    } catch (cause) {
      throw new CoordinatorError(
        'CONFIG_INVALID',
        `${user} needs the package @aws-sdk/client-s3, which cannot be loaded: npm install @aws-sdk/client-s3`,
        { cause },
      );
    }
  }
}
