/**
 * Decides who a request comes from, and so what it may ask for. Closed unless opened.
 *
 * Open routes need nobody. Everything else needs whoever the authenticator knows; where no way in is configured, a
 * request from this very machine that no proxy has passed on is let in as an admin as well.
 */
import { isDeepStrictEqual } from 'node:util';
import type { AccessFacts, AccessOptions } from '../access/access-options.ts';
import { isLoopbackRequest, LOOPBACK } from '../access/loopback.ts';
import type { Principal } from '../access/principal.ts';
import type { Coordinator } from '../coordinator.ts';
import { CoordinatorError } from '../errors.ts';
import type { ActionName } from '../operations/actions.ts';
import type { HttpOptions, OpenRoutes } from './http-options.ts';
import type { SignInWay } from './pages/page-shell.ts';
import type { Description } from './routes.ts';

/** Who is let in. */
export interface Admission {
  /** Whether there is a way in for others than this machine. */
  readonly isGuarded: boolean;
  /** The ways in that the dashboard can offer to somebody who has none yet. */
  readonly signIn: readonly SignInWay[];
  /**
   * What a client without credentials is told to bring: the value of `WWW-Authenticate`. The dashboard's own requests
   * hear nothing of passwords, or the browser would ask for one in the middle of a page.
   */
  challenge(headers: Headers): string;
  /** null: the route is open and nobody was asked for. Rejects with NOT_AUTHENTICATED. */
  admit(name: ActionName | Description, facts: AccessFacts): Promise<Principal | null>;
  /** Why somebody who was let in must leave; null: they need not, or it cannot be known now. Never rejects. */
  expel(principal: Principal, facts: AccessFacts): Promise<CoordinatorError | null>;
}

/** What has a browser ask for a password. */
export const PASSWORD_CHALLENGE = 'Basic realm="drover", charset="UTF-8"';

/** Whatever asks for the wanted slots where that is open; it may see nothing else, as nothing else lets it in. */
const SCALER: Principal = {
  ...{ kind: 'loopback', id: 'scaler', name: 'scaler' },
  grants: [{ may: ['queues.read'] }],
};

/** Reads the options. Throws CONFIG_INVALID. */
export function createAdmission(
  coordinator: Coordinator,
  { access }: HttpOptions,
  open: readonly OpenRoutes[],
): Admission {
  const authenticator = coordinator.control.authenticator(access);
  const isGuarded = authenticator.isConfigured;
  const signIn = signInWays(access);
  return {
    isGuarded,
    signIn,
    challenge: (headers) =>
      signIn.includes('password') && headers.get('x-drover') !== '1'
        ? `Bearer realm="drover", ${PASSWORD_CHALLENGE}`
        : 'Bearer realm="drover"',
    async admit(name, facts) {
      const kind = kindOf(name);
      if (kind !== null && open.includes(kind)) return kind === 'scale' ? SCALER : null;
      const principal = await authenticator.authenticate(facts);
      if (principal) return principal;
      if (!isGuarded && isLoopbackRequest(facts)) return LOOPBACK;
      throw new CoordinatorError('NOT_AUTHENTICATED', refusal(isGuarded, facts));
    },
    async expel(principal, facts) {
      if (principal === LOOPBACK || principal === SCALER) return null;
      try {
        const now = await authenticator.authenticate(facts, true);
        return now && isDeepStrictEqual(now, principal) ? null : changed();
      } catch (error) {
        const isWrong = error instanceof CoordinatorError && error.code === 'NOT_AUTHENTICATED';
        return isWrong ? error : null;
      }
    },
  };
}

function kindOf(name: ActionName | Description): OpenRoutes | null {
  if (name.startsWith('health.')) return 'health';
  if (name === 'metrics.exposition') return 'metrics';
  return name === 'pools.scale' ? 'scale' : null;
}

function refusal(isGuarded: boolean, { headers }: AccessFacts): string {
  if (!isGuarded)
    return 'Only requests from this machine itself are let in: give `http()` the option `access`, so that others can say who they are';
  return headers.has('authorization')
    ? 'The credentials are wrong, or no longer good'
    : 'Nobody knows who asks: send a token (`Authorization: Bearer …`) or sign in';
}

function changed(): CoordinatorError {
  const message = 'Who you are, or what you may do, has changed: come back to see what you may see';
  return new CoordinatorError('NOT_AUTHENTICATED', message);
}

/** API tokens are good unless they are refused by name, and a JSON Web Token is brought the same way. */
function signInWays({ basic, tokens, jwt }: AccessOptions = {}): readonly SignInWay[] {
  return [
    ...(basic ? ['password' as const] : []),
    ...(tokens !== false || jwt ? ['token' as const] : []),
  ];
}
