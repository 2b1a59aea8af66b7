/**
 * Finds out who sends a request, by the ways that the options open. Nobody is let in by default.
 */
import type { AccessFacts, AccessOptions } from './access-options.ts';
import type { Principal } from './principal.ts';

/** Tells who asks. */
export interface Authenticator {
  /** Whether there is a way in at all. */
  readonly isConfigured: boolean;
  /** null: nobody knows. */
  authenticate(facts: AccessFacts): Promise<Principal | null>;
}

/** An authenticator of the application's own way. */
export function createAuthenticator(options: AccessOptions, _parts: object): Authenticator {
  const { authorize } = options;
  return {
    isConfigured: authorize !== undefined,
    authenticate: async ({ request }) => (await authorize?.(request)) ?? null,
  };
}
