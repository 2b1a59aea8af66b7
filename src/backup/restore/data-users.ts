/**
 * Whether a server uses a data folder, and how it is asked to end: by what Linux tells, and by its address where one is
 * given.
 *
 * A server that is found by its address alone, such as one in a container, is told apart by the folder that it names. What
 * cannot be found out is said, not guessed.
 */
import { stat } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import type { Redis } from 'ioredis';
import { type Clock, systemClock } from '../../base/clock.ts';
import { sleep, withDeadline } from '../../base/wait.ts';
import { CoordinatorError, messageOf } from '../../errors.ts';
import { createSingleClient } from '../../redis/single-client.ts';
import { serversIn } from './folder-servers.ts';

/** Servers that use a folder. */
export interface DataUsers {
  readonly pids: readonly number[];
  /** The server at the address names this folder as its own. */
  readonly isAtAddress: boolean;
  /** What could not be found out, in sentences. */
  readonly unknown: readonly string[];
}

const ANSWER_MS = 3_000;
const ASK_EVERY_MS = 100;
/** A server saves all its data before it ends. */
const END_MS = 120_000;
/** A child that saves or writes the file anew looks like a server, and ends soon after its own has. */
const CHILD_MS = 2_000;

/** Looks for them. */
export async function dataUsers(folder: string, redisUrl?: string): Promise<DataUsers> {
  const { pids, unseen, isKnown } = await serversIn(folder);
  const unknown: string[] = [];
  if (!isKnown && !redisUrl)
    unknown.push(
      'This system does not tell which server uses the folder: give its address, or make sure that it is stopped.',
    );
  if (unseen.length > 0)
    unknown.push(
      `Servers of other users run (${pidsOf(unseen)}) whose folder cannot be seen: root sees it.`,
    );
  const isAtAddress =
    redisUrl && isThisMachine(redisUrl) ? await isOwnFolder(folder, redisUrl) : false;
  return { pids, isAtAddress, unknown };
}

/** Whether somebody is there. */
export function isUsed({ pids, isAtAddress }: DataUsers): boolean {
  return pids.length > 0 || isAtAddress;
}

/** Who it is, for messages. */
export function usersInWords({ pids }: DataUsers): string {
  return pids.length > 0 ? `a running server (${pidsOf(pids)})` : 'the server at the address';
}

/** Asks them to end and waits for it. Rejects with RESTORE_REFUSED when they do not. */
export async function endUsers(
  folder: string,
  redisUrl: string | undefined,
  users: DataUsers,
  clock: Clock = systemClock,
): Promise<void> {
  for (const pid of users.pids)
    try {
      process.kill(pid, 'SIGTERM');
    } catch (error) {
      throw refused(`The server (${pidsOf([pid])}) cannot be ended: ${messageOf(error)}`);
    }
  if (users.pids.length === 0) await shutDown(redisUrl!);
  const until = clock.monotonic() + END_MS;
  let othersSince: number | undefined;
  for (;;) {
    const left = await dataUsers(folder, redisUrl);
    if (!isUsed(left)) return;
    const isOther = left.pids.length > 0 && !left.pids.some((pid) => users.pids.includes(pid));
    othersSince = isOther ? (othersSince ?? clock.monotonic()) : undefined;
    if (othersSince !== undefined && clock.monotonic() - othersSince > CHILD_MS)
      throw refused(
        'The server was started again as soon as it had ended: stop it where it is started (systemctl stop, docker compose stop), and try again',
      );
    if (clock.monotonic() > until)
      throw refused(`The server still runs ${END_MS / 1_000} s after it was asked to end`);
    await sleep(ASK_EVERY_MS, { clock });
  }
}

/** Whether the server at an address works in this folder. What cannot be reached does not run. */
async function isOwnFolder(folder: string, redisUrl: string): Promise<boolean> {
  const dir = await asked(redisUrl, async (client) => {
    const reply = await client.config('GET', 'dir');
    return (reply as string[])[1];
  }).catch(() => undefined);
  if (!dir) return false;
  const [wanted, named] = await Promise.all([stat(folder), stat(dir).catch(() => undefined)]);
  return named?.ino === wanted.ino && named.dev === wanted.dev;
}

/** A server elsewhere may name a folder of the same path: that is another one, and must never be ended. */
function isThisMachine(redisUrl: string): boolean {
  if (!/^rediss?:/.test(redisUrl)) return true; // A socket.
  const host =
    /:\/\/(?:[^/]*@)?(\[[^\]]+\]|[^:/?]*)/.exec(redisUrl)?.[1]?.replace(/[[\]]/g, '') ?? '';
  const own = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return ['', 'localhost', ...own.map(({ address }) => address)].includes(host);
}

async function shutDown(redisUrl: string): Promise<void> {
  await asked(redisUrl, (client) => client.shutdown()).catch((error: unknown) => {
    const said = messageOf(error);
    // A server that ends does not answer.
    if (!/closed|ended|ECONN/i.test(said)) throw refused(`The server does not end: ${said}`);
  });
}

async function asked<T>(redisUrl: string, ask: (client: Redis) => Promise<T>): Promise<T> {
  const client = createSingleClient({ url: redisUrl }, ANSWER_MS);
  try {
    const answer = await withDeadline(
      client.connect().then(() => ask(client)),
      ANSWER_MS,
    );
    if (!answer.settled) throw new Error('it does not answer');
    return answer.value;
  } finally {
    client.disconnect();
  }
}

function pidsOf(pids: readonly number[]): string {
  return `pid ${pids.join(', ')}`;
}

function refused(problem: string): CoordinatorError {
  return new CoordinatorError('RESTORE_REFUSED', `${problem}. The data in the folder is untouched`);
}
