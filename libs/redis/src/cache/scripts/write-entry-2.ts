import { LuaScript } from '../../connection/scripts/script.js';

/**
 * Stores an entry that the application wrote, over whatever is there, and ends the lease of a load
 * that began earlier: its value must not replace this one.
 *
 * - KEYS[1] entry, KEYS[2] lease of the same key
 * - ARGV[1] entry as bytes, ARGV[2] its life in ms, ARGV[3] wake channel, ARGV[4] wake message
 * - returns 1
 */
export const writeEntry = new LuaScript({
  name: 'write-entry-2',
  numberOfKeys: 2,
  lua: `
local holder = redis.call('GET', KEYS[2])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
if holder then redis.call('DEL', KEYS[2]) end
if holder and string.sub(holder, -1) == '+' then redis.call('PUBLISH', ARGV[3], ARGV[4]) end
return 1
`,
});
