/**
 * Finds out who asks: puts together the ways in which somebody can prove who they are.
 *
 * The host application is asked first, then the `Authorization` header, then the headers of a proxy that is listed. Wrong
 * credentials are an error, missing ones are not: then nobody is known, and the gate lets nobody in. After five wrong ones
 * from one address it must wait: for passwords, also with the right one, so that trying tells nothing. Tokens that nobody
 * here has seen are looked up at a bounded rate; those that are known wait for nobody.
 */
import { type Clock, systemClock } from '../base/clock.ts';
import { CoordinatorError, RateLimited } from '../errors.ts';
import type { Announce } from '../events.ts';
import {
  type AccessFacts,
  type AccessOptions,
  type Authorize,
  checkAccessOptions,
} from './access-options.ts';
import { BasicUsers } from './basic-users.ts';
import { grantSchema } from './grant-schema.ts';
import { JwtCheck } from './jwt-check.ts';
import { sourceOf } from './networks.ts';
import type { Principal } from './principal.ts';
import { ProxyHeaders } from './proxy-headers.ts';
import { LOGINS, LOOK_UPS, RateLimit, TOLD } from './rate-limit.ts';
import type { TokenCheck } from './token-check.ts';

/** Finds out who asks. */
export interface Authenticator {
  /**
   * null: nobody is known. Rejects with NOT_AUTHENTICATED, RATE_LIMITED and QUEUE_UNAVAILABLE.
   *
   * @param isAgain of a request that was let in before: then it is no login that counts, nor one that waits
   */
  authenticate(facts: AccessFacts, isAgain?: boolean): Promise<Principal | null>;
  /** Whether the options name any way: without one, only this machine may be served. */
  readonly isConfigured: boolean;
}

/** What it works with. */
export interface AuthenticatorParts {
  readonly tokens: Pick<TokenCheck, 'check'>;
  readonly announce?: Announce;
  readonly clock?: Clock;
}

/** Checks the options. Throws CONFIG_INVALID. */
export function createAuthenticator(
  options: AccessOptions,
  parts: AuthenticatorParts,
): Authenticator {
  return new Authentication(checkAccessOptions(options), parts);
}

class Authentication implements Authenticator {
  readonly isConfigured: boolean;
  readonly #authorize: Authorize | undefined;
  readonly #tokens: Pick<TokenCheck, 'check'> | undefined;
  readonly #basic: BasicUsers | undefined;
  readonly #jwt: JwtCheck | undefined;
  readonly #proxy: ProxyHeaders | undefined;
  readonly #logins = new RateLimit(LOGINS);
  readonly #lookUps = new RateLimit(LOOK_UPS);
  readonly #told = new RateLimit(TOLD);
  readonly #announce: Announce | undefined;
  readonly #clock: Clock;

  constructor(
    options: AccessOptions,
    { tokens, announce, clock = systemClock }: AuthenticatorParts,
  ) {
    const { basic, jwt, proxy, authorize } = options;
    this.isConfigured = Boolean(options.tokens || basic || jwt || proxy || authorize);
    this.#authorize = authorize;
    this.#tokens = options.tokens === false ? undefined : tokens;
    this.#basic = basic && new BasicUsers(basic);
    this.#jwt = jwt && new JwtCheck(jwt);
    this.#proxy = proxy && new ProxyHeaders(proxy);
    this.#announce = announce;
    this.#clock = clock;
  }

  async authenticate(
    { headers, address, request }: AccessFacts,
    isAgain = false,
  ): Promise<Principal | null> {
    const known = this.#authorize && (await askApplication(this.#authorize, request));
    if (known) return known;
    const credentials = headers.get('authorization');
    if (credentials !== null)
      return this.#byCredentials(credentials, isAgain ? null : sourceOf(address ?? 'unknown'));
    return this.#proxy?.check(headers, address) ?? null;
  }

  /** @param address whose wrong logins are counted; null: nobody's */
  async #byCredentials(credentials: string, address: string | null): Promise<Principal> {
    const [, scheme = '', value = ''] = /^(\w{1,20}) +(\S+)\s*$/.exec(credentials) ?? [];
    switch (scheme.toLowerCase()) {
      case 'basic':
        this.#wait(address, 'wrong logins', (key, now) => this.#logins.wait(key, now));
        return this.#basic?.check(value) ?? this.#refuse(address, 'user or password is wrong');
      case 'bearer':
        return value.startsWith('drover_')
          ? this.#byToken(value, address)
          : this.#byJwt(value, address);
      default:
        return this.#refuse(address, 'the Authorization header is neither Bearer nor Basic');
    }
  }

  async #byToken(secret: string, address: string | null): Promise<Principal> {
    const principal = await this.#tokens?.check(secret, () =>
      this.#wait(address, 'unknown API tokens', (key, now) => this.#lookUps.take(key, now)),
    );
    return principal ?? this.#refuse(address, 'the API token is unknown, expired or revoked');
  }

  async #byJwt(token: string, address: string | null): Promise<Principal> {
    if (!this.#jwt) return this.#refuse(address, 'that is no API token, and no `jwt` is set up');
    const answer = await this.#jwt.check(token);
    if ('principal' in answer) return answer.principal;
    if (answer.fault === 'keys-unavailable')
      throw new CoordinatorError(
        'NOT_AUTHENTICATED',
        'The keys of the identity provider cannot be read (`jwt.jwksUrl`): try again, and look whether this process reaches it',
        { cause: answer.cause },
      );
    return this.#refuse(address, 'the token is none of the identity provider, or has expired');
  }

  /** Throws RATE_LIMITED when an address has to wait. */
  #wait(
    address: string | null,
    reason: string,
    ask: (address: string, nowMs: number) => number,
  ): void {
    if (address === null) return;
    const nowMs = this.#clock.monotonic();
    const waitMs = ask(address, nowMs);
    if (waitMs === 0) return;
    if (this.#told.take(address, nowMs) === 0)
      this.#announce?.('logins.limited', { address, reason, waitMs });
    const seconds = Math.ceil(waitMs / 1_000);
    throw new RateLimited(waitMs, `Too many ${reason} from this address: wait ${seconds} s`);
  }

  #refuse(address: string | null, why: string): never {
    this.#wait(address, 'wrong logins', (key, now) => this.#logins.take(key, now));
    throw new CoordinatorError('NOT_AUTHENTICATED', `Nobody is let in with this: ${why}`);
  }
}

/** What the application throws, and what is no principal, lets nobody in. */
async function askApplication(authorize: Authorize, request: Request): Promise<Principal | null> {
  let answer: unknown;
  try {
    answer = await authorize(request);
  } catch (cause) {
    const message = 'The `authorize` function of the application has failed, so nobody is let in';
    throw new CoordinatorError('NOT_AUTHENTICATED', message, { cause });
  }
  if (answer === null || answer === undefined) return null;
  const { id, name, grants } = answer as Partial<Principal>;
  // Known, and allowed nothing, is an answer, too.
  const hasGrants =
    Array.isArray(grants) && grants.every((each) => grantSchema.safeParse(each).success);
  if (isName(id) && isName(name) && hasGrants) return { kind: 'application', id, name, grants };
  throw new CoordinatorError(
    'NOT_AUTHENTICATED',
    'The `authorize` function of the application must answer null or a principal: { id, name, grants: [{ may: ["viewer"] }] }',
  );
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 300 && !/\p{Cc}/u.test(value);
}
