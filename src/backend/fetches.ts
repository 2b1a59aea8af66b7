/**
 * How a worker's backend fetches jobs: straight through when all is well, held when it is not, and with their payloads
 * opened.
 */
import type { BackendContext } from './backend-context.ts';
import type { FetchedPayloads } from './fetched-payloads.ts';
import type { Fetched } from './find-fetched.ts';
import { fetchHeld } from './held-fetch.ts';
import type { HeldJobs } from './held-jobs.ts';
import type { Intake } from './intake.ts';
import type { WorkerPulse } from './worker-pulse.ts';

/** What fetching needs of its backend. */
export interface FetchesOptions {
  readonly context: BackendContext;
  readonly queue: string;
  readonly held: HeldJobs;
  readonly pulse: WorkerPulse;
  readonly intake: Intake;
  readonly payloads: FetchedPayloads;
  /** BullMQ's own fetch. */
  readonly send: (token: string, name: string | undefined) => Promise<unknown>;
  /** The job that this token holds although nobody here knows of it. */
  readonly findLost: (token: string) => Promise<Fetched | undefined>;
}

/** Fetches for one backend. */
export class Fetches {
  readonly #options: FetchesOptions;

  constructor(options: FetchesOptions) {
    this.#options = options;
  }

  /** One fetch, however long it takes. */
  async run(token: string, name: string | undefined): Promise<Fetched | never[]> {
    const { context, pulse, intake, send } = this.#options;
    if (!pulse.hasStarted) await pulse.start();
    if (intake.isQuiet) return [];
    if (!context.hub.command.isReady || pulse.interruption.aborted)
      return this.#runHeld(token, name);
    intake.fetching();
    try {
      const fetched = (await send(token, name)) as Fetched;
      return this.#take(fetched, token);
    } catch (error) {
      return this.#runHeld(token, name, error);
    }
  }

  /** Its worker may have gone quiet while it was held. */
  async #send(token: string, name: string | undefined): Promise<Fetched | undefined> {
    const { intake, send } = this.#options;
    if (intake.isQuiet) return undefined;
    intake.fetching();
    return (await send(token, name)) as Fetched;
  }

  async #runHeld(token: string, name?: string, failure?: unknown): Promise<Fetched | never[]> {
    const { context, queue, pulse, findLost } = this.#options;
    const { hub, announce } = context;
    hub.refusals.report(failure);
    const options = {
      send: () => this.#send(token, name),
      findLost: () => findLost(token),
      whenConnected: () => hub.command.client,
      interrupted: pulse.interruption,
      onHeld: (reason: string) => announce('fetch.held', { queue, reason }),
      onResumed: (heldMs: number) =>
        announce('fetch.resumed', { queue, heldMs: Math.round(heldMs) }),
    };
    const fetched = await fetchHeld(options, failure);
    return !fetched || fetched === 'interrupted' ? [] : this.#take(fetched, token);
  }

  /** Held from the moment of its fetch, so that its lock is renewed after an outage while it is being opened. */
  #take(fetched: Fetched, token: string): Fetched | Promise<Fetched | never[]> {
    const { pulse, held, payloads } = this.#options;
    pulse.beat();
    held.took(fetched, token);
    const opened = payloads.open(fetched, token);
    return opened instanceof Promise ? opened.then((open) => open ?? []) : fetched;
  }
}
