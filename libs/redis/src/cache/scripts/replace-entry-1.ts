import { LuaScript } from '../../connection/scripts/script.js';

/**
 * Replaces an entry only if it is still the one that was read, so that a removed one stays removed and
 * a newer one stays. Leaves the lease alone: who loads the key may still store. Safe to repeat.
 *
 * - KEYS[1] entry
 * - ARGV[1] SHA-1 (hex) of the bytes that were read, ARGV[2] entry as bytes, ARGV[3] its life in ms
 * - returns 1 replaced, 0 there is another one or none
 */
export const replaceEntry = new LuaScript({
  name: 'replace-entry-1',
  numberOfKeys: 1,
  lua: `
local stored = redis.call('GET', KEYS[1])
if not stored or redis.sha1hex(stored) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
`,
});
