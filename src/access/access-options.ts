/**
 * How people and programs prove who they are to a face: the options.
 */
import type { Principal } from './principal.ts';

/** What a host knows of a request. */
export interface AccessFacts {
  readonly headers: Headers;
  /** Of the peer of the connection; null: the host does not say. */
  readonly address: string | null;
  readonly request: Request;
}

/** Who gets in, and how. */
export interface AccessOptions {
  /** The application's own way: null is nobody. */
  readonly authorize?: (request: Request) => Principal | null | Promise<Principal | null>;
}
