/**
 * Tokens of an identity provider: signature, issuer, audience and time are checked by `jose`, which is loaded with the
 * first one.
 *
 * Only algorithms with a public key are taken. What a person may do is read from one claim by a table; who has no value of
 * the table is known and may do nothing.
 */
import type { JSONWebKeySet, JWTPayload, JWTVerifyGetKey } from 'jose';
import { grantsFor, type JwtOptions } from './access-options.ts';
import type { Principal } from './principal.ts';

const ALGORITHMS: readonly string[] = ['RS256', 'PS256', 'ES256', 'EdDSA'];
/** Clocks of provider and verifier may differ by so much. */
const TOLERANCE_S = 30;
const KEYS_TIMEOUT_MS = 5_000;
const LONGEST = 16_384;

/** Why nobody is known: the token is wrong, or the keys cannot be read. */
export type JwtAnswer =
  | { readonly principal: Principal }
  | { readonly fault: 'wrong' | 'keys-unavailable'; readonly cause: unknown };

type Verify = (token: string) => Promise<JWTPayload>;

/** Checks JSON Web Tokens. */
export class JwtCheck {
  readonly #options: JwtOptions;
  #verify: Promise<Verify> | undefined;

  constructor(options: JwtOptions) {
    this.#options = options;
  }

  /** Never rejects. */
  async check(token: string): Promise<JwtAnswer> {
    if (token.length > LONGEST) return { fault: 'wrong', cause: undefined };
    try {
      this.#verify ??= createVerify(this.#options);
      const verify = await this.#verify;
      return { principal: this.#principalOf(await verify(token)) };
    } catch (cause) {
      return { fault: isAboutKeys(cause) ? 'keys-unavailable' : 'wrong', cause };
    }
  }

  #principalOf(payload: JWTPayload): Principal {
    const { claim = 'roles', grants } = this.#options;
    const id = payload.sub;
    if (!isId(id)) throw new Error('its subject can stand for nobody');
    const name = [payload.name, payload.preferred_username, payload.email].find(isText) ?? id;
    return {
      ...{ kind: 'jwt', id, name: withoutControl(name).slice(0, 300) },
      grants: grantsFor(grants, valuesOf(payload, claim)),
    };
  }
}

async function createVerify(options: JwtOptions): Promise<Verify> {
  const { createLocalJWKSet, createRemoteJWKSet, jwtVerify } = await import('jose');
  const { jwksUrl, jwks, issuer, audience, algorithms = ALGORITHMS } = options;
  const keys: JWTVerifyGetKey =
    jwksUrl === undefined
      ? createLocalJWKSet(jwks as unknown as JSONWebKeySet)
      : createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: KEYS_TIMEOUT_MS });
  const rules = {
    ...{ issuer, audience, algorithms: [...algorithms] },
    ...{ clockTolerance: TOLERANCE_S, requiredClaims: ['exp', 'sub'] },
  };
  return async (token) => (await jwtVerify(token, keys, rules)).payload;
}

/** Values of a claim: a text of several words is a list, as `scope` is. */
function valuesOf(payload: JWTPayload, claim: string): readonly string[] {
  let value: unknown = Object.hasOwn(payload, claim) ? payload[claim] : undefined;
  if (value === undefined) {
    value = payload;
    for (const part of claim.split('.'))
      value =
        typeof value === 'object' && value !== null && Object.hasOwn(value, part)
          ? (value as Record<string, unknown>)[part]
          : undefined;
  }
  if (typeof value === 'string') return value.split(' ').filter(Boolean);
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

/** Whether the keys could not be fetched: then the token may well be right. */
function isAboutKeys(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  if (code === 'ERR_JWKS_TIMEOUT' || code === 'ERR_JWKS_INVALID') return true;
  // A refused connection, or an answer that is no key set.
  return error instanceof TypeError || code === 'ERR_JOSE_GENERIC';
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** Two people must never become one, in grants, in limits and in the audit: so nothing is cut off or made a text. */
function isId(value: unknown): value is string {
  return isText(value) && value.length <= 300 && !/\p{Cc}/u.test(value);
}

function withoutControl(text: string): string {
  return text.replace(/\p{Cc}/gu, '');
}
