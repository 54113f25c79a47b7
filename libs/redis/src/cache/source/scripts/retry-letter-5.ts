import { LuaScript } from '../../../connection/scripts/script.js';
import { APPEND_CHANGE, END_LEASE } from './append-change.js';

/**
 * Makes a change of a dead letter again, with a new version, unless a newer change of its key was
 * accepted since: that one must not be overwritten. Removes the letter either way.
 *
 * - KEYS[1] changes, KEYS[2] unsaved, KEYS[3] dead, KEYS[4] entry, KEYS[5] lease of the key (one slot)
 * - ARGV[1] id of the letter, ARGV[2] '1' to try it again, '0' to drop it, ARGV[3] wake channel,
 *   ARGV[4] wake message of the lease, ARGV[5] wake message of the writers
 * - returns 0 no such letter, 1 tried again, 2 dropped since a newer change was accepted, 3 dropped
 */
export const retryLetter = new LuaScript({
  name: 'retry-letter-5',
  numberOfKeys: 5,
  lua: `
${APPEND_CHANGE}${END_LEASE}
local letter = redis.call('XRANGE', KEYS[3], ARGV[1], ARGV[1])[1]
if not letter then return 0 end
local key, kind, payload = letter[2][2], letter[2][4], letter[2][6]
local isNewest = redis.call('HGET', KEYS[2], key) == 'D' .. ARGV[1]
if isNewest and ARGV[2] == '1' then
  redis.call('HSET', KEYS[2], key, append(KEYS[1], key, kind, payload))
  redis.call('DEL', KEYS[4])
  endLease(KEYS[5], ARGV[3], ARGV[4])
  redis.call('PUBLISH', ARGV[3], ARGV[5])
elseif isNewest then
  redis.call('HDEL', KEYS[2], key)
end
redis.call('XDEL', KEYS[3], ARGV[1])
if ARGV[2] == '0' then return 3 end
return isNewest and 1 or 2
`,
});
