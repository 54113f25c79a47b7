import { LuaScript } from '../../connection/scripts/script.js';

/**
 * Removes an entry and ends the lease of a running load, whose value is older than this removal.
 *
 * - KEYS[1] entry, KEYS[2] lease of the same key
 * - ARGV[1] wake channel, ARGV[2] wake message
 * - returns the number of entries removed
 */
export const removeEntry = new LuaScript({
  name: 'remove-entry-2',
  numberOfKeys: 2,
  lua: `
local holder = redis.call('GET', KEYS[2])
if holder then redis.call('DEL', KEYS[2]) end
if holder and string.sub(holder, -1) == '+' then redis.call('PUBLISH', ARGV[1], ARGV[2]) end
return redis.call('DEL', KEYS[1])
`,
});
