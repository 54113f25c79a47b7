import { LuaScript } from '../../connection/scripts/script.js';

/**
 * Stores what a load brought, if the lease is still the loader's. A lease that is gone means that the
 * key was deleted or written since the load began: the loaded value may be older and is dropped.
 *
 * - KEYS[1] entry, KEYS[2] lease of the same key
 * - ARGV[1] token, ARGV[2] entry as bytes, ARGV[3] its life in ms, ARGV[4] wake channel, ARGV[5] wake message
 * - returns 1 stored, 0 refused
 */
export const commitEntry = new LuaScript({
  name: 'commit-entry-2',
  numberOfKeys: 2,
  lua: `
local holder = redis.call('GET', KEYS[2])
if not holder or string.sub(holder, 1, #ARGV[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('DEL', KEYS[2])
if string.sub(holder, -1) == '+' then redis.call('PUBLISH', ARGV[4], ARGV[5]) end
return 1
`,
});
