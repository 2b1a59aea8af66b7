/**
 * Everything that can be wrong with a photo or an upload: the catalogue of this service's errors.
 *
 * The `code` is stable and goes to clients; `status` is the HTTP status when a request meets the error;
 * `permanent` says that trying the same photo again cannot help, so its job is not retried. Messages are
 * written for the person who looks at the gallery and never hold a path of this machine.
 */

export type PhotoErrorCode =
  | 'EMPTY_FILE'
  | 'UNSUPPORTED_FORMAT'
  | 'TOO_MANY_PIXELS'
  | 'BROKEN_IMAGE'
  | 'ORIGINAL_MISSING'
  | 'STEP_FAILED'
  | 'INVALID_NAME'
  | 'FILE_TOO_LARGE'
  | 'TOO_MANY_FILES'
  | 'REQUEST_TOO_LARGE'
  | 'NOT_MULTIPART'
  | 'MALFORMED_UPLOAD'
  | 'NO_FILES'
  | 'UPLOAD_ABORTED'
  | 'NOT_FOUND'
  | 'QUEUE_UNAVAILABLE';

interface ErrorEntry {
  readonly status: 400 | 404 | 410 | 413 | 415 | 422 | 500 | 503;
  readonly permanent: boolean;
  readonly title: string;
}

/** Code → HTTP status, short title, and whether the same input can ever succeed. */
export const PHOTO_ERRORS: Readonly<Record<PhotoErrorCode, ErrorEntry>> = {
  EMPTY_FILE: { status: 422, permanent: true, title: 'The file is empty' },
  UNSUPPORTED_FORMAT: { status: 415, permanent: true, title: 'Not a format this service takes' },
  TOO_MANY_PIXELS: { status: 422, permanent: true, title: 'The image is too large to decode' },
  BROKEN_IMAGE: { status: 422, permanent: true, title: 'The image is damaged' },
  ORIGINAL_MISSING: { status: 410, permanent: true, title: 'The original is gone' },
  STEP_FAILED: { status: 500, permanent: false, title: 'A step failed after all its attempts' },
  INVALID_NAME: { status: 400, permanent: true, title: 'The file name is not a plain name' },
  FILE_TOO_LARGE: { status: 413, permanent: true, title: 'A file is too large' },
  TOO_MANY_FILES: { status: 413, permanent: true, title: 'Too many files in one request' },
  REQUEST_TOO_LARGE: { status: 413, permanent: true, title: 'The request is too large' },
  NOT_MULTIPART: { status: 415, permanent: true, title: 'Not a multipart upload' },
  MALFORMED_UPLOAD: { status: 400, permanent: true, title: 'The upload cannot be read' },
  NO_FILES: { status: 400, permanent: true, title: 'The upload holds no file' },
  UPLOAD_ABORTED: { status: 400, permanent: false, title: 'The client hung up' },
  NOT_FOUND: { status: 404, permanent: true, title: 'There is no such photo' },
  QUEUE_UNAVAILABLE: { status: 503, permanent: false, title: 'Stored, but not queued' },
};

/** What is published about an error: on the photo's card, in its JSON, in `errors/<id>.json`. */
export interface PublicError {
  readonly code: PhotoErrorCode;
  readonly message: string;
}

/** The one error class of the service. */
export class PhotoError extends Error {
  override readonly name: string = 'PhotoError';
  readonly code: PhotoErrorCode;

  constructor(code: PhotoErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }

  get permanent(): boolean {
    return PHOTO_ERRORS[this.code].permanent;
  }
}

/** The error as it may be published; anything unexpected becomes `STEP_FAILED` with its message. */
export function toPublicError(error: unknown): PublicError {
  if (error instanceof PhotoError) return { code: error.code, message: error.message };
  return { code: 'STEP_FAILED', message: messageOf(error) };
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}

/** Whether a file system call failed because the file does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
