/**
 * How people and programs prove who they are to a face: the catalogue of options, and their check.
 *
 * `ACCESS_OPTIONS` describes each for the reference; a test holds the two together. Passwords and keys are never shown in a
 * message.
 */
import { z } from 'zod';
import { closest } from '../base/closest.ts';
import { CoordinatorError } from '../errors.ts';
import { grantsSchema, roleSchema } from './grant-schema.ts';
import { networkOf } from './networks.ts';
import type { Role } from './permissions.ts';
import type { Grant, Principal } from './principal.ts';

/** A role, or grants that say more exactly what is allowed. */
export type Allowance = Role | readonly Grant[];

/** Somebody with a password. */
export interface BasicUser {
  readonly user: string;
  readonly password: string;
  readonly may: Allowance;
}

/** Tokens of an identity provider. */
export interface JwtOptions {
  readonly issuer: string;
  readonly audience: string;
  /** Where its public keys are. This or `jwks`. */
  readonly jwksUrl?: string;
  /** Its public keys. */
  readonly jwks?: { readonly keys: readonly object[] };
  /** @default RS256, PS256, ES256, EdDSA */
  readonly algorithms?: readonly string[];
  /** The claim that decides what is allowed; dots lead into objects. @default roles */
  readonly claim?: string;
  /** A value of it → what is allowed. */
  readonly grants: Readonly<Record<string, Allowance>>;
}

/** A proxy that has asked for the password already. */
export interface ProxyOptions {
  /** Addresses and networks of the proxies; nobody else is believed. */
  readonly from: readonly string[];
  /** @default x-forwarded-user */
  readonly userHeader?: string;
  /** @default x-forwarded-groups */
  readonly groupsHeader?: string;
  /** A group → what is allowed. */
  readonly groups: Readonly<Record<string, Allowance>>;
}

/** Asks the host application. */
export type Authorize = (request: Request) => Principal | null | Promise<Principal | null>;

/** What a host knows of a request. */
export interface AccessFacts {
  readonly headers: Headers;
  /** Of the other end of the socket; null when it is not known. */
  readonly address: string | null;
  /** `1.1`; null or left out when it is not known. */
  readonly httpVersion?: string | null;
  readonly request: Request;
}

/** See `ACCESS_OPTIONS` for the meaning of each. */
export interface AccessOptions {
  readonly tokens?: boolean;
  readonly basic?: readonly BasicUser[];
  readonly jwt?: JwtOptions;
  readonly proxy?: ProxyOptions;
  readonly authorize?: Authorize;
}

/** Option → meaning and default. */
export const ACCESS_OPTIONS = {
  tokens: {
    meaning:
      'API tokens (`Authorization: Bearer drover_…`), made with `drover token create`. `false` refuses them; `true` says that they are all the authentication that is wanted, so that an address beyond this machine may be bound.',
    default: 'accepted',
  },
  basic: {
    meaning:
      'Users with passwords: `[{ user, password, may }]`, where `may` is a role or a list of grants. Use it over TLS only.',
    default: 'none',
  },
  jwt: {
    meaning:
      'JSON Web Tokens of an identity provider: `issuer`, `audience`, `jwksUrl` (or `jwks`), `algorithms` (asymmetric ones only), and `grants`, which says for each value of `claim` what is allowed.',
    default: 'none; `RS256`, `PS256`, `ES256`, `EdDSA`; the claim `roles`',
  },
  proxy: {
    meaning:
      'A proxy that authenticates: its addresses (`from`), the headers with user and groups, and what each group may do. Headers of anybody else are ignored. The proxy must take away what clients send in these headers.',
    default: 'none; `x-forwarded-user`, `x-forwarded-groups`',
  },
  authorize: {
    meaning:
      'A function of your application: request → principal, or null. Asked first; what it throws lets nobody in.',
    default: 'none',
  },
} as const;

ACCESS_OPTIONS satisfies Record<keyof AccessOptions, { meaning: string; default: string }>;

/** Signatures whose check needs no secret. With a shared one, whoever can check a token could make one. */
const ASYMMETRIC = /^(?:RS256|RS384|RS512|PS256|PS384|PS512|ES256|ES384|ES512|EdDSA|Ed25519)$/;

const allowance = z.union(
  [roleSchema, grantsSchema],
  'must be viewer, operator or admin, or a list of grants such as [{ may: ["viewer"], queues: ["mails-*"] }]',
);
const text = z
  .string()
  .min(1, 'must not be empty')
  .max(1_000, 'must have at most 1,000 characters');
const table = z
  .record(text, allowance)
  .refine(
    (entries) => Object.keys(entries).length > 0,
    'must name somebody: nobody could do anything',
  );
const header = z.string().regex(/^[a-z0-9-]{1,100}$/i, 'must be the name of a header');

const schema = z.strictObject({
  tokens: z.boolean().optional(),
  basic: z
    .array(
      z.strictObject({
        user: text.refine(
          (user) => !/[:\p{Cc}]/u.test(user),
          'must hold no colon and no control characters',
        ),
        password: z
          .string()
          .min(8, 'must have at least 8 characters')
          .max(1_000, 'must have at most 1,000 characters'),
        may: allowance,
      }),
    )
    .min(1, 'must hold a user')
    .max(200, 'must be at most 200 users')
    .refine(
      (users) => new Set(users.map(({ user }) => user)).size === users.length,
      'holds a user twice',
    )
    .optional(),
  jwt: z
    .strictObject({
      issuer: text,
      audience: text,
      jwksUrl: z
        .string()
        .refine(
          isSafeUrl,
          'must be an https address: whoever changes the keys on their way gets in',
        )
        .optional(),
      jwks: z
        .object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1, 'must hold a key') })
        .optional(),
      algorithms: z
        .array(
          z
            .string()
            .regex(ASYMMETRIC, 'must be asymmetric: RS256, PS256, ES256 (or 384, 512) or EdDSA'),
        )
        .min(1, 'must hold an algorithm')
        .optional(),
      claim: text.optional(),
      grants: table,
    })
    .refine(
      ({ jwksUrl, jwks }) => (jwksUrl === undefined) !== (jwks === undefined),
      'needs one of jwksUrl and jwks',
    )
    .optional(),
  proxy: z
    .strictObject({
      from: z
        .array(
          z
            .string()
            .refine(
              (each) => networkOf(each) !== undefined,
              'must be an address or a network such as "192.0.2.0/24"',
            ),
        )
        .min(1, 'must hold the address of a proxy'),
      userHeader: header.optional(),
      groupsHeader: header.optional(),
      groups: table,
    })
    .optional(),
  authorize: z
    .custom<Authorize>((value) => typeof value === 'function', 'must be a function')
    .optional(),
});

/** The same options when they can be used. Throws CONFIG_INVALID. */
export function checkAccessOptions(options: AccessOptions): AccessOptions {
  const { success, error } = schema.safeParse(options);
  if (success) return options;
  const [issue] = error.issues;
  const path = ['access', ...issue!.path.map(String)].join('.');
  if (issue!.code !== 'unrecognized_keys') throw invalid(`${path} ${issue!.message}`);
  const [unknown] = issue!.keys;
  const meant = closest(unknown!, Object.keys(ACCESS_OPTIONS));
  const isTop = issue!.path.length === 0;
  throw invalid(
    `${path}.${unknown} is no option${isTop && meant ? `: did you mean "${meant}"?` : ''}`,
  );
}

/** A role written as grants. */
export function grantsOf(may: Allowance): readonly Grant[] {
  return typeof may === 'string' ? [{ may: [may] }] : may;
}

/** Everything that a table allows for these values. */
export function grantsFor(
  table: Readonly<Record<string, Allowance>>,
  values: readonly string[],
): readonly Grant[] {
  return values.flatMap((value) => (Object.hasOwn(table, value) ? grantsOf(table[value]!) : []));
}

function isSafeUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  return protocol === 'https:' || (protocol === 'http:' && isHere);
}

function invalid(message: string): CoordinatorError {
  return new CoordinatorError('CONFIG_INVALID', message);
}
