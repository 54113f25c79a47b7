import { LuaScript } from '../../connection/scripts/script.js';

/**
 * Reads a session and how long it has left: one round trip, and nothing that a replica would refuse.
 *
 * KEYS[1]  the session: a string, written by write-session-2 and by plain connect-redis
 * KEYS[2]  the mark that end-session-2 leaves where a session ended
 * Returns  nil when absent; {'ended', the mark, its TTL in ms} when it ended just now; 'foreign' when the key
 *          holds another type; else {value, TTL in ms, -1 for none}
 */
const lua = `
local value = redis.pcall('GET', KEYS[1])
if type(value) == 'table' then
  if string.sub(value.err, 1, 9) == 'WRONGTYPE' then return 'foreign' end
  return value
end
if value then return {value, redis.call('PTTL', KEYS[1])} end
local mark = redis.call('GET', KEYS[2])
if mark then return {'ended', mark, redis.call('PTTL', KEYS[2])} end
return false
`;

export const readSession = new LuaScript({ name: 'read-session', numberOfKeys: 2, lua });
