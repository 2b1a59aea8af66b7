/**
 * The photo pipeline as a program: settings, storage, coordinator, HTTP, then the import.
 *
 * Starts and serves whether or not Redis is there. Ends with exit code 0 on SIGTERM and SIGINT: HTTP
 * refuses first, running images finish, then the sockets close. Prints the addresses as soon as it serves,
 * so that the import can be watched; everything else it says is progress or a warning.
 */
import { join } from 'node:path';
import { Coordinator } from 'drover';
import { http } from 'drover/http';
import sharp from 'sharp';
import { importFolder } from './import-folder.ts';
import { listen } from './listen.ts';
import { Live } from './live.ts';
import { messageOf } from './photo-error.ts';
import { createPipeline } from './pipeline.ts';
import { makeSamplePhotos } from './sample-photos.ts';
import { createApp } from './server.ts';
import { readSettings, type Settings, USAGE } from './settings.ts';
import { Storage } from './storage.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const warn = (line: string): void => void process.stderr.write(`${line}\n`);

async function run(settings: Settings): Promise<void> {
  // One thread per image: parallelism comes from the queue, and no image waits for all cores.
  sharp.concurrency(1);
  const storage = new Storage(settings.data);
  await storage.open();
  const coordinator = new Coordinator({ name: 'photos' }).exitOnSignals();
  const { concurrency, cacheUrl, limits } = settings;
  const pipeline = createPipeline(coordinator, storage, { concurrency, cacheUrl, warn });
  await pipeline.catalogue.load();

  const live = new Live(coordinator, pipeline.catalogue);
  const health = http(coordinator, { dashboard: false }).fetch;
  const ops = http(coordinator, { basePath: '/ops' }).fetch;
  const app = createApp({ pipeline, storage, live, limits, health, ops, warn });
  const server = await listen(app, settings);
  coordinator.attach({
    name: 'gallery',
    stop: async () => {
      live.stop();
      await pipeline.stop();
      await server.stop();
    },
  });
  await coordinator.start();
  say(
    `Gallery ${server.url}/  ·  health ${server.url}/health/redis and ${server.url}/api/v1/queue/health  ·  metrics ${server.url}/metrics`,
  );
  say(`Queues  ${server.url}/ops/  ·  Drover's dashboard, for browsers on this machine`);

  const folder = settings.photos ?? (await makeSamples(settings.data));
  const { imported } = await importFolder(folder, {
    ...{ storage, warn, intake: pipeline.intake, maxFileBytes: limits.fileBytes },
  });
  say(`Imported ${imported} photos`);
}

async function makeSamples(data: string): Promise<string> {
  return makeSamplePhotos(join(data, 'samples'), (made, total) => {
    if (made === total) say(`Made ${total} sample photos`);
  });
}

try {
  const settings = readSettings(process.argv.slice(2));
  if (settings === 'help') say(USAGE);
  else await run(settings);
} catch (error) {
  warn(`The photo pipeline could not start: ${messageOf(error)}`);
  process.exit(1);
}
