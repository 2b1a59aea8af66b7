/**
 * Reads a multipart upload as a stream: each file goes to its taker while the rest is still arriving.
 *
 * Files are judged one by one, so a bad one does not take the others with it. A file above the limit is
 * read to its end without being kept. When the client hangs up, every open file gets an error, and the
 * promise rejects only after all takers have let go: nothing half-read stays behind.
 * Names are data, never paths: a name with a separator is refused, not repaired.
 */
import type { IncomingMessage } from 'node:http';
import { Busboy, type BusboyFileStream, type BusboyHeaders } from '@fastify/busboy';
import { messageOf, PhotoError, type PublicError, toPublicError } from './photo-error.ts';

export interface UploadLimits {
  readonly fileBytes: number;
  readonly files: number;
  readonly requestBytes: number;
}

export const DEFAULT_LIMITS: UploadLimits = {
  fileBytes: 50_000_000,
  files: 20,
  requestBytes: 500_000_000,
};

/** A file that was refused, and why. */
export interface RefusedFile extends PublicError {
  readonly name: string | null;
}

/** Stores one file. `check` must be called at the end of the stream and throws when it was cut off. */
export type TakeFile = (name: string, file: BusboyFileStream, check: () => void) => Promise<void>;

/**
 * @returns the files that were refused; all others have been taken
 * @throws PhotoError about the request as a whole, e.g. `NOT_MULTIPART` or `UPLOAD_ABORTED`
 */
export async function readUpload(
  request: IncomingMessage,
  limits: UploadLimits,
  take: TakeFile,
): Promise<readonly RefusedFile[]> {
  refuseEarly(request, limits);
  return new Upload(request, limits, take).read();
}

/** What the headers alone can tell. */
function refuseEarly(request: IncomingMessage, limits: UploadLimits): void {
  if (!/^multipart\/form-data\s*;.*boundary=/i.test(request.headers['content-type'] ?? '')) {
    throw new PhotoError('NOT_MULTIPART', 'Send the photos as multipart/form-data');
  }
  if (Number(request.headers['content-length'] ?? 0) > limits.requestBytes) throw tooLarge(limits);
}

function tooLarge({ requestBytes }: UploadLimits): PhotoError {
  const text = `A request may have ${toMegabytes(requestBytes)}: send fewer photos at a time`;
  return new PhotoError('REQUEST_TOO_LARGE', text);
}

function toMegabytes(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.round(bytes / 1_000)} kB` : `${Math.round(bytes / 1e6)} MB`;
}

class Upload {
  readonly #request: IncomingMessage;
  readonly #limits: UploadLimits;
  readonly #take: TakeFile;
  readonly #refused: RefusedFile[] = [];
  readonly #open = new Set<BusboyFileStream>();
  readonly #taken: Promise<void>[] = [];
  #bytes = 0;

  constructor(request: IncomingMessage, limits: UploadLimits, take: TakeFile) {
    this.#request = request;
    this.#limits = limits;
    this.#take = take;
  }

  async read(): Promise<readonly RefusedFile[]> {
    try {
      await this.#parse();
    } catch (error) {
      for (const file of this.#open) file.destroy(toError(error));
      await Promise.allSettled(this.#taken);
      throw error;
    }
    await Promise.all(this.#taken);
    if (this.#taken.length === 0 && this.#refused.length === 0) {
      throw new PhotoError('NO_FILES', 'The upload holds no file');
    }
    return this.#refused;
  }

  /** Not `pipeline()`: it would cut the connection on an error, and the client should get an answer. */
  #parse(): Promise<void> {
    const request = this.#request;
    const parser = this.#createParser();
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => {
        request.unpipe(parser);
        request.resume();
        reject(error);
      };
      parser.on('file', (_field, file, name) => this.#takeOne(file, name, fail));
      parser.on('filesLimit', () => this.#refuseRest());
      parser.on('error', (error) => fail(new PhotoError('MALFORMED_UPLOAD', messageOf(error))));
      parser.on('finish', resolve);
      request.on('data', (chunk: Buffer) => {
        this.#bytes += chunk.length;
        if (this.#bytes > this.#limits.requestBytes) fail(tooLarge(this.#limits));
      });
      const hungUp = (): void => fail(new PhotoError('UPLOAD_ABORTED', 'The client hung up'));
      request.on('error', hungUp);
      request.on('close', () => {
        if (!request.complete) hungUp();
      });
      request.pipe(parser);
    });
  }

  #createParser(): InstanceType<typeof Busboy> {
    const { fileBytes, files } = this.#limits;
    try {
      return new Busboy({
        // `refuseEarly` has seen the content type.
        headers: this.#request.headers as BusboyHeaders,
        preservePath: true,
        limits: { fileSize: fileBytes, files, fields: 20, fieldSize: 10_000, parts: files + 40 },
      });
    } catch (error) {
      throw new PhotoError('MALFORMED_UPLOAD', messageOf(error), { cause: error });
    }
  }

  #takeOne(file: BusboyFileStream, name: string, fail: (error: unknown) => void): void {
    file.on('error', () => {});
    // A form that was sent without choosing a file has one nameless, empty part.
    if (name === '') return void file.resume();
    const problem = refuseName(name);
    if (problem !== null) {
      this.#refused.push({ name: toDisplayName(name), ...toPublicError(problem) });
      return void file.resume();
    }
    this.#open.add(file);
    const taken = this.#take(name, file, () => this.#refuseTruncated(file))
      .catch((error: unknown) => {
        if (!(error instanceof PhotoError) || error.code === 'UPLOAD_ABORTED') throw error;
        this.#refused.push({ name, ...toPublicError(error) });
      })
      .finally(() => this.#open.delete(file));
    taken.catch(fail);
    this.#taken.push(taken);
  }

  #refuseTruncated(file: BusboyFileStream): void {
    if (!file.truncated) return;
    const limit = toMegabytes(this.#limits.fileBytes);
    throw new PhotoError('FILE_TOO_LARGE', `A photo may have ${limit}; this one has more`);
  }

  #refuseRest(): void {
    const message = `Only ${this.#limits.files} photos are taken per request; the rest was not read`;
    this.#refused.push({ name: null, code: 'TOO_MANY_FILES', message });
  }
}

function refuseName(name: string): PhotoError | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
  if (!/[/\\\x00-\x1f\x7f]/.test(name) && name !== '..' && name !== '.' && name.length <= 255) {
    return null;
  }
  return new PhotoError('INVALID_NAME', 'A file name must be a plain name without a path');
}

function toDisplayName(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are replaced
  return name.replace(/[\x00-\x1f\x7f]/g, '?').slice(0, 100);
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(messageOf(thrown));
}
