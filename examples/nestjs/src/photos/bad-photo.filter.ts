/**
 * A job whose photo can never be processed is not tried again.
 */
import { Catch, type ExceptionFilter } from '@nestjs/common';
import { UnrecoverableError } from 'bullmq';
import { PhotoError } from 'photo-pipeline';

@Catch(PhotoError)
export class BadPhotoFilter implements ExceptionFilter<PhotoError> {
  catch(error: PhotoError): never {
    if (error.permanent) throw new UnrecoverableError(`${error.code}: ${error.message}`);
    throw error;
  }
}
