/**
 * Looks at the server once, when it is first connected, and announces what is wrong with it.
 *
 * Four commands, nothing written, nobody waits for it. What these rights do not let it read is left out, and that they
 * do not suffice is said.
 */

import type { Redis } from 'ioredis';
import { missingRights } from '../../doctor/acl-preflight.ts';
import { readMemoryBytes } from '../../doctor/read-host.ts';
import { readInfo } from '../../doctor/read-server.ts';
import { known, type Reading, unknown, valueOr } from '../../doctor/reading.ts';
import { inOneLine, startFindings } from '../../doctor/start-checks.ts';
import { emptySample, isLoopback } from '../../doctor/take-sample.ts';
import type { Announce } from '../../events.ts';
import type { Connection } from '../../redis/connection.ts';

const SETTINGS = ['timeout', 'save', 'appendfsync', 'no-appendfsync-on-rewrite'];

/**
 * No KEYS and no ARGV. Returns 1 when this user may read settings; fails before Redis 7.0. One step: it is one question.
 */
const MAY_ASK_LUA = /* lua */ `
return redis.acl_check_cmd('config', 'get', 'timeout') and 1 or 0`;

/** Never rejects. @param sampleKeys one of each prefix that is used */
export async function lookAtStart(
  command: Connection,
  host: string,
  sampleKeys: readonly string[],
  announce: Announce,
): Promise<void> {
  try {
    const redis = await command.raw();
    // A refusal would be written down by Redis as if somebody had tried something: so rights are asked for first.
    const rights = await missingRights(redis, sampleKeys);
    const lacks = valueOr(rights, new Map()).get('app') ?? [];
    const none = unknown('it was not looked at');
    const isLocal = isLoopback({ host, port: 0 });
    const sample = emptySample({
      info: lacks.includes('info') ? none : await readInfo(redis),
      config: lacks.includes('eval') ? none : await readSettings(redis),
      memoryBytes: isLocal ? await readMemoryBytes() : none,
      missingRights: rights,
    });
    for (const finding of startFindings(sample))
      announce('redis.warned', { finding: finding.id, message: inOneLine(finding) });
  } catch {
    // Redis is away again: whoever asks the doctor learns more.
  }
}

async function readSettings(redis: Redis): Promise<Reading<ReadonlyMap<string, string>>> {
  const mayAsk = await redis.eval(MAY_ASK_LUA, 0).catch(() => 0);
  if (mayAsk !== 1) return unknown('it was not looked at');
  const config = (await redis.call('CONFIG', 'GET', ...SETTINGS)) as string[];
  return known(
    new Map(
      config.flatMap((name, i) => (i % 2 === 0 ? [[name, config[i + 1] ?? ''] as const] : [])),
    ),
  );
}
