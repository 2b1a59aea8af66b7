/**
 * Looks at the server once, when it is first connected, and announces what is wrong with it.
 *
 * Two commands, nothing written, nobody waits for it. What these rights do not let it read is left out.
 */

import { readMemoryBytes } from '../../doctor/read-host.ts';
import { parseInfo } from '../../doctor/read-server.ts';
import { known, unknown } from '../../doctor/reading.ts';
import { inOneLine, startFindings } from '../../doctor/start-checks.ts';
import { emptySample, isLoopback } from '../../doctor/take-sample.ts';
import type { Announce } from '../../events.ts';
import type { Connection } from '../../redis/connection.ts';

const SETTINGS = ['timeout', 'save', 'appendfsync', 'no-appendfsync-on-rewrite'];

/** Never rejects. */
export async function lookAtStart(
  command: Connection,
  host: string,
  announce: Announce,
): Promise<void> {
  try {
    const redis = await command.raw();
    const [info, config] = await Promise.all([
      redis.info(),
      // Several at once from Redis 7.0 on; an older one refuses and is judged without.
      (redis.call('CONFIG', 'GET', ...SETTINGS) as Promise<string[]>).catch(() => []),
    ]);
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
