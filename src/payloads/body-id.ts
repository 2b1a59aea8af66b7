/**
 * Ids of bodies: ULIDs, which sort by the time they were made and hold nothing of what they name.
 *
 * A body has an id of its own, never that of its job: an add that BullMQ ignores would overwrite the body of the job
 * that is there.
 */
import { ulid } from 'ulid';

/** Crockford's base 32; the first ten characters are the time. */
const BODY_ID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** A new id. */
export function createBodyId(): string {
  return ulid();
}

/** Whether it can be one. What is not must never become a part of a path or key: pointers may be tampered with. */
export function isBodyId(id: string): boolean {
  return BODY_ID.test(id);
}
