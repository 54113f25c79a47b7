import { LuaScript } from '../../../connection/scripts/script.js';

/**
 * Reads the newest change of a key that the source does not have. A load asks this first: the source would
 * give it the value from before the change.
 *
 * - KEYS[1] unsaved, KEYS[2] changes (one slot)
 * - ARGV[1] key
 * - returns { 's' or 'd', value as bytes }, or nil when the source has them all; a dead letter does not count
 */
export const unsavedChange = new LuaScript({
  name: 'unsaved-change-2',
  numberOfKeys: 2,
  lua: `
local version = redis.call('HGET', KEYS[1], ARGV[1])
if not version or string.sub(version, 1, 1) == 'D' then return false end
local change = redis.call('XRANGE', KEYS[2], version .. '-0', version .. '-0')[1]
if not change then return false end
return { change[2][4], change[2][6] }
`,
});
