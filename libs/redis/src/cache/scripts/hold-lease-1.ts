import { LuaScript } from '../../connection/scripts/script.js';

/**
 * Extends a lease that is still the caller's, or gives it back.
 *
 * - KEYS[1] lease
 * - ARGV[1] token, ARGV[2] new life in ms ('0': give it back), ARGV[3] wake channel, ARGV[4] wake message
 * - returns 1 done, 0 the lease is no longer the caller's
 */
export const holdLease = new LuaScript({
  name: 'hold-lease-1',
  numberOfKeys: 1,
  lua: `
local holder = redis.call('GET', KEYS[1])
if not holder or string.sub(holder, 1, #ARGV[1]) ~= ARGV[1] then return 0 end
if ARGV[2] ~= '0' then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
redis.call('DEL', KEYS[1])
if string.sub(holder, -1) == '+' then redis.call('PUBLISH', ARGV[3], ARGV[4]) end
return 1
`,
});
