/**
 * The photo platform as a program: `node dist/main.js --platform fastify`.
 *
 * Starts and serves whether or not Redis is there.
 */
import { parseArgs } from 'node:util';
import { ConfigService } from '@nestjs/config';
import sharp from 'sharp';
import { createApp, PLATFORMS } from './create-app.ts';
import type { Settings } from './settings.ts';

const { values } = parseArgs({ options: { platform: { type: 'string', default: 'express' } } });
const platform = PLATFORMS.find((each) => each === values.platform);
if (!platform) {
  process.stderr.write(`--platform is one of ${PLATFORMS.join(', ')}; got ${values.platform}\n`);
  process.exit(2);
}

// One thread per image: parallelism comes from the pool.
sharp.concurrency(1);
const app = await createApp(platform);
const config = app.get<ConfigService<Settings, true>>(ConfigService);
await app.listen(config.get('PORT', { infer: true }), config.get('HOST', { infer: true }));
const url = await app.getUrl();
process.stdout.write(
  `Photos ${url}/photos on ${platform}  ·  health ${url}/health  ·  dashboard ${url}/ops/\n`,
);
