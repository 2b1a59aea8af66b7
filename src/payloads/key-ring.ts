/**
 * The keys that payloads are encrypted with: new ones with the current key, old ones with the key they name.
 *
 * Rotation: add the new key everywhere, then make it current, and take the old one away when no payload names it.
 */

/** Keys by id. */
export interface KeyRing {
  /** Id of the key that new payloads are encrypted with; undefined encrypts none and still reads. */
  readonly current: string | undefined;
  /** 32 bytes; undefined when the ring does not hold it. */
  key(id: string): Buffer | undefined;
}
