import { LuaScript } from '../../../connection/scripts/script.js';
import { APPEND_CHANGE, END_LEASE } from './append-change.js';

/**
 * Takes a change for the source and shows it to readers, all or nothing. When this returns 1, the change is
 * acknowledged.
 *
 * - KEYS[1] changes, KEYS[2] unsaved, KEYS[3] dead, KEYS[4] entry, KEYS[5] lease of the key (one
 *   slot: all carry the hash tag of the shard)
 * - ARGV[1] key, ARGV[2] 's' or 'd', ARGV[3] entry as bytes, which is what the change holds too ('' for 'd'),
 *   ARGV[4] most changes in this shard, ARGV[5] life of the entry in ms, ARGV[6] wake channel,
 *   ARGV[7] wake message of the lease, ARGV[8] wake message of the writers
 * - returns { 1 accepted or 0 refused since too many wait, number of entries removed }
 *
 * XADD is the first write: where Redis is out of memory or read-only, it fails there and nothing is done.
 */
export const acceptChange = new LuaScript({
  name: 'accept-change-5',
  numberOfKeys: 5,
  lua: `
${APPEND_CHANGE}${END_LEASE}
local waiting = redis.call('XLEN', KEYS[1])
if waiting + redis.call('XLEN', KEYS[3]) >= tonumber(ARGV[4]) then return { 0, 0 } end
local version = append(KEYS[1], ARGV[1], ARGV[2], ARGV[3])
redis.call('HSET', KEYS[2], ARGV[1], version)
local removed = 0
if ARGV[2] == 'd' then
  removed = redis.call('DEL', KEYS[4])
else
  redis.call('SET', KEYS[4], ARGV[3], 'PX', ARGV[5])
end
endLease(KEYS[5], ARGV[6], ARGV[7])
if waiting == 0 then redis.call('PUBLISH', ARGV[6], ARGV[8]) end
return { 1, removed }
`,
});
