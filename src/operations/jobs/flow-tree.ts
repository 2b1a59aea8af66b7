/**
 * Reads the tree of a job's children, level by level: one round trip for each.
 *
 * Depth, children of a node and nodes in all are bounded, and no job is looked into twice: a circle ends where it
 * began. Children in queues that may not be seen are only counted.
 */
import type { Redis } from 'ioredis';
import { jobOfKey, queueOfLabel } from '../../keys.ts';
import { shortened } from './job-row.ts';
import type { FlowNode, JobState } from './job-views.ts';

/** How much of it. */
export interface FlowLimits {
  readonly depth: number;
  /** Children of a node. */
  readonly most: number;
}

const MOST_NODES = 1_000;

/**
 * KEYS jobs · ARGV 1 most children of each, 2 1 when children are asked for, then prefixes and ids of the jobs. Returns
 * for each: name or '', state, number of children, keys of some. A job that is in no set and not active waits: nobody
 * looks for it in a long list. One step for a level, to spare round trips.
 */
const LEVEL_LUA = /* lua */ `
local most, nodes = tonumber(ARGV[1]), {}
local function some(key, command, into)
  if #into >= most then return end
  local reply = redis.call(command, key, 0, 'COUNT', most)
  for i = 1, #reply[2], command == 'HSCAN' and 2 or 1 do
    if #into < most then into[#into + 1] = reply[2][i] end
  end
end
for i, job in ipairs(KEYS) do
  local prefix, id = ARGV[1 + 2 * i], ARGV[2 + 2 * i]
  local state, children, count = 'gone', {}, 0
  local isJob = redis.call('TYPE', job).ok == 'hash' and redis.call('HEXISTS', job, 'timestamp') == 1
  local name = isJob and string.sub(redis.call('HGET', job, 'name') or '', 1, 2000)
  if isJob then
    state = 'waiting'
    for _, each in ipairs({'completed', 'failed', 'delayed', 'prioritized', 'waiting-children'}) do
      if redis.call('ZSCORE', prefix .. each, id) then state = each end
    end
    if state == 'waiting' and redis.call('LPOS', prefix .. 'active', id) then state = 'active' end
    count = redis.call('SCARD', job .. ':dependencies') + redis.call('HLEN', job .. ':processed')
      + redis.call('HLEN', job .. ':failed') + redis.call('ZCARD', job .. ':unsuccessful')
    if ARGV[2] == '1' and count > 0 then
      some(job .. ':dependencies', 'SSCAN', children)
      some(job .. ':processed', 'HSCAN', children)
      some(job .. ':failed', 'HSCAN', children)
      for _, child in ipairs(redis.call('ZRANGE', job .. ':unsuccessful', 0, most - 1)) do
        if #children < most then children[#children + 1] = child end
      end
    end
  end
  nodes[i] = {name or '', state, count, children}
end
return nodes`;

type Reply = [name: string, state: JobState | 'gone', count: number, children: string[]][];

interface Place {
  readonly key: string;
  readonly queue: string;
  readonly id: string;
}
interface Growing extends Omit<FlowNode, 'children' | 'more' | 'name' | 'state'> {
  name: string | null;
  state: FlowNode['state'];
  more: number;
  readonly children: Growing[];
}
interface Open extends Place {
  readonly node: Growing;
}

/** The tree from one job on. */
export async function readFlow(
  redis: Redis,
  { root, queue, id }: { root: string; queue: string; id: string },
  { depth, most }: FlowLimits,
  sees: (queue: string) => boolean,
): Promise<FlowNode> {
  const tree = emptyNode({ key: root, queue, id });
  const seen = new Set([root]);
  let level: Open[] = [{ key: root, queue, id, node: tree }];
  for (let deep = 0; deep <= depth && level.length > 0; deep += 1) {
    const replies = await readLevel(redis, level, most, deep < depth);
    const below: Open[] = [];
    for (const [i, [name, state, count, children]] of replies.entries()) {
      const { node } = level[i]!;
      Object.assign(node, { name: name ? shortened(name) : null, state });
      for (const key of new Set(children)) {
        const place = jobOfKey(key, queueOfLabel(level[i]!.queue).prefix);
        if (!place || !sees(place.queue) || seen.has(key) || seen.size >= MOST_NODES) continue;
        seen.add(key);
        const child = emptyNode({ key, ...place });
        node.children.push(child);
        below.push({ key, ...place, node: child });
      }
      node.more = Math.max(0, count - node.children.length);
    }
    level = below;
  }
  return tree;
}

async function readLevel(
  redis: Redis,
  level: readonly Open[],
  most: number,
  withChildren: boolean,
): Promise<Reply> {
  const places = level.flatMap(({ key, id }) => [key.slice(0, key.length - id.length), id]);
  const keys = level.map(({ key }) => key);
  const values = [most, withChildren ? 1 : 0, ...places];
  return (await redis.eval(LEVEL_LUA, keys.length, ...keys, ...values)) as Reply;
}

function emptyNode({ queue, id }: Place): Growing {
  return { queue, id, name: null, state: 'unknown', children: [], more: 0 };
}
