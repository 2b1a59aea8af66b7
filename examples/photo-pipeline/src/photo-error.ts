/**
 * Everything that can be wrong with a photo or an upload: the catalogue of this service's errors.
 *
 * The `code` is stable and goes to clients; `status` is the HTTP status when a request meets the error;
 * `permanent` says that trying the same photo again cannot help, so its job is not retried; `advice` says what
 * to do. Messages are written for the person who looks at the gallery and never hold a path of this machine.
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
  readonly advice: string;
}

/** Code → HTTP status, short title, whether the same input can ever succeed, and what a person can do. */
export const PHOTO_ERRORS: Readonly<Record<PhotoErrorCode, ErrorEntry>> = {
  EMPTY_FILE: {
    status: 422,
    permanent: true,
    title: 'The file is empty',
    advice: 'Copy it again from where it comes from, then add that copy.',
  },
  UNSUPPORTED_FORMAT: {
    status: 415,
    permanent: true,
    title: 'Not a format this service takes',
    advice: 'Save it as JPEG, PNG, WebP, AVIF or TIFF, and add that.',
  },
  TOO_MANY_PIXELS: {
    status: 422,
    permanent: true,
    title: 'The image is too large to decode',
    advice: 'Export it with fewer pixels, and add that.',
  },
  BROKEN_IMAGE: {
    status: 422,
    permanent: true,
    title: 'The image is damaged',
    advice: 'Copy it again from the camera, or export it anew, and add that.',
  },
  ORIGINAL_MISSING: {
    status: 410,
    permanent: true,
    title: 'The original is gone',
    advice: 'Add the photo again.',
  },
  STEP_FAILED: {
    status: 500,
    permanent: false,
    title: 'A step failed after all its attempts',
    advice: 'Add the same photo again to have it tried once more.',
  },
  INVALID_NAME: {
    status: 400,
    permanent: true,
    title: 'The file name is not a plain name',
    advice: 'Rename it without slashes and odd characters, and add it again.',
  },
  FILE_TOO_LARGE: {
    status: 413,
    permanent: true,
    title: 'A file is too large',
    advice: 'Export it with fewer pixels or a stronger compression, and add that.',
  },
  TOO_MANY_FILES: {
    status: 413,
    permanent: true,
    title: 'Too many files in one request',
    advice: 'Send the others in a second request.',
  },
  REQUEST_TOO_LARGE: {
    status: 413,
    permanent: true,
    title: 'The request is too large',
    advice: 'Send fewer photos at a time.',
  },
  NOT_MULTIPART: {
    status: 415,
    permanent: true,
    title: 'Not a multipart upload',
    advice: 'Send a form with files, as a browser does.',
  },
  MALFORMED_UPLOAD: {
    status: 400,
    permanent: true,
    title: 'The upload cannot be read',
    advice: 'Send it again.',
  },
  NO_FILES: {
    status: 400,
    permanent: true,
    title: 'The upload holds no file',
    advice: 'Choose at least one photo.',
  },
  UPLOAD_ABORTED: {
    status: 400,
    permanent: false,
    title: 'The client hung up',
    advice: 'Send it again.',
  },
  NOT_FOUND: {
    status: 404,
    permanent: true,
    title: 'There is no such photo',
    advice: 'Look for it in the gallery.',
  },
  QUEUE_UNAVAILABLE: {
    status: 503,
    permanent: false,
    title: 'Stored, but not queued',
    advice: 'Nothing is to be done: the photos wait here.',
  },
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
