import { LuaScript } from '../../connection/scripts/script.js';

/**
 * Reads an entry or takes the lease to load it, in one round trip.
 *
 * - KEYS[1] entry, KEYS[2] lease of the same key (one slot: they share a hash tag)
 * - ARGV[1] token of the caller, ARGV[2] life of the lease in ms,
 *   ARGV[3] '1' to take the lease although there is an entry (it is stale)
 * - returns { entry or nil, outcome, ms left of the lease }
 *   outcome 0 entry found, 1 lease taken, 2 another caller holds it
 *
 * The same token again counts as taken: a client may send a command twice when its reply was lost.
 * A caller that must wait leaves a '+' behind the holder's token, so that the holder wakes someone
 * only where someone waits.
 */
export const loadOrLease = new LuaScript({
  name: 'load-or-lease-2',
  numberOfKeys: 2,
  lua: `
local entry = redis.call('GET', KEYS[1])
if entry and ARGV[3] == '0' then return { entry, 0, 0 } end
local holder = redis.call('GET', KEYS[2])
if not holder then
  redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
  return { entry, 1, tonumber(ARGV[2]) }
end
local left = redis.call('PTTL', KEYS[2])
if string.sub(holder, 1, #ARGV[1]) == ARGV[1] then return { entry, 1, left } end
if string.sub(holder, -1) ~= '+' then redis.call('SET', KEYS[2], holder .. '+', 'KEEPTTL') end
return { entry, 2, left }
`,
});
