import { LuaScript } from '../../connection/scripts/script.js';

/**
 * Notes when a session is due to expire, unless that is noted already: whether it then really has, the
 * sweeper looks up. So renewals need not move it.
 *
 * KEYS[1]  the shard's deadlines: a sorted set of handle → ms since the Unix epoch, by Redis' clock
 * KEYS[2]  whose sessions those are (same slot): a hash of handle → JSON of [name, user id]
 * ARGV[1]  handle
 * ARGV[2]  ms from now until it is due
 * ARGV[3]  JSON of [name, user id]
 * ARGV[4]  how long both keys are kept past the deadline, in ms
 * Returns  1
 * TTL      both keys live ARGV[4] longer than their last deadline: so long may all nodes be down
 */
const lua = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], 'NX', string.format('%.0f', now + ARGV[2]), ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
local keep = ARGV[2] + ARGV[4]
for at = 1, 2 do
  if redis.call('PTTL', KEYS[at]) < keep then
    redis.call('PEXPIRE', KEYS[at], string.format('%.0f', keep))
  end
end
return 1
`;

export const scheduleExpiry = new LuaScript({ name: 'schedule-expiry', numberOfKeys: 2, lua });
