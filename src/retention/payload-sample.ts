/**
 * Looks at the payloads of sampled jobs: how large they are, how large they were, what compression would make of them.
 */
import type { Redis } from 'ioredis';
import { HEAD_CHARACTERS, readStoredHead, type StoredHead } from '../payloads/stored-head.ts';
import type { PayloadPart } from './memory-view.ts';
import { compressionSaves } from './would-save.ts';

/** Jobs looked at in one script. */
const AT_ONCE = 10;
/** Of a longer payload nothing is read, not even its beginning: Redis would copy it. Whether it is packed is not known. */
const LONGEST_READ = 256 * 1_024;
/** What is deflated to see what that would save: some 10 ms. */
const MOST_TRIED = 50;
const MOST_TRIED_BYTES = 256 * 1_024;

/**
 * KEYS hashes of jobs · ARGV 1 longest text whose beginning is read, 2 how much of it. Returns for each job the length
 * and the beginning of its data, then of its result. Reads only; a script, since no command reads a part of a field.
 */
const HEADS_LUA = /* lua */ `
local out = {}
for i, key in ipairs(KEYS) do
  local told = {}
  for _, field in ipairs({'data', 'returnvalue'}) do
    local length = redis.call('HSTRLEN', key, field)
    local head = ''
    if length > 0 and length <= tonumber(ARGV[1]) then
      head = string.sub(redis.call('HGET', key, field), 1, tonumber(ARGV[2]))
    end
    told[#told + 1] = length
    told[#told + 1] = head
  end
  out[i] = told
end
return out`;

/** Sampled jobs of one state. */
export interface SampledJobs {
  /** Keys of their hashes. */
  readonly keys: readonly string[];
  /** How many jobs have that state. */
  readonly of: number;
}

interface Stored extends Omit<StoredHead, 'form' | 'isEncrypted'> {
  readonly form: StoredHead['form'] | 'unread';
  readonly key: string;
  readonly storedBytes: number;
  readonly of: number;
  /** How many of its state were sampled. */
  readonly among: number;
}

type Reply = [dataBytes: number, data: string, resultBytes: number, result: string];

/** The payloads of all jobs of the states. */
export async function samplePayloads(
  redis: Redis,
  states: readonly SampledJobs[],
): Promise<PayloadPart[]> {
  const data: Stored[] = [];
  const results: Stored[] = [];
  for (const { keys, of } of states) {
    const replies = await readHeads(redis, keys);
    for (const [i, [dataBytes, dataHead, resultBytes, resultHead]] of replies.entries()) {
      const at = { key: keys[i]!, of, among: keys.length };
      data.push({ ...at, ...toStored(dataBytes, dataHead) });
      results.push({ ...at, ...toStored(resultBytes, resultHead) });
    }
  }
  return [
    await toPart(redis, 'data', 'data', data),
    await toPart(redis, 'result', 'returnvalue', results),
  ];
}

async function readHeads(redis: Redis, keys: readonly string[]): Promise<Reply[]> {
  const replies: Reply[] = [];
  for (let start = 0; start < keys.length; start += AT_ONCE) {
    const page = keys.slice(start, start + AT_ONCE);
    const limits = [LONGEST_READ, HEAD_CHARACTERS];
    replies.push(
      ...((await redis.eval(HEADS_LUA, page.length, ...page, ...limits)) as typeof replies),
    );
  }
  return replies;
}

function toStored(
  storedBytes: number,
  head: string,
): Pick<Stored, 'form' | 'storedBytes' | 'plainBytes' | 'bodyBytes'> {
  if (storedBytes > LONGEST_READ)
    return { form: 'unread', storedBytes, plainBytes: null, bodyBytes: 0 };
  return { ...readStoredHead(head), storedBytes };
}

async function toPart(
  redis: Redis,
  kind: PayloadPart['kind'],
  field: string,
  stored: readonly Stored[],
): Promise<PayloadPart> {
  /** Each sampled job stands for so many of its state. */
  const total = (bytesOf: (one: Stored) => number): number =>
    Math.round(stored.reduce((sum, one) => sum + (bytesOf(one) * one.of) / one.among, 0));
  const plainOnly = total((one) => (one.form === 'plain' ? one.storedBytes : 0));
  const ratio = plainOnly === 0 ? null : compressionSaves(await readSome(redis, field, stored));
  return {
    kind,
    plainBytes: total(({ plainBytes, storedBytes }) => plainBytes ?? storedBytes),
    storedBytes: total(({ storedBytes }) => storedBytes),
    unreadBytes: total((one) => (one.form === 'unread' ? one.storedBytes : 0)),
    bodyBytes: total(({ bodyBytes }) => bodyBytes),
    compressionWouldSaveBytes: ratio === null ? null : Math.round(plainOnly * ratio),
    sampled: stored.filter(({ storedBytes }) => storedBytes > 0).length,
  };
}

/** Some of those that are stored plain. */
async function readSome(redis: Redis, field: string, stored: readonly Stored[]): Promise<Buffer[]> {
  const wanted: string[] = [];
  let bytes = 0;
  for (const { key, form, storedBytes } of stored) {
    if (form !== 'plain' || storedBytes === 0 || bytes + storedBytes > MOST_TRIED_BYTES) continue;
    wanted.push(key);
    bytes += storedBytes;
    if (wanted.length === MOST_TRIED) break;
  }
  const read = await Promise.all(wanted.map((key) => redis.hgetBuffer(key, field)));
  return read.filter((payload) => payload !== null);
}
