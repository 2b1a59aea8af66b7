/**
 * The line of an ACL file that gives a role its rights, and the command that does the same. Pure.
 *
 * A line takes everything away before it gives: whatever a server grants by default, nothing of it stays.
 */
import { type AclRole, commandsOf, reachOf } from './acl-roles.ts';

/** Stands where a password belongs. */
export const PASSWORD_PLACE = '#<sha256 of the password>';

/** What a line is made of. */
export interface AclLineOptions {
  /** @default drover-<role> */
  readonly user?: string;
  /** Of the keys of queues, and of Drover's own. */
  readonly prefixes: { readonly queues: string; readonly own: string };
  /** Commands that BullMQ's scripts call. */
  readonly scripts: readonly string[];
  readonly password?: string;
}

/** The rule of a role, for ACL SETUSER or an aclfile. */
export function aclLine(
  role: AclRole,
  { user = `drover-${role}`, prefixes, scripts, password = PASSWORD_PLACE }: AclLineOptions,
): string {
  const reach = reachOf(role);
  return [
    ...['user', user, 'on', password, 'resetchannels'],
    ...reach.rules(prefixes),
    '-@all',
    ...(reach.saysWhoItIs ? ['+@connection', '-@dangerous'] : []),
    ...commandsOf(role, scripts).map((name) => `+${name}`),
  ].join(' ');
}

/** A word as a shell takes it: rules have signs that mean something there. */
export function quoted(word: string): string {
  return /^[\w@.:+-]+$/.test(word) ? word : `'${word}'`;
}

/** The command that makes the user of an ACL line. */
export function setUserCommand(line: string): string {
  const [before, after] = line.replace(/^user /, '').split(PASSWORD_PLACE);
  const words = (text = ''): string[] => text.split(' ').filter(Boolean).map(quoted);
  return ['redis-cli ACL SETUSER', ...words(before), quoted(PASSWORD_PLACE), ...words(after)].join(
    ' ',
  );
}
