/**
 * `POST /photos` takes a photo, `GET /photos/:id` tells how far it is, `GET /photos/:id/thumbnail` shows it.
 */
import { createReadStream } from 'node:fs';
import {
  Body,
  Controller,
  Get,
  Header,
  HttpCode,
  Inject,
  NotFoundException,
  Param,
  Post,
  StreamableFile,
} from '@nestjs/common';
import { isPhotoId } from 'photo-pipeline';
import { type Photo, PhotoPipe } from './photo.pipe.ts';
import { PhotosService, type PhotoView } from './photos.service.ts';

@Controller('photos')
export class PhotosController {
  constructor(@Inject(PhotosService) private readonly photos: PhotosService) {}

  @Post()
  @HttpCode(202)
  take(@Body(PhotoPipe) photo: Photo): Promise<PhotoView> {
    return this.photos.take(photo);
  }

  @Get(':id')
  async show(@Param('id') id: string): Promise<PhotoView> {
    const view = isPhotoId(id) ? await this.photos.find(id) : null;
    if (!view) throw new NotFoundException(`There is no photo ${id}`);
    return view;
  }

  @Get(':id/thumbnail')
  @Header('content-type', 'image/webp')
  async thumbnail(@Param('id') id: string): Promise<StreamableFile> {
    const path = isPhotoId(id) ? await this.photos.thumbnailOf(id) : null;
    if (path === null) throw new NotFoundException(`There is no thumbnail of photo ${id}`);
    return new StreamableFile(createReadStream(path));
  }
}
