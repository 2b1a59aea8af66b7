/**
 * Keeps commands off a shared socket that would hold up or change it for everybody.
 *
 * A blocking pop of one caller delayed another caller's add by as long as it blocked (2.1 s for a
 * `BLPOP k 2`, measured); SELECT, SUBSCRIBE and MONITOR change what the socket is. The guard sits in
 * `sendCommand`, the one place that every call, pipeline and transaction of ioredis goes through.
 */
import type { Redis } from 'ioredis';
import { CoordinatorError } from '../errors.ts';

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

type Command = Parameters<Redis['sendCommand']>[0];

function isRefused(command: Command): boolean {
  if (command.name === 'evalsha') return false; // Nearly every command is.
  const name = command.name.toLowerCase();
  if (REFUSED.has(name)) return true;
  return MAY_BLOCK.has(name) && command.args.some((arg) => String(arg).toLowerCase() === 'block');
}

/** Makes `client` refuse what would block it. The handshake's own SELECT passes: it runs before ready. */
export function guardCommands(client: Redis): void {
  const send = client.sendCommand;
  client.sendCommand = (command, stream) => {
    if (isRefused(command) && client.status === 'ready') {
      command.reject(
        new CoordinatorError(
          'COMMAND_REFUSED',
          `${command.name.toUpperCase()} would hold up every queue of this process on the shared command socket: use a connection of your own for it`,
        ),
      );
      stream?.write(''); // A pipeline goes out when each of its commands has been written.
      return command.promise;
    }
    return send.call(client, command, stream);
  };
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
