/**
 * BullMQ's backend of a queue for the scripts that run with a companion.
 *
 * A backend of its own, so that the scripts on every job's path are sent as BullMQ sends them.
 */
import { RedisQueueBackend } from 'bullmq';
import { type Companion, companionName, withExtras } from '../redis/companions.ts';
import type { Failure, FailureRecorder } from './failure-recorder.ts';
import { KEEP_LOCKS } from './keep-locks.ts';
import { SCAN_IN_TIME } from './stalled-scan.ts';

/** What the companions are told beyond what BullMQ's scripts are. */
export interface CompanionFacts {
  /** Who keeps a record of the jobs that fail for good, if anybody does. */
  readonly recorder: FailureRecorder | undefined;
  /** The jobs that are failing for good at this moment, by id. */
  readonly failing: ReadonlyMap<string, Failure>;
  /** Job id → attempt, of all jobs that are held. */
  readonly attempts: () => Record<string, number>;
  /** Until when a scan may be carried out, in the server's time. */
  readonly scanDeadline: () => number;
}

/** What BullMQ makes a backend of. */
export type BackendParts = ConstructorParameters<typeof RedisQueueBackend>;

type ExecArguments = Parameters<RedisQueueBackend['execCommand']>;

/** Renews locks, searches for stalled jobs, and fails jobs for good. */
export class AccompaniedBackend extends RedisQueueBackend {
  readonly #facts: CompanionFacts;

  constructor(facts: CompanionFacts, ...parts: BackendParts) {
    super(...parts);
    this.#facts = facts;
  }

  override execCommand(...[client, script, args]: ExecArguments): unknown {
    const { attempts, scanDeadline, recorder } = this.#facts;
    if (script === KEEP_LOCKS.script)
      return this.#run(client, KEEP_LOCKS, args, [this.keys.active!], [JSON.stringify(attempts())]);
    if (script === SCAN_IN_TIME.script)
      return this.#run(client, SCAN_IN_TIME, args, [], [scanDeadline()]);
    if (script === recorder?.companion.script) return this.#fail(client, recorder, args);
    return super.execCommand(client, script, args);
  }

  #fail(client: ExecArguments[0], recorder: FailureRecorder, args: unknown[]): unknown {
    const { companion } = recorder;
    const jobId = args[companion.ownKeys] as string;
    const failure = this.#facts.failing.get(jobId);
    if (!failure) return super.execCommand(client, companion.script, args);
    const { keys, values } = recorder.extras(failure);
    return this.#run(client, companion, args, keys, values);
  }

  #run(
    client: ExecArguments[0],
    companion: Companion,
    args: unknown[],
    keys: readonly string[],
    values: readonly unknown[],
  ): unknown {
    const extended = withExtras(companion, args, keys, values);
    return super.execCommand(client, companionName(companion), extended);
  }
}
