/**
 * The secret of an API token: how it is made, read and compared. Only its hash is ever stored.
 *
 * 32 random bytes need no slow hash: nobody can try them out.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const SHAPE = /^drover_([0-9a-f]{12})_[A-Za-z0-9_-]{43}$/;

/** A new token: `drover_<id>_<random>`. */
export function newTokenSecret(): { readonly id: string; readonly secret: string } {
  const id = randomBytes(6).toString('hex');
  return { id, secret: `drover_${id}_${randomBytes(32).toString('base64url')}` };
}

/** The id inside a secret; undefined when it has not the shape of one. */
export function idOfSecret(secret: string): string | undefined {
  return SHAPE.exec(secret)?.[1];
}

/** What is stored of a secret. */
export function hashOfSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Whether a secret has this hash; takes as long whether it has or not. */
export function hasHash(secret: string, hash: string): boolean {
  const [own, stored] = [hashOfSecret(secret), hash].map((each) => Buffer.from(each));
  return own!.length === stored!.length && timingSafeEqual(own!, stored!);
}
