/**
 * Decides whether grants give no more than others do: nobody can hand on more than they have. Pure.
 *
 * Strict rather than clever: each permission on each pattern must be covered by one single grant of the giver.
 */
import { FLEET_WIDE, type Permission } from './permissions.ts';
import type { Grant } from './principal.ts';
import { matchesPattern, permissionsOf } from './roles.ts';

const EVERY_QUEUE: readonly string[] = ['*'];

/** What a grant asks for that nobody has given. */
export interface Excess {
  readonly permission: Permission;
  /** Pattern of queues; null when it is about none. */
  readonly queues: string | null;
}

/** The first thing in `wanted` that `own` does not hold; undefined when it holds all of it. */
export function excessOf(wanted: readonly Grant[], own: readonly Grant[]): Excess | undefined {
  for (const grant of wanted)
    for (const permission of permissionsOf(grant)) {
      const holding = own.filter((each) => permissionsOf(each).includes(permission));
      if (FLEET_WIDE.includes(permission)) {
        if (holding.length === 0) return { permission, queues: null };
        continue;
      }
      const patterns = grant.queues ?? EVERY_QUEUE;
      const queues = patterns.find((narrow) => !holding.some((each) => holds(each, narrow)));
      if (queues !== undefined) return { permission, queues };
    }
  return undefined;
}

/** A star of the narrow pattern is a letter like any other here: only a star of the wide one takes it in. */
function holds({ queues = EVERY_QUEUE }: Grant, narrow: string): boolean {
  return queues.some((wide) => matchesPattern(wide, narrow));
}
