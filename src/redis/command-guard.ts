/**
 * Keeps commands off a shared socket that would hold up or change it for everybody.
 *
 * A blocking pop of one caller delayed another caller's add by as long as it blocked (2.1 s for a
 * `BLPOP k 2`, measured); SELECT, SUBSCRIBE and MONITOR change what the socket is, and so does a MULTI that is not sent
 * together with all that belongs to it.
 */
import type { Redis } from 'ioredis';
import { CoordinatorError } from '../errors.ts';
import { judgeCommands, type SentCommand } from './judge-commands.ts';

const REFUSED = new Set([
  ...['blpop', 'brpop', 'brpoplpush', 'blmove', 'blmpop', 'bzpopmin', 'bzpopmax', 'bzmpop'],
  ...[
    'subscribe',
    'psubscribe',
    'ssubscribe',
    'monitor',
    'select',
    'watch',
    'unwatch',
    'wait',
    'waitaof',
  ],
]);
const MAY_BLOCK = new Set(['xread', 'xreadgroup']);

function isRefused(command: SentCommand, isPiped: boolean): boolean {
  if (command.name === 'evalsha') return false; // Nearly every command is.
  const name = command.name.toLowerCase();
  if (REFUSED.has(name) || (name === 'multi' && !isPiped)) return true;
  return MAY_BLOCK.has(name) && command.args.some((arg) => String(arg).toLowerCase() === 'block');
}

/** Makes `client` refuse what would block it. The handshake's own SELECT passes: it runs before ready. */
export function guardCommands(client: Redis): void {
  judgeCommands(client, (command, isPiped) => {
    if (client.status !== 'ready' || !isRefused(command, isPiped)) return undefined;
    return new CoordinatorError(
      'COMMAND_REFUSED',
      `${command.name.toUpperCase()} would hold up every queue of this process on the shared command socket: use a connection of your own for it`,
    );
  });
}

const OWNED = new Set<PropertyKey>(['disconnect', 'quit', 'end', 'connect']);

/** The client as users may see it: closing or connecting it is the hub's business and does nothing here. */
export function withoutOwnership<T extends object>(client: T): T {
  return new Proxy(client, {
    get(target, property) {
      if (OWNED.has(property)) return () => Promise.resolve('OK');
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
