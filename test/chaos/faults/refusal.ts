/**
 * A Redis that is there and refuses: memory, replicas, disk, connections, rights.
 *
 * Each fault returns when it is mended.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../support/until.ts';
import type { Stage } from '../harness/stage.ts';

/** Sets a directive for a while. */
export async function withConfig(
  stage: Stage,
  [name, during, after]: readonly [string, string, string],
  ms: number,
): Promise<void> {
  await stage.admin('CONFIG', 'SET', name, during);
  await stage.sleep(ms);
  await stage.admin('CONFIG', 'SET', name, after);
}

/** OOM: writes that need memory are refused. */
export function fillMemory(stage: Stage, ms: number): Promise<void> {
  return withConfig(stage, ['maxmemory', '1mb', '0'], ms);
}

/** NOREPLICAS: every write is refused. */
export function missReplicas(stage: Stage, ms: number): Promise<void> {
  return withConfig(stage, ['min-replicas-to-write', '1', '0'], ms);
}

/** Everybody is cut off, and hardly anybody gets in again. */
export async function refuseClients(stage: Stage, ms: number): Promise<void> {
  await stage.admin('CONFIG', 'SET', 'maxclients', '2');
  await stage.admin('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await stage.sleep(ms);
  await stage.admin('CONFIG', 'SET', 'maxclients', '1000');
}

/** MISCONF: a snapshot cannot be written, since a folder has its name. Needs a `save` directive. */
export async function failSnapshots(stage: Stage, ms: number): Promise<void> {
  const dump = join(stage.server.dir, 'dump.rdb');
  const status = (wanted: string) => async (): Promise<boolean> =>
    (await stage.redis.info('persistence')).includes(`rdb_last_bgsave_status:${wanted}`);
  rmSync(dump, { recursive: true, force: true });
  mkdirSync(dump);
  await stage.admin('BGSAVE');
  await until(status('err'), { what: 'the snapshot has failed' });
  await stage.sleep(ms);
  rmSync(dump, { recursive: true });
  await stage.admin('BGSAVE');
  await until(status('ok'), { what: 'the snapshot is written' });
}

/** Changes the rights of the user `app` for a while; `cut` also ends its connections. */
export async function withRights(
  stage: Stage,
  { during, after, cut }: { during: string; after: string; cut: boolean },
  ms: number,
): Promise<void> {
  await stage.admin('ACL', 'SETUSER', 'app', ...during.split(' '));
  if (cut) await stage.admin('CLIENT', 'KILL', 'USER', 'app');
  await stage.sleep(ms);
  await stage.admin('ACL', 'SETUSER', 'app', ...after.split(' '));
}
