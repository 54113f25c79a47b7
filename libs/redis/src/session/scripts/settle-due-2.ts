import { LuaScript } from '../../connection/scripts/script.js';

/**
 * Ends the claim of claim-due-2: sessions that are gone leave the schedule, those that were renewed get a new
 * deadline. A session leaves once, so of two nodes that found it gone one is told so.
 *
 * KEYS[1]  the shard's deadlines (see schedule-expiry-2)
 * KEYS[2]  whose sessions those are (same slot)
 * ARGV     handle and ms that the session has left, in turn; -2 for a session that is gone
 * Returns  the handles that left by this call
 * TTL      unchanged
 */
const lua = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local left = {}
for at = 1, #ARGV, 2 do
  local handle, remaining = ARGV[at], tonumber(ARGV[at + 1])
  if remaining >= 0 then
    redis.call('ZADD', KEYS[1], 'XX', string.format('%.0f', now + remaining), handle)
  elseif redis.call('ZREM', KEYS[1], handle) == 1 then
    redis.call('HDEL', KEYS[2], handle)
    table.insert(left, handle)
  end
end
return left
`;

export const settleDue = new LuaScript({ name: 'settle-due', numberOfKeys: 2, lua });
