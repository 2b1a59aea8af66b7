/**
 * Harm to the Redis process: killed, frozen, kept busy, without its script cache.
 *
 * Each fault returns when it is mended. They are used by name in scenarios and by lot in random runs.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Stage } from '../harness/stage.ts';

/** SIGKILL; the same data comes back after a while. */
export async function killRedis(stage: Stage, downMs: number): Promise<void> {
  await stage.server.kill();
  await stage.sleep(downMs);
  await stage.server.restart();
}

/** SIGKILL, and a server without any data comes back. */
export async function emptyRedis(stage: Stage, downMs: number): Promise<void> {
  await stage.server.kill();
  rmSync(join(stage.server.dir, 'appendonlydir'), { recursive: true, force: true });
  rmSync(join(stage.server.dir, 'appendonly.aof'), { force: true }); // before Redis 7
  await stage.sleep(downMs);
  await stage.server.restart();
}

/** SIGSTOP: connections stay, nothing answers. */
export async function freezeRedis(stage: Stage, ms: number): Promise<void> {
  stage.server.freeze();
  await stage.sleep(ms);
  stage.server.thaw();
}

/** Cuts all connections but the harness's own, again and again. */
export async function cutClients(stage: Stage, times: number, everyMs: number): Promise<void> {
  for (let i = 0; i < times; i += 1) {
    await stage.admin('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await stage.sleep(everyMs);
  }
}

/** Holds back commands: all, or those that write. */
export async function pauseClients(
  stage: Stage,
  ms: number,
  which: 'ALL' | 'WRITE',
): Promise<void> {
  await stage.admin('CLIENT', 'PAUSE', String(ms), which);
  await stage.sleep(ms);
}

/** Makes Redis forget the scripts that it knows. */
export async function forgetScripts(stage: Stage, times: number, everyMs: number): Promise<void> {
  for (let i = 0; i < times; i += 1) {
    await stage.admin('SCRIPT', 'FLUSH');
    await stage.sleep(everyMs);
  }
}

/** A script that does not end: everybody else hears BUSY, until it is killed. */
export async function runEndlessScript(stage: Stage, ms: number): Promise<void> {
  const victim = stage.redis.duplicate({ retryStrategy: () => null });
  victim.on('error', () => {});
  const script = victim.call('EVAL', 'while true do end', '0').catch(() => {});
  await stage.sleep(ms);
  await stage.admin('SCRIPT', 'KILL').catch(() => {}); // NOTBUSY: its connection was cut by another fault.
  await script;
  victim.disconnect();
}
