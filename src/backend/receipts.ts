/**
 * Makes an add happen at most once, however often it is sent: its number is compared and written in the same
 * step. BullMQ's job id alone does that only while the job exists (a job that had been removed ran twice,
 * measured).
 *
 * Redis keeps one number per lane: the last one that was taken over. An add with that number or a smaller one
 * is done already; one that leaves a gap is refused, since what belongs there is still to come.
 */
import type { Redis } from 'ioredis';
import { type Companion, companionName, withExtras } from '../redis/companions.ts';
import type { ScriptClient } from '../redis/connection.ts';

/** How Redis refuses an add whose predecessor it has not seen. */
export const SPOOL_GAP = 'SPOOLGAP';

/** Longer than an add waits on any disk. */
const RECEIPT_TTL_S = 90 * 24 * 60 * 60;

/**
 * Last of KEYS: the lane's number · last of ARGV: the number of this add. Returns what BullMQ's script does, or
 * 'done' when it is done already. One step: killed in between, the job would be there and its number not.
 */
const RECEIPT_LUA = /* lua */ `
local key, number = KEYS[#KEYS], tonumber(ARGV[#ARGV])
local last = tonumber(redis.call('GET', key) or 0)
if last >= number then return 'done' end
if last < number - 1 then return redis.error_reply('${SPOOL_GAP} number ' .. number .. ' comes after ' .. last) end
local result = bullmq(KEYS, ARGV)
redis.call('SET', key, ARGV[#ARGV], 'EX', ${RECEIPT_TTL_S})
return result`;

const OWN_KEYS = {
  addStandardJob: 9,
  addDelayedJob: 6,
  addPrioritizedJob: 9,
  addParentJob: 6,
  addJobScheduler: 11,
};

/** Script → its companion. */
const RECEIPTS: ReadonlyMap<string, Companion> = new Map(
  Object.entries(OWN_KEYS).map(([script, ownKeys]) => [
    script,
    { script, name: 'receipt', ownKeys, extraKeys: 1, lua: RECEIPT_LUA },
  ]),
);

/** All of them, for the clients. */
export const RECEIPT_COMPANIONS: readonly Companion[] = [...RECEIPTS.values()];

/**
 * KEYS 1 the lane's number · ARGV 1 what it was, '' for none, 2 what it shall be, 3 seconds to live. Returns 1, or
 * 0 when it has changed meanwhile. One step: another process may be sending the same lane.
 */
const SKIP_LUA = /* lua */ `
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1`;

/** Sets a lane's number to `to`, if it still is `from`. */
export async function skipNumbers(
  redis: Redis,
  key: string,
  from: string | null,
  to: number,
): Promise<void> {
  await redis.eval(SKIP_LUA, 1, key, from ?? '', to, RECEIPT_TTL_S);
}

/**
 * What BullMQ's backend needs of a client to add jobs; each add carries a receipt, numbered from `first` in the
 * order in which they are run.
 *
 * @param key the lane's number in Redis
 * @param onWritten called when commands have been written
 */
export function withReceipts(
  client: ScriptClient,
  key: string,
  first: number,
  onWritten: () => void = () => {},
): ScriptClient {
  let number = first;
  const numbered =
    (run: RunCommand): RunCommand =>
    (command, args) => {
      const [script, version] = command.split(':') as [string, string];
      const companion = RECEIPTS.get(script);
      if (!companion) return run(command, args);
      const extended = withExtras(companion, args, [key], [number]);
      number += 1;
      return run(`${companionName(companion)}:${version}`, extended);
    };
  const transaction = (made: Transaction): Transaction => {
    const run: RunCommand = made.runCommand.bind(made);
    const exec = made.exec.bind(made);
    const execute: Transaction['exec'] = () => {
      const answer = exec();
      onWritten();
      return answer;
    };
    return Object.assign(made, { runCommand: numbered(run), exec: execute });
  };
  return {
    runCommand: numbered((command, args) => {
      const answer = client.runCommand(command, args);
      onWritten();
      return answer;
    }),
    pipeline: () => transaction(client.pipeline()),
    multi: () => transaction(client.multi()),
  } as unknown as ScriptClient;
}

type Transaction = ReturnType<ScriptClient['multi']>;
type RunCommand = (command: string, args: unknown[]) => unknown;
