/**
 * Decides what a principal may do. Pure.
 *
 * Closed unless opened: what no grant allows is refused.
 */
import { FLEET_WIDE, type Permission, ROLES, type Role } from './permissions.ts';
import type { Grant, Principal } from './principal.ts';

/** The pattern that every label matches. */
const EVERY = '*';

/**
 * Whether a principal has a permission.
 *
 * @param queue label of a queue; null: for all queues there are and will be; undefined: for some queue at least
 */
export function allows(
  { grants }: Pick<Principal, 'grants'>,
  permission: Permission,
  queue: string | null | undefined,
): boolean {
  const isFleetWide = FLEET_WIDE.includes(permission);
  return grants.some(
    (grant) =>
      permissionsOf(grant).includes(permission) && (isFleetWide || covers(grant.queues, queue)),
  );
}

/**
 * The permissions of a grant, each once, its roles written out. A role on some queues is about these queues only: what is
 * about no queue (the audit, tokens, Redis with the names of all queues) it has on every queue, or when it is named.
 */
export function permissionsOf({
  may,
  queues,
}: Pick<Grant, 'may' | 'queues'>): readonly Permission[] {
  const isOnEvery = covers(queues, null);
  const ofRole = (role: Role): readonly Permission[] =>
    ROLES[role].filter((each) => isOnEvery || !FLEET_WIDE.includes(each));
  return [...new Set(may.flatMap((each) => (isRole(each) ? ofRole(each) : [each])))];
}

/** Whether `pattern` matches a label: `*` stands for any text, everything else for itself. */
export function matchesPattern(pattern: string, label: string): boolean {
  const parts = pattern.split(EVERY);
  const first = parts[0]!;
  if (parts.length === 1) return label === pattern;
  const last = parts.at(-1)!;
  if (!label.startsWith(first) || !label.endsWith(last)) return false;
  let from = first.length;
  const end = label.length - last.length;
  if (from > end) return false;
  for (const part of parts.slice(1, -1)) {
    const found = label.indexOf(part, from);
    if (found < 0 || found + part.length > end) return false;
    from = found + part.length;
  }
  return true;
}

function covers(patterns: readonly string[] = [EVERY], queue: string | null | undefined): boolean {
  if (queue === undefined) return patterns.length > 0;
  // Only a pattern of nothing but stars takes in the star itself.
  if (queue === null) return patterns.some((pattern) => matchesPattern(pattern, EVERY));
  return patterns.some((pattern) => matchesPattern(pattern, queue));
}

function isRole(name: Role | Permission): name is Role {
  return Object.hasOwn(ROLES, name);
}
