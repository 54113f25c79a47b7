import { LuaScript } from '../../connection/scripts/script.js';

/**
 * Takes sessions that are due for one node: nobody else gets them before its lease ends, and if the node
 * dies, somebody does after that.
 *
 * KEYS[1]  the shard's deadlines (see schedule-expiry-2)
 * KEYS[2]  whose sessions those are (same slot)
 * ARGV[1]  lease in ms
 * ARGV[2]  most sessions to take
 * Returns  {handle, owner, …}; '' for an owner that is not known
 * TTL      unchanged
 */
const lua = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now), 'LIMIT', 0, ARGV[2])
local reply = {}
for _, handle in ipairs(due) do
  redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[1]), handle)
  table.insert(reply, handle)
  table.insert(reply, redis.call('HGET', KEYS[2], handle) or '')
end
return reply
`;

export const claimDue = new LuaScript({ name: 'claim-due', numberOfKeys: 2, lua });
