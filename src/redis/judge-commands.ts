/**
 * Puts a judge before every command of a client: what it refuses is not sent.
 *
 * It sits in `sendCommand`, the one place that every call, pipeline, transaction and script of ioredis goes through, so
 * that nothing depends on each caller's care. A transaction with a refused command is refused as a whole.
 */
import { Command, type Redis } from 'ioredis';

/** A command as ioredis sends it. */
export type SentCommand = Parameters<Redis['sendCommand']>[0];

/** Why a command is refused; undefined when it is not. `isPiped`: it goes out together with others. */
export type CommandJudge = (command: SentCommand, isPiped: boolean) => Error | undefined;

/** Has `judge` asked before each command. */
export function judgeCommands(client: Redis, judge: CommandJudge): void {
  const send = client.sendCommand;
  let refusedInTransaction: Error | undefined;
  client.sendCommand = (command, stream) => {
    const name = command.name.toLowerCase();
    if (name === 'multi') refusedInTransaction = undefined;
    if (name === 'exec' && refusedInTransaction) {
      // The server must leave it all the same.
      command.reject(refusedInTransaction);
      refusedInTransaction = undefined;
      send.call(client, new Command('discard'), stream);
      return command.promise;
    }
    const refusal = judge(command, stream !== undefined);
    if (!refusal) return send.call(client, command, stream);
    refusedInTransaction ??= refusal;
    command.reject(refusal);
    stream?.write(''); // A pipeline goes out when each of its commands has been written.
    return command.promise;
  };
}
