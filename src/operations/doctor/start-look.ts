/**
 * Looks at the server once, when it is first connected, and announces what is wrong with it.
 *
 * Three commands, nothing written, nobody waits for it. What these rights do not let it read is left out.
 */

import { readMemoryBytes } from '../../doctor/read-host.ts';
import { parseInfo } from '../../doctor/read-server.ts';
import { known, unknown } from '../../doctor/reading.ts';
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

/** Never rejects. */
export async function lookAtStart(
  command: Connection,
  host: string,
  announce: Announce,
): Promise<void> {
  try {
    const redis = await command.raw();
    const info = await redis.info();
    // A refusal would be written down by Redis as if somebody had tried something.
    const mayAsk = await redis.eval(MAY_ASK_LUA, 0).catch(() => 0);
    const config =
      mayAsk === 1 ? ((await redis.call('CONFIG', 'GET', ...SETTINGS)) as string[]) : [];
    const pairs = new Map(
      config.flatMap((name, i) => (i % 2 === 0 ? [[name, config[i + 1] ?? ''] as const] : [])),
    );
    const isLocal = isLoopback({ host, port: 0 });
    const none = unknown('it was not looked at');
    const sample = emptySample({
      info: known(parseInfo(info)),
      config: pairs.size > 0 ? known(pairs) : none,
      memoryBytes: isLocal ? await readMemoryBytes() : none,
    });
    for (const finding of startFindings(sample))
      announce('redis.warned', { finding: finding.id, message: inOneLine(finding) });
  } catch {
    // Redis is away again: whoever asks the doctor learns more.
  }
}
