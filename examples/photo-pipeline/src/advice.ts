/**
 * What a person can do about each error: on the photo's card, in its large view, in problem JSON.
 */
import type { PhotoErrorCode } from './photo-error.ts';

export const ADVICE: Readonly<Record<PhotoErrorCode, string>> = {
  EMPTY_FILE: 'Copy it again from where it comes from, and add that copy.',
  UNSUPPORTED_FORMAT: 'Save it as JPEG, PNG, WebP, AVIF or TIFF, and add that.',
  TOO_MANY_PIXELS: 'Export it with fewer pixels, and add that.',
  BROKEN_IMAGE: 'Copy it again from the camera, or export it anew, and add that.',
  ORIGINAL_MISSING: 'Add the photo again.',
  STEP_FAILED: 'Add the same photo again to have it tried once more.',
  INVALID_NAME: 'Rename it without slashes and odd characters, and add it again.',
  FILE_TOO_LARGE: 'Export it with fewer pixels or a stronger compression, and add that.',
  TOO_MANY_FILES: 'Send the others in a second request.',
  REQUEST_TOO_LARGE: 'Send fewer photos at a time.',
  NOT_MULTIPART: 'Send a form with files, as a browser does.',
  MALFORMED_UPLOAD: 'Send it again.',
  NO_FILES: 'Choose at least one photo.',
  UPLOAD_ABORTED: 'Send it again.',
  NOT_FOUND: 'Look for it in the gallery.',
  QUEUE_UNAVAILABLE: 'Nothing is to be done: the photos wait here.',
};
