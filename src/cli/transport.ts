/**
 * Through what a command works, and what it needs of it. Shapes only, but for one table.
 */
import type { ActionName } from '../operations/actions.ts';
import type { Command } from './command.ts';

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
