/**
 * How scripts find out the state of a job.
 */

/**
 * A part of scripts, whose KEYS and ARGV it does not touch: defines `stateOf(prefix, id)`, which returns a `JobState`, or
 * 'unknown' for a job that is in no state. The sets first: they cost the same however many jobs they hold.
 */
export const STATE_OF_LUA: string = /* lua */ `
local function stateOf(prefix, id)
  for _, state in ipairs({'completed', 'failed', 'delayed', 'prioritized', 'waiting-children'}) do
    if redis.call('ZSCORE', prefix .. state, id) then return state end
  end
  if redis.call('LPOS', prefix .. 'active', id) then return 'active' end
  if redis.call('LPOS', prefix .. 'wait', id, 'RANK', -1) then return 'waiting' end
  if redis.call('LPOS', prefix .. 'paused', id, 'RANK', -1) then return 'paused' end
  return 'unknown'
end
`;
