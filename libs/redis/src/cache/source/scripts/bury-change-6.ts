import { LuaScript } from '../../../connection/scripts/script.js';
import { END_LEASE } from './append-change.js';

/**
 * Makes a dead letter of a change, if the shard is still the caller's. Where nothing newer of the key waits,
 * its entry goes too: it shows a value that the source refused.
 *
 * - KEYS[1] changes, KEYS[2] unsaved, KEYS[3] owner, KEYS[4] dead, KEYS[5] entry, KEYS[6] lease of
 *   the key (one slot)
 * - ARGV[1] token of the owner, ARGV[2] consumer group, ARGV[3] key, ARGV[4] 's' or 'd', ARGV[5] value
 *   as bytes, ARGV[6] version, ARGV[7] error, ARGV[8] tries, ARGV[9] wake channel, ARGV[10] wake
 *   message of the lease, then every version that the change stands for
 * - returns 1 done, 0 not the owner
 */
export const buryChange = new LuaScript({
  name: 'bury-change-6',
  numberOfKeys: 6,
  lua: `
${END_LEASE}
if redis.call('GET', KEYS[3]) ~= ARGV[1] then return 0 end
local letter = redis.call('XADD', KEYS[4], '*', 'k', ARGV[3], 'o', ARGV[4], 'p', ARGV[5],
  'v', ARGV[6], 'e', ARGV[7], 'n', ARGV[8])
if redis.call('HGET', KEYS[2], ARGV[3]) == ARGV[6] then
  redis.call('HSET', KEYS[2], ARGV[3], 'D' .. letter)
  redis.call('DEL', KEYS[5])
  endLease(KEYS[6], ARGV[9], ARGV[10])
end
for at = 11, #ARGV do
  redis.call('XACK', KEYS[1], ARGV[2], ARGV[at] .. '-0')
  redis.call('XDEL', KEYS[1], ARGV[at] .. '-0')
end
return 1
`,
});
