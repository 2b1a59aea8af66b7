/**
 * Asks Sentinels which server is the primary, and whether they could replace it.
 *
 * Each over a socket of its own, so that one that is away keeps nobody from being asked.
 */
import { askRaw, parseReplies } from './raw-redis.ts';
import type { SentinelSeen } from './sample.ts';

/** Where a Sentinel, or a server, listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

const DEADLINE_MS = 2_000;
const MOST = 9;

/** What each says. Never rejects. @param name what they call the primary @param password of the Sentinels */
export async function readSentinels(
  sentinels: readonly Address[],
  name: string,
  password: string | undefined,
): Promise<readonly SentinelSeen[]> {
  const auth = password === undefined ? [] : [['AUTH', password]];
  const commands = [
    ...auth,
    ['SENTINEL', 'CKQUORUM', name],
    ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name],
  ];
  return Promise.all(
    sentinels.slice(0, MOST).map(async ({ host, port }) => {
      const { text } = await askRaw({ host, port }, commands, DEADLINE_MS);
      const [quorum, primary] = parseReplies(text).slice(auth.length);
      return {
        address: `${host}:${port}`,
        quorum: typeof quorum === 'string' ? quorum : 'does not answer',
        primary: Array.isArray(primary) ? primary.join(':') : null,
      };
    }),
  );
}

/** The primary as the first Sentinel that knows it says; undefined when none does. */
export function primaryOf(sentinels: readonly SentinelSeen[]): Address | undefined {
  const primary = sentinels.find((each) => each.primary !== null)?.primary;
  if (!primary) return undefined;
  const colon = primary.lastIndexOf(':');
  return { host: primary.slice(0, colon), port: Number(primary.slice(colon + 1)) };
}
