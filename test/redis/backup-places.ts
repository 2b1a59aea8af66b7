/** What the tests of coming back share: folders, servers on a folder's data, and a small backup. */
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { makeBackup } from '../../src/backup/make/make-backup.ts';
import type { BackupManifest } from '../../src/backup/manifest.ts';
import type { BackupStore } from '../../src/backup/store/backup-store.ts';
import { resolveAddress } from '../../src/config/redis-address.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';

/** An empty folder; whoever makes it removes it. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'drover-back-'));
}

/** An empty folder for one test. */
export function dataFolder(): string {
  const path = temporaryFolder();
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A server on a copy of the data of a folder. */
export async function serverOn(
  folder: string,
  config: Record<string, string> = {},
): Promise<RedisServer> {
  const server = await startRedis({ config: { save: '', ...config } });
  onTestFinished(() => server.stop());
  await server.kill();
  for (const name of readdirSync(server.dir))
    if (!/^redis\.(conf|log)$/.test(name)) rmSync(join(server.dir, name), { recursive: true });
  cpSync(folder, server.dir, { recursive: true });
  await server.restart();
  return server;
}

/** A plain client, for one test. */
export function clientOf(server: RedisServer): Redis {
  const client = new Redis(server.url, { maxRetriesPerRequest: null });
  client.on('error', () => {});
  onTestFinished(() => client.disconnect());
  return client;
}

/** A backup of one queue, `mails`, with twenty jobs that wait. */
export async function backupOfMails(
  store: BackupStore,
  recipients: readonly string[] = [],
): Promise<BackupManifest> {
  const server = await startRedis({ config: { save: '' } });
  const queue = new Queue('mails', { connection: { host: server.host, port: server.port } });
  try {
    await queue.addBulk(Array.from({ length: 20 }, (_, i) => ({ name: 'mail', data: { i } })));
    return await makeBackup({ address: resolveAddress(server.url, undefined)!, store, recipients });
  } finally {
    await queue.close();
    await server.stop();
  }
}
