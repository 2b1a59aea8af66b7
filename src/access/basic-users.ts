/**
 * Users with passwords. Whether a user exists, and how much of a password is right, cannot be told from the time it takes.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { type BasicUser, grantsOf } from './access-options.ts';
import type { Principal } from './principal.ts';

/** Checks user and password. */
export class BasicUsers {
  readonly #users: readonly { readonly digest: Buffer; readonly principal: Principal }[];

  constructor(users: readonly BasicUser[]) {
    this.#users = users.map(({ user, password, may }) => ({
      digest: digestOf(`${user}:${password}`),
      principal: { kind: 'basic', id: user, name: user, grants: grantsOf(may) },
    }));
  }

  /** Whose `user:password` it is, in base64 as the header has it; null when it is nobody's. */
  check(encoded: string): Principal | null {
    const digest = digestOf(Buffer.from(encoded, 'base64').toString('utf8'));
    let found: Principal | null = null;
    // All of them, also after one was found: the time says nothing about which.
    for (const user of this.#users)
      if (timingSafeEqual(user.digest, digest)) found = user.principal;
    return found;
  }
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
