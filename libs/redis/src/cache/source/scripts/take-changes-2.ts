import { LuaScript } from '../../../connection/scripts/script.js';

/**
 * Hands changes of a shard to its owner, in order. In one script with the check of the owner: a process that
 * lost the shard would otherwise be given changes that the new owner then overtakes (which is also why
 * there is no BLOCK here; the wake channel stands in for it).
 *
 * - KEYS[1] changes, KEYS[2] owner (one slot)
 * - ARGV[1] token of the owner, ARGV[2] consumer group, ARGV[3] consumer, ARGV[4] most changes,
 *   ARGV[5] '' for new changes, else where to go on claiming those that were handed out and not settled
 * - returns { where to go on ('0-0' at the end), changes as XRANGE gives them }, or nil: not the owner
 *
 * Claiming makes the group where there is none, and at its end removes the consumers that it emptied.
 */
export const takeChanges = new LuaScript({
  name: 'take-changes-2',
  numberOfKeys: 2,
  lua: `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return false end
if ARGV[5] == '' then
  local read = redis.call('XREADGROUP', 'GROUP', ARGV[2], ARGV[3], 'COUNT', ARGV[4], 'STREAMS', KEYS[1], '>')
  return { '0-0', read and read[1][2] or {} }
end
if ARGV[5] == '0-0' then redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[2], '0', 'MKSTREAM') end
local claimed = redis.call('XAUTOCLAIM', KEYS[1], ARGV[2], ARGV[3], 0, ARGV[5], 'COUNT', ARGV[4])
local changes = {}
for _, change in ipairs(claimed[2]) do
  if change and change[2] then changes[#changes + 1] = change end
end
if claimed[1] == '0-0' then
  for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[2])) do
    if consumer[2] ~= ARGV[3] and consumer[4] == 0 then
      redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[2], consumer[2])
    end
  end
end
return { claimed[1], changes }
`,
});
