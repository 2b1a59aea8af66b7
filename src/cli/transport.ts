/**
 * Through what a command works: straight through Redis, or through a Drover server.
 */
import { withDeadline } from '../base/wait.ts';
import { CoordinatorError } from '../errors.ts';
import type { ActionName } from '../operations/actions.ts';
import type { Command } from './command.ts';
import type { Settings } from './settings.ts';

/** Does actions, each within the time that the settings allow. */
export interface Transport {
  call(name: ActionName, input: object): Promise<unknown>;
  /** Gives back what it holds; never long. */
  close(): Promise<void>;
}

/** What a transport must be able to do. */
export interface Needs {
  /** Something may be changed. */
  readonly writes: boolean;
  /** Answers come from memory: Redis is to be met before anything is asked. */
  readonly looksAround: boolean;
  /** What is periodic must run: a bulk action may have to be carried out here, or the overview is watched. */
  readonly runs: boolean;
}

/** The transport of the settings. Nothing is asked yet. */
export async function openTransport(settings: Settings, needs: Needs): Promise<Transport> {
  const { server, redisUrl, timeoutMs } = settings;
  const inner = server
    ? (await import('./server-transport.ts')).openServer(settings, server)
    : redisUrl
      ? await (await import('./redis-transport.ts')).openRedis(settings, redisUrl, needs)
      : undefined;
  if (!inner)
    throw new CoordinatorError(
      'CONFIG_INVALID',
      'No Redis is named: set REDIS_URL, or give --redis URL or --server URL',
    );
  return {
    close: () => inner.close(),
    async call(name, input) {
      const answer = await withDeadline(inner.call(name, input), timeoutMs + GRACE_MS);
      if (answer.settled) return answer.value;
      throw new CoordinatorError(
        'OUTCOME_UNKNOWN',
        `No answer from ${settings.where} within ${timeoutMs} ms: raise --timeout, or see "drover doctor"`,
      );
    },
  };
}

/** What is inside has a deadline of its own, which says more. */
const GRACE_MS = 500;

/** What a command needs of its transport. @param changes whether it is to change something */
export function needsOf(command: Command, changes: boolean, isWatching: boolean): Needs {
  const { follows, bulk, program, looksAround = false } = command;
  const isWatchingBulk = program === 'watch-bulk';
  const mayFollow = Boolean(follows || bulk || program === 'replay-group');
  return {
    writes: changes || isWatchingBulk,
    looksAround,
    runs: (changes && mayFollow) || isWatchingBulk || isWatching,
  };
}
