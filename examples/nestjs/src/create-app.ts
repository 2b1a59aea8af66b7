/**
 * The application on the wanted platform. All that differs between the two is how they are told to take a photo as a body.
 */
import type { INestApplication } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.ts';
import type { Settings } from './settings.ts';

export const PLATFORMS = ['express', 'fastify'] as const;
export type Platform = (typeof PLATFORMS)[number];

/** Made and not yet listening. On SIGTERM and SIGINT it ends in order, with exit code 0. */
export async function createApp(platform: Platform): Promise<INestApplication> {
  const app = platform === 'fastify' ? await onFastify() : await onExpress();
  // Without this line jobs are cut off in the middle. By itself Nest would end by the signal instead of exit code 0.
  return app.enableShutdownHooks(['SIGINT', 'SIGTERM'], { useProcessExit: true });
}

async function onExpress(): Promise<INestApplication> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule);
  return app.useBodyParser('raw', { type: 'image/*', limit: maxPhotoBytes(app) });
}

async function onFastify(): Promise<INestApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter());
  return app.useBodyParser(/^image\//, { bodyLimit: maxPhotoBytes(app) }, (_request, body, done) =>
    done(null, body),
  );
}

function maxPhotoBytes(app: INestApplication): number {
  const config = app.get<ConfigService<Settings, true>>(ConfigService);
  return config.get('MAX_PHOTO_BYTES', { infer: true });
}
