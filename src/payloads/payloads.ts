/**
 * Everything of a process that has to do with payloads, wired: codecs, stores of bodies, and where the fleet looks for
 * what refers to them.
 */
import { OWN_STORE } from '../config/body-store.ts';
import type { Config } from '../config/resolve-config.ts';
import type { Announce } from '../events.ts';
import type { Keys } from '../keys.ts';
import type { Hub } from '../redis/hub.ts';
import { Bodies } from './bodies.ts';
import { Codecs } from './codecs.ts';
import { readPointer } from './envelope.ts';
import { checkFolderName } from './folder-name.ts';
import type { PayloadObserver } from './payload-observer.ts';
import { PayloadPlaces } from './payload-places.ts';
import type { PayloadPolicy } from './payload-policy.ts';
import { ownBodies } from './redis-bodies.ts';

/** What payloads need. */
export interface PayloadsOptions {
  readonly config: Pick<Config, 'bodies'>;
  readonly hub: Hub;
  readonly keys: Keys;
  readonly announce: Announce;
  /** Hears of every payload that is packed under a policy. */
  readonly observer: PayloadObserver | undefined;
}

/** The payloads of a process. */
export class Payloads {
  readonly codecs: Codecs;
  readonly bodies: Bodies;
  readonly places: PayloadPlaces;
  readonly #keys: Keys;

  /** Does no I/O. */
  constructor({ config, hub, keys, announce, observer }: PayloadsOptions) {
    const { command } = hub;
    this.#keys = keys;
    this.places = new PayloadPlaces(command, keys);
    this.bodies = new Bodies({
      stores: [...config.bodies.stores, ownBodies(hub, keys)],
      places: this.places,
      announce,
    });
    this.codecs = new Codecs({
      ...{ command, keys, announce, bodies: this.bodies, observer },
    });
  }

  /**
   * Says what is done with the payloads of a queue. Throws CONFIG_INVALID when it names a store that is not there, or
   * no store could have a folder for it.
   */
  define(queueLabel: string, policy: PayloadPolicy): void {
    if (policy.offloadTo !== undefined) this.bodies.check(policy.offloadTo);
    if (policy.offloadAboveBytes !== undefined) checkFolderName(queueLabel);
    this.places.define(queueLabel);
    this.codecs.define(queueLabel, policy);
  }

  /** The key of the body to which a stored payload points, if it is in the coordinator's Redis. */
  bodyKey(queueLabel: string, stored: string): string | undefined {
    const pointer = readPointer(stored);
    return pointer?.store === OWN_STORE ? this.#keys.body(queueLabel, pointer.id) : undefined;
  }

  /** Periodic, once a minute, and when Redis is there again: tells the fleet what it may have lost. */
  async round(): Promise<void> {
    await this.places.round();
    await this.codecs.look();
  }

  async close(): Promise<void> {
    this.codecs.close();
    await this.bodies.close();
  }
}
