/**
 * A body that is a photo, or a 4xx that says why it is none: before anything is stored, and before anything is queued.
 */
import {
  HttpException,
  Injectable,
  type PipeTransform,
  UnsupportedMediaTypeException,
} from '@nestjs/common';
import { inspectPhoto, PHOTO_ERRORS, PhotoError, type PhotoFacts } from 'photo-pipeline';

export interface Photo {
  readonly bytes: Buffer;
  readonly facts: PhotoFacts;
}

@Injectable()
export class PhotoPipe implements PipeTransform<unknown, Promise<Photo>> {
  async transform(body: unknown): Promise<Photo> {
    if (!Buffer.isBuffer(body))
      throw new UnsupportedMediaTypeException(
        'Send one photo as the body, with its media type, such as Content-Type: image/jpeg',
      );
    try {
      return { bytes: body, facts: await inspectPhoto(body) };
    } catch (error) {
      if (!(error instanceof PhotoError)) throw error;
      const { status } = PHOTO_ERRORS[error.code];
      const { code, message } = error;
      throw new HttpException({ statusCode: status, code, message }, status, { cause: error });
    }
  }
}
