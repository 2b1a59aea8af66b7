/**
 * BullMQ's backend of a queue for the scripts that run with a companion.
 *
 * A backend of its own, so that the scripts on every job's path are sent as BullMQ sends them.
 */
import { RedisQueueBackend } from 'bullmq';
import { type Companion, companionName, withExtras } from '../redis/companions.ts';
import { KEEP_LOCKS } from './keep-locks.ts';
import { SCAN_IN_TIME } from './stalled-scan.ts';

/** What the companions are told beyond what BullMQ's scripts are. */
export interface CompanionFacts {
  /** Job id → attempt, of all jobs that are held. */
  readonly attempts: () => Record<string, number>;
  /** Until when a scan may be carried out, in the server's time. */
  readonly scanDeadline: () => number;
}

/** What BullMQ makes a backend of. */
export type BackendParts = ConstructorParameters<typeof RedisQueueBackend>;

type ExecArguments = Parameters<RedisQueueBackend['execCommand']>;

/** Renews locks and searches for stalled jobs. */
export class AccompaniedBackend extends RedisQueueBackend {
  readonly #facts: CompanionFacts;

  constructor(facts: CompanionFacts, ...parts: BackendParts) {
    super(...parts);
    this.#facts = facts;
  }

  override execCommand(...[client, script, args]: ExecArguments): unknown {
    const { attempts, scanDeadline } = this.#facts;
    if (script === KEEP_LOCKS.script)
      return this.#run(client, KEEP_LOCKS, args, [this.keys.active!], attempts());
    if (script === SCAN_IN_TIME.script)
      return this.#run(client, SCAN_IN_TIME, args, [], scanDeadline());
    return super.execCommand(client, script, args);
  }

  #run(
    client: ExecArguments[0],
    companion: Companion,
    args: unknown[],
    keys: string[],
    value: unknown,
  ): unknown {
    const extended = withExtras(companion, args, keys, [JSON.stringify(value)]);
    return super.execCommand(client, companionName(companion), extended);
  }
}
