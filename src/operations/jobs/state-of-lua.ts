/**
 * How scripts find out the state of a job, and whether it is one.
 */

/**
 * A part of scripts, whose KEYS and ARGV it does not touch: defines `stateOf(prefix, id)`, which returns a `JobState`,
 * 'unknown' for a job that is in no state, nil for what is no job. Other hashes lie where jobs do: `meta` of the queue,
 * schedulers, results of children. They are in no state and were not added at a time. Nor is what has a colon in its id and
 * is in no state: `x:17` of the queue `a` would be the job 17 of a queue `x` whose prefix is `bull:a`, which others may own.
 * The sets first: they cost the same however many jobs they hold.
 */
export const STATE_OF_LUA: string = /* lua */ `
local function stateOf(prefix, id)
  if redis.call('TYPE', prefix .. id).ok ~= 'hash' then return nil end
  for _, state in ipairs({'completed', 'failed', 'delayed', 'prioritized', 'waiting-children'}) do
    if redis.call('ZSCORE', prefix .. state, id) then return state end
  end
  if redis.call('LPOS', prefix .. 'active', id) then return 'active' end
  if redis.call('LPOS', prefix .. 'wait', id, 'RANK', -1) then return 'waiting' end
  if redis.call('LPOS', prefix .. 'paused', id, 'RANK', -1) then return 'paused' end
  if string.find(id, ':', 1, true) then return nil end
  return redis.call('HEXISTS', prefix .. id, 'timestamp') == 1 and 'unknown' or nil
end
`;
