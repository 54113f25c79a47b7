import { LuaScript } from '../../../connection/scripts/script.js';

/**
 * Removes changes that the source has now, if the shard is still the caller's.
 *
 * - KEYS[1] changes, KEYS[2] unsaved, KEYS[3] owner (one slot)
 * - ARGV[1] token of the owner, ARGV[2] consumer group, ARGV[3] number of versions, then the versions,
 *   then pairs of a key and the version that was written of it
 * - returns 1 done, 0 not the owner
 */
export const settleChanges = new LuaScript({
  name: 'settle-changes-3',
  numberOfKeys: 3,
  lua: `
if redis.call('GET', KEYS[3]) ~= ARGV[1] then return 0 end
local last = 3 + ARGV[3]
for at = 4, last do
  redis.call('XACK', KEYS[1], ARGV[2], ARGV[at] .. '-0')
  redis.call('XDEL', KEYS[1], ARGV[at] .. '-0')
end
for at = last + 1, #ARGV, 2 do
  if redis.call('HGET', KEYS[2], ARGV[at]) == ARGV[at + 1] then redis.call('HDEL', KEYS[2], ARGV[at]) end
end
return 1
`,
});
